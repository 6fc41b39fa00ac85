# A container engine of one script's own: dockerd, as root, with everything in one temporary folder, $work. Nothing is pulled, nothing is reachable from
# outside, and nothing is left behind. Sourced by run.sh and dockerfile.sh.

say() { echo "compose: [$SECONDS s] $*" >&2; }
# Exit code 77: it cannot run here.
skip() { say "SKIPPED: $*"; exit 77; }
have() { command -v "$1" >/dev/null 2>&1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/hotshelf-compose.XXXXXX")
engine= registry=
export DOCKER_HOST=unix://$work/engine.sock DOCKER_CONFIG=$work/client

finish() {
  local status=$?
  trap - EXIT
  [ -z "$registry" ] || { kill "$registry" 2>/dev/null && wait "$registry"; } || true
  if [ -n "$engine" ]; then
    # In its order, so that no bridge of a network stays in the kernel.
    docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
    docker network prune -f >/dev/null 2>&1 || true
    { kill "$engine" 2>/dev/null && wait "$engine"; } || true
  fi
  # What a container had mounted when the engine was stopped in the middle.
  awk -v below="$work/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mounted; do umount -l "$mounted" || true; done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 143' INT TERM

# need PROGRAM...: what must be there.
need() {
  local name
  [ "$(id -u)" -eq 0 ] || skip "an engine of its own needs root"
  [ "$(uname)" = Linux ] || skip "an engine of its own needs Linux"
  PATH=$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
  for name in "$@"; do
    have "$name" || skip "$name is not installed (on Debian: apt-get install docker.io docker-compose docker-registry haproxy prometheus redis-server postgresql curl openssl)"
  done
}

start_engine() {
  mkdir -p "$work/client"
  dockerd --data-root "$work/engine" --exec-root "$work/run" --pidfile "$work/engine.pid" --host "$DOCKER_HOST" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none >"$work/engine.log" 2>&1 &
  engine=$!
  local end=$((SECONDS + 40))
  until docker info >/dev/null 2>&1; do
    if ! kill -0 "$engine" 2>/dev/null || [ "$SECONDS" -ge "$end" ]; then skip "dockerd does not start here: $(tail -1 "$work/engine.log")"; fi
    sleep 0.2
  done
}

find_compose() {
  if docker compose version >/dev/null 2>&1; then compose_program=(docker compose); elif have docker-compose; then compose_program=(docker-compose --compatibility); else skip "neither 'docker compose' nor docker-compose is installed"; fi
}
