#!/usr/bin/env bash
# Builds deploy/images/Dockerfile for real: dockerfile.sh. An engine of its own (engine.sh), base images made of this machine's .NET (images.sh), no network.
# Then the same commit is built once more, outside, in another folder: both must hold the same files, byte for byte, and the image must run.
# Exit code 77: it cannot run here, and why is the last line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=engine.sh
. tests/compose/engine.sh
# shellcheck source=images.sh
. tests/compose/images.sh

fail() { say "FAILED: $*"; exit 1; }

# What git would take along, as a build agent has it.
check_out() { mkdir -p "$1" && git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$1" 2>/dev/null || fail "the sources cannot be copied"; }

argument() { sed -n "s/^ARG $1=//p" deploy/images/Dockerfile; }

build() { # SERVICE
  docker build --quiet --network none -f "$work/source/deploy/images/Dockerfile" --target "$1" -t "hotshelf/$1" --build-arg REVISION="$revision" "$work/source" >"$work/build.log" 2>&1 \
    || { tail -40 "$work/build.log" >&2; fail "the target $1 cannot be built"; }
}

same_files() { # PROJECT SERVICE
  local container
  container=$(docker create "hotshelf/$2")
  docker cp -q "$container:/app" "$work/$2" 2>/dev/null || docker cp "$container:/app" "$work/$2" >/dev/null
  diff -r "$work/$2" "$work/out/$1" >"$work/difference" || { head -20 "$work/difference" >&2; fail "two builds of $1 from one commit differ"; }
  say "$1: two builds in two folders give the same $(find "$work/$2" -type f | wc -l) files"
}

runs() { # SERVICE
  local image=hotshelf/$1 said
  [ "$(docker image inspect -f '{{.Config.User}} {{index .Config.Labels "org.opencontainers.image.revision"}}' "$image")" = "1654 $revision" ] || fail "$1 has another user or no revision"
  # Without servers it says what is missing, which takes the whole way to the start.
  said=$(docker run --rm --network none --read-only "$image" 2>&1) && fail "$1 starts without a connection string"
  case "$said" in *" cannot start. "*ConnectionString*) ;; *) fail "$1 does not run: $said" ;; esac
}

main() {
  local project service
  need dockerd docker dotnet git
  start_engine
  revision=$(git rev-parse HEAD)
  make_dotnet "$(argument BASE_IMAGE)"
  make_sdk "$(argument SDK_IMAGE)"
  check_out "$work/source"
  for service in productapi cacheworker dashboard; do build "$service"; done
  say "the Dockerfile's three images are built"
  check_out "$work/elsewhere/in/a/deeper/folder"
  (cd "$work/elsewhere/in/a/deeper/folder" && for project in ProductApi CacheWorker Dashboard; do
    dotnet publish "$project" -c Release -o "$work/out/$project" --nologo -v quiet "-p:SourceRevisionId=$revision"
    dotnet run --file deploy/images/BillOfMaterials.cs -- "$work/out/$project" "$project" "$(dotnet msbuild "$project" -nologo -getProperty:Version)"
  done) >"$work/publish.log" 2>&1 || { tail -40 "$work/publish.log" >&2; fail "the sources cannot be published"; }
  for project in ProductApi CacheWorker Dashboard; do
    service=$(echo "$project" | tr '[:upper:]' '[:lower:]')
    same_files "$project" "$service"
    runs "$service"
  done
  say "done in $SECONDS s"
}

main
