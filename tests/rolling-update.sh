#!/usr/bin/env bash
# A rolling update from another commit to this checkout over one Redis and one Postgres, with traffic: rolling-update.sh COMMIT. Minutes, so it is no part of CI.
# HOTSHELF_ROLL_VERSION=v2 gives the new version a Caching:Version of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -eq 1 ] || { echo "usage: $0 COMMIT" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/hotshelf-before.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
git archive "$1" | tar -x -C "$work/source"
for project in ProductApi CacheWorker; do
  (cd "$work/source" && dotnet publish "$project" -c Release -o "$work/$project" --nologo -v quiet)
done
HOTSHELF_ROLL_FROM=$work dotnet test tests/Deploy.Tests --filter RollingUpdateTests --logger "console;verbosity=detailed"
