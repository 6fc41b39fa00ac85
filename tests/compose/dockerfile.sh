#!/usr/bin/env bash
# Builds deploy/images/Dockerfile for real, as compose.build.yaml does: dockerfile.sh. An engine of its own (engine.sh), base images made of this machine's .NET
# (images.sh), no network.
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
check_out() {
  mkdir -p "$1"
  # Without what was deleted and is not committed yet.
  git ls-files -co --exclude-standard | while read -r file; do [ ! -e "$file" ] || echo "$file"; done | xargs -d '\n' cp --parents -t "$1"
}

argument() { sed -n "s/^ARG $1=//p" deploy/images/Dockerfile; }

build() {
  "${compose_program[@]}" -f "$work/source/deploy/compose/compose.yaml" -f "$work/source/deploy/compose/compose.build.yaml" -f "$work/source/tests/compose/offline.yaml" \
    build --build-arg REVISION="$revision" >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; fail "the images cannot be built"; }
}

image() { echo "localhost/hotshelf/$1:$(dotnet msbuild ProductApi -nologo -getProperty:Version)"; }

# Razor's compiler writes the folder of the sources into what it generates, and with it into the console's debug information and its id; and the list of
# static files says when they were made. All else of it is the same.
differs_by_folder() { case "$1" in CacheConsole/CacheConsole.dll | CacheConsole/CacheConsole.pdb | CacheConsole/CacheConsole.staticwebassets.endpoints.json) ;; *) return 1 ;; esac; }

same_files() { # PROJECT SERVICE
  local container file
  container=$(docker create "$(image "$2")")
  docker cp "$container:/app" "$work/$2" >/dev/null
  [ "$(cd "$work/$2" && find . | sort)" = "$(cd "$work/out/$1" && find . | sort)" ] || fail "two builds of $1 from one commit have not the same files"
  (cd "$work/$2" && find . -type f -printf '%P\n') | while read -r file; do
    cmp -s "$work/$2/$file" "$work/out/$1/$file" || differs_by_folder "$1/$file" || fail "two builds of one commit differ in $1/$file"
  done
  say "$1: two builds in two folders give the same $(find "$work/$2" -type f | wc -l) files"
}

runs() { # SERVICE
  local image said
  image=$(image "$1")
  [ "$(docker image inspect -f '{{.Config.User}} {{index .Config.Labels "org.opencontainers.image.revision"}}' "$image")" = "1654 $revision" ] || fail "$1 has another user or no revision"
  # Without servers it says what is missing, which takes the whole way to the start.
  said=$(docker run --rm --network none --read-only "$image" 2>&1) && fail "$1 starts without a connection string"
  case "$said" in *" cannot start. "*ConnectionString*) ;; *) fail "$1 does not run: $said" ;; esac
}

main() {
  local project service
  need dockerd docker dotnet git
  find_compose
  export HOTSHELF_REGISTRY=localhost
  revision=$(git rev-parse HEAD 2>/dev/null) || skip "the sources are no git checkout"
  start_engine
  make_dotnet "$(argument BASE_IMAGE)"
  make_sdk "$(argument SDK_IMAGE)"
  check_out "$work/source"
  build
  say "the images are built"
  check_out "$work/elsewhere/in/a/deeper/folder"
  (cd "$work/elsewhere/in/a/deeper/folder" && for project in ProductApi CacheWorker CacheConsole; do
    dotnet publish "$project" -c Release -o "$work/out/$project" --nologo -v quiet "-p:SourceRevisionId=$revision"
    dotnet run --file deploy/images/BillOfMaterials.cs -- "$work/out/$project" "$project" "$(dotnet msbuild "$project" -nologo -getProperty:Version)"
  done) >"$work/publish.log" 2>&1 || { tail -40 "$work/publish.log" >&2; fail "the sources cannot be published"; }
  for project in ProductApi CacheWorker CacheConsole; do
    service=$(echo "$project" | tr '[:upper:]' '[:lower:]')
    same_files "$project" "$service"
    runs "$service"
  done
  say "done in $SECONDS s"
}

main
