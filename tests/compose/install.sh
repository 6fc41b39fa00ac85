#!/usr/bin/env bash
# Installs what run.sh makes its images of, on a build machine with apt-get: nothing where all is there, or where it cannot be. Services stay off.
set -euo pipefail
missing=()
# program=package
for pair in dockerd=docker.io containerd=containerd docker-compose=docker-compose docker-registry=docker-registry haproxy=haproxy prometheus=prometheus redis-server=redis-server redis-cli=redis-tools curl=curl openssl=openssl; do
  PATH=$PATH:/usr/sbin command -v "${pair%%=*}" >/dev/null 2>&1 || missing+=("${pair#*=}")
done
[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "compose: missing ${missing[*]}; the composition's test will be skipped" >&2
  exit 0
fi
echo "compose: apt-get install ${missing[*]}" >&2
apt-get update -qq >&2 || true
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >&2 || {
  echo "compose: ${missing[*]} cannot be installed; the composition's test will be skipped" >&2
  exit 0
}
# Of what was not here before only.
for package in "${missing[@]}"; do
  case "$package" in
    docker.io) units='docker.socket docker.service' ;;
    containerd | docker-registry | haproxy | prometheus | redis-server) units=$package.service ;;
    *) continue ;;
  esac
  for unit in $units; do
    [ ! -d /run/systemd/system ] || systemctl disable --now --quiet "$unit" 2>/dev/null || true
    deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true
  done
done
