#!/usr/bin/env bash
# Breaks the cache in each way of HotShelf.Caching.Simulation/Mutations, in a copy, and shows what notices it: mutations.sh [NAME...]. Half an hour for all, so it is no part of CI.
# A mutation is a patch; its first line says what breaks, its second what catches it. One that does not apply, or that nothing catches, fails. So does a test that is red without it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
schedules=${HOTSHELF_SCHEDULES:-20000}
patches=$PWD/tests/HotShelf.Caching.Simulation/Mutations
work=$(mktemp -d "${TMPDIR:-/tmp}/hotshelf-mutations.XXXXXX")
trap 'rm -rf "$work"' EXIT
git ls-files -z | tar -c --null -T - | tar -x -C "$work"
cd "$work" || exit 2
bad=0

build() { dotnet build "$1" --nologo -v quiet "-clp:ErrorsOnly;NoSummary" -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false "${@:2}" >&2; }
# Only the core changes: nothing else is built again.
build_core() {
  build src/HotShelf.Caching --no-restore -p:BuildProjectReferences=false &&
    for program in Simulation Tests; do cp src/HotShelf.Caching/bin/Debug/net10.0/HotShelf.Caching.dll "tests/HotShelf.Caching.$program/bin/Debug/net10.0/" || return; done
}
simulate() { dotnet tests/HotShelf.Caching.Simulation/bin/Debug/net10.0/HotShelf.Caching.Simulation.dll "$schedules" 1 "$1"; }
tests() { dotnet test tests/HotShelf.Caching.Tests --no-build --nologo --filter "$1"; }
row() { echo "| $1 | $2 | $3 |"; }
found() { sed -n 's/.* found by schedule \([0-9]*\):.*/schedule \1/p' | head -1; }
miss() { row "$1" "$2" "NOT CAUGHT"; bad=1; }

build tests/HotShelf.Caching.Tests || exit 2
filters=$(sed -n '2s/^caught by: test /FullyQualifiedName~/p' "$patches"/*.patch -s | paste -sd'|' -)
[ $# -gt 0 ] || tests "$filters" >&2 || { echo "red without a mutation" >&2; exit 2; }
row mutation "what is broken" "caught by"
echo "|---|---|---|"

if [ $# -eq 0 ]; then
  for name in $(sed -n 's/^    \([A-Z][A-Za-z]*\),$/\1/p' tests/HotShelf.Caching.Tests/Fakes/Mutation.cs | grep -vx 'None\|Patched'); do
    what=$(grep -B1 "^    $name," tests/HotShelf.Caching.Tests/Fakes/Mutation.cs | sed -n 's|.*<summary>\(.*\)\.</summary>.*|\1|p')
    by=$(simulate "$name" | found)
    [ -n "$by" ] && row "\`$name\`" "$what" "$by" || miss "\`$name\`" "$what"
  done
  set -- $(basename -s .patch "$patches"/*.patch)
fi

for name in "$@"; do
  patch=$patches/$name.patch
  what=$(sed -n 1p "$patch")
  by=$(sed -n '2s/^caught by: //p' "$patch")
  git apply "$patch" || { row "$name" "$what" "DOES NOT APPLY"; bad=1; continue; }
  if ! build_core; then
    row "$name" "$what" "DOES NOT BUILD"
    bad=1
  else
    case $by in
      simulator) by=$(simulate Patched | found) ;;
      *)
        tests "FullyQualifiedName~${by#test }" >"$work/test.out" 2>&1
        cat "$work/test.out" >&2
        grep -q '^Failed!' "$work/test.out" || by=
        ;;
    esac
    [ -n "$by" ] && row "$name" "$what" "\`${by#test }\`" || miss "$name" "$what"
  fi
  git apply -R "$patch" || exit 2
done
exit "$bad"
