#!/bin/sh
# Installs or upgrades an overlay and returns when it runs: ./apply.sh overlays/production. Arguments after the folder go to kubectl (--context NAME).
set -eu
[ $# -ge 1 ] || { echo "usage: $0 FOLDER [KUBECTL-OPTION...]" >&2; exit 2; }
folder=$1
shift
objects=$(mktemp)
trap 'rm -f "$objects"' EXIT
trap 'exit 1' HUP INT TERM
kubectl kustomize "$folder" >"$objects"
if grep -q 'image: registry\.invalid/' "$objects"; then
  echo "$folder names no registry for its images. In its folder: kustomize edit set image registry.invalid/hotshelf/productapi=REGISTRY/hotshelf/productapi@sha256:... (and cacheworker, cacheconsole)" >&2
  exit 1
fi
namespace=$(sed -n 's/^  namespace: //p' "$objects" | sort -u)
# A job cannot be changed.
kubectl "$@" --namespace "$namespace" delete job migrate --ignore-not-found
kubectl "$@" apply --filename "$objects"
# It ends complete or failed; "kubectl wait" waits for one of them only. At the job's own deadline its pod is deleted, with its log: this ends before.
ended=
end=$(($(date +%s) + 570))
while [ "$(date +%s)" -lt "$end" ]; do
  # One question that fails is no reason to leave a migration that goes on.
  ended=$(kubectl "$@" --namespace "$namespace" get job migrate --output 'jsonpath={range .status.conditions[?(@.status=="True")]}{.type}:{.reason} {end}') || ended=
  case $ended in *Complete:* | *Failed:*) break ;; esac
  sleep 2
done
case $ended in
  *Complete:*) ;;
  *)
    echo "The job migrate has not completed (${ended:-it still runs}). It says:" >&2
    kubectl "$@" --namespace "$namespace" logs job/migrate --tail=20 >&2
    exit 1 ;;
esac
for service in cacheworker productapi cacheconsole; do
  kubectl "$@" --namespace "$namespace" rollout status --timeout=600s "deployment/$service"
done
