#!/usr/bin/env bash
# Runs deploy/compose for real and drives it: run.sh [--configuration Debug] [--no-build] [--native] [--check]. --native: the API compiled ahead of time (minutes).
# A container engine of its own (dockerd, as root) with everything in one temporary folder, images made of this machine's programs (images.sh) and, for our
# services, by the SDK's container support through a registry on loopback. Nothing is pulled and nothing is left behind.
# Exit code 77: it cannot run here, and why is the last line. --check only finds that out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

configuration=Release
build=()
check=no
native=no
prometheus_address=
while [ $# -gt 0 ]; do
  case "$1" in
    --configuration) configuration=$2; shift ;;
    --no-build) build=(--no-build) ;;
    --native) native=yes ;;
    --check) check=yes ;;
    *) echo "compose: there is no option '$1'" >&2; exit 2 ;;
  esac
  shift
done

# shellcheck source=engine.sh
. tests/compose/engine.sh
# shellcheck source=images.sh
. tests/compose/images.sh

# until_true SECONDS WHAT COMMAND...
until_true() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not within $seconds s: $what"
    sleep 0.3
  done
}

fail() {
  say "FAILED: $*"
  compose ps >&2 || true
  compose logs --no-color --tail=40 >&2 || true
  exit 1
}

# --- images ---------------------------------------------------------------------------------------------------------------------

image_of() { sed -n "/^  $1:\$/,/image:/s/.*image: //p" deploy/compose/compose.yaml; }

free_port() { local port; while :; do port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break; done; echo "$port"; }

start_registry() {
  registry_address=127.0.0.1:$(free_port)
  printf 'version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: %s/registry } }\nhttp: { addr: "%s" }\n' "$work" "$registry_address" >"$work/registry.yml"
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry=$!
  until_true 30 "the registry answers" curl -sf --noproxy '*' -o "$work/answer" "http://$registry_address/v2/"
}

push() { docker push "$1" >"$work/push.log" 2>&1 || { cat "$work/push.log" >&2; fail "the base image could not be pushed"; }; }

make_images() {
  local base project options
  make_redis "$(image_of cache)"
  make_postgres "$(image_of postgres)"
  make_haproxy "$(image_of gateway)"
  make_prometheus "$(image_of prometheus)"
  # The base image keeps the name that the project files give it, behind this registry's address.
  base=$(sed -n 's/.*<ContainerBaseImage .*>mcr\.microsoft\.com\/\(.*\)<.*/\1/p' deploy/images/Images.targets | grep /aspnet:)
  start_registry
  make_dotnet "$registry_address/$base"
  push "$registry_address/$base"
  [ "$native" = no ] || { make_runtime_deps "$registry_address/${base/aspnet/runtime-deps}"; push "$registry_address/${base/aspnet/runtime-deps}"; }
  for project in "${projects[@]}"; do
    options=("-p:ContainerBaseImage=$registry_address/$base" ${build[@]+"${build[@]}"})
    [ "$native $project" != "yes ProductApi" ] || options=("-p:ContainerBaseImage=$registry_address/${base/aspnet/runtime-deps}" -p:Native=true --use-current-runtime)
    DOTNET_CONTAINER_INSECURE_REGISTRIES=$registry_address dotnet publish "$project" -c "$configuration" "${options[@]}" -t:PublishContainer \
      "-p:ContainerRepository=$HOTSHELF_REGISTRY/hotshelf/$(echo "$project" | tr '[:upper:]' '[:lower:]')" --nologo -v quiet >"$work/publish.log" 2>&1 || { cat "$work/publish.log" >&2; fail "$project does not become an image"; }
  done
  docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -v "$registry_address" | sed 's/^/compose:   image /' >&2
}

# --- the composition ------------------------------------------------------------------------------------------------------------

files=(-f deploy/compose/compose.yaml -f tests/compose/faster.yaml)

[ "$native" = no ] || files+=(-f deploy/compose/compose.native.yaml)

compose() { "${compose_program[@]}" "${files[@]}" "$@"; }

containers() { compose ps -q "$1"; }

# Reads to the end: a pipe that closes early would end docker with SIGPIPE, and this script with it.
first_of() { containers "$1" | sed -n 1p; }

healthy() { # SERVICE COUNT
  local id count=0
  for id in $(containers "$1"); do
    [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" != healthy ] || count=$((count + 1))
  done
  [ "$count" -eq "$2" ]
}

# kill -9 of the process, from outside: what an engine sees of a crash. (docker kill would be an order, after which nothing restarts.)
crash() { kill -9 "$(docker inspect -f '{{.State.Pid}}' "$1")"; }

request() { curl -s --noproxy '*' --max-time 30 "$@"; }

status_of() { request -o "$work/answer" -w '%{http_code}' "$@" || true; }

is() { local wanted=$1; shift; [ "$(status_of "$@")" = "$wanted" ]; }

# With the token a client is let in; without it, it is asked for it.
shows_the_console() {
  ! is 200 "$cacheconsole/" && is 200 -L -c "$work/cookies" -b "$work/cookies" "$cacheconsole/login?t=$(cat "$HOTSHELF_SECRETS/CacheConsole__Frontend__BrowserToken")" && grep -qi '<title>.*hotshelf' "$work/answer"
}

price() { request "$api/products/42/price" | sed -n 's/.*"amount":\([0-9.]*\).*/\1/p'; }

set_price() { is 200 -X PUT "$api/products/42/price" -H "X-Api-Key: $(cat "$HOTSHELF_SECRETS/Api__Keys__admin")" -H 'Content-Type: application/json' -d "{\"amount\": $1}"; }

# Ten answers in a row: both replicas have their turn.
everywhere() { local turn; for turn in 1 2 3 4 5 6 7 8 9 10; do [ "$(price)" = "$1" ] || return 1; done; }

# none_fails COUNT WHAT [ID]: requests one after another, while something happens beside them; for the products from 1 to 50, or for one.
none_fails() {
  local turn status
  for turn in $(seq "$1"); do
    status=$(status_of "$api/products/${3:-$((turn % 50 + 1))}")
    [ "$status" = 200 ] || fail "$2: request $turn got $status"
  done
}

ask_prometheus() { # QUERY
  [ -n "$prometheus_address" ] || prometheus_address=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(containers prometheus)")
  request "http://$prometheus_address:9090/api/v1/query" --data-urlencode "query=$1"
}

scraped() { ask_prometheus up >"$work/answer"; [ "$(ask_prometheus 'sum(up{job="hotshelf"})' | sed -n 's/.*,"\([0-9]*\)"\].*/\1/p')" = 4 ]; }

# What Grafana would ask. Rates need two scrapes after what was restarted last. That each panel has data once everything has happened: tests/Telemetry.Tests.
dashboards_have_data() {
  local query answer
  with=0 all=0
  while read -r query; do
    query=$(printf %s "$query" | sed -e 's/\\"/"/g' -e 's/\$__rate_interval/1m/g' -e 's/\$namespace/.*/g')
    answer=$(ask_prometheus "$query")
    case "$answer" in *'"status":"success"'*) ;; *) fail "Prometheus refuses $query: $answer" ;; esac
    all=$((all + 1))
    case "$answer" in *'"result":[]'*) ;; *) with=$((with + 1)) ;; esac
  done < <(sed -n 's/^ *"expr": "\(.*\)",\{0,1\}$/\1/p' deploy/grafana/dashboards/*.json)
  [ "$all" -gt 70 ] && [ $((with * 10)) -ge $((all * 8)) ]
}


# --- what is tried --------------------------------------------------------------------------------------------------------------

starts() {
  compose up -d --no-build "${services[@]}" >"$work/up.log" 2>&1 || { cat "$work/up.log" >&2; fail "it does not start"; }
  until_true 180 "both replicas are healthy" healthy productapi 2
  until_true 180 "the worker is healthy" healthy cacheworker 1
  until_true 180 "the console is healthy" healthy cacheconsole 1
  until_true 60 "a product through the gateway" is 200 "$api/products/42"
  until_true 60 "the console through the gateway" shows_the_console
  say "it runs; every service is healthy"
}

keeps_its_secrets() {
  local file value
  docker ps -aq | xargs docker inspect >"$work/inspected"
  compose logs --no-color >"$work/logs" 2>&1
  for file in "$HOTSHELF_SECRETS"/*; do
    case "$file" in *.acl | *.pem) continue ;; esac
    value=$(sed 's/.*[Pp]assword=\([^;,]*\).*/\1/' "$file")
    [ -n "$value" ] || continue
    ! grep -qF -- "$value" "$work/inspected" || fail "$(basename "$file") shows in docker inspect"
    ! grep -qF -- "$value" "$work/logs" || fail "$(basename "$file") shows in a log"
  done
  say "no secret shows in docker inspect or in a log"
}

is_confined() {
  local id service
  for service in productapi cacheworker cache postgres; do
    id=$(first_of "$service")
    [ "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}' "$id")" = 'true [ALL]' ] || fail "$service may write to its image or has capabilities"
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(docker inspect -f '{{.State.Pid}}' "$id")/status")" != 0 ] || fail "$service runs as root"
    [ "$(docker inspect -f '{{.HostConfig.Memory}}' "$id")" != 0 ] || fail "$service has no memory limit"
  done
  is 404 "$api/metrics" || fail "/metrics is reachable from outside"
  say "unprivileged users, read-only images, no capabilities, limits; nothing but the API is reachable"
}

changes_reach_every_replica() {
  until_true 30 "a write through the gateway" set_price 12.5
  until_true 30 "the new price on both replicas" everywhere 12.50
  say "a write is seen on both replicas"
}

survives_a_killed_replica() {
  local id
  id=$(first_of productapi)
  crash "$id"
  none_fails 100 "after a replica was killed"
  until_true 180 "the killed replica is back" healthy productapi 2
  [ "$(docker inspect -f '{{.RestartCount}}' "$id")" -ge 1 ] || fail "the replica did not restart"
  say "a replica was killed: none of 100 requests failed, and it came back"
}

survives_a_stopped_replica() {
  local id
  id=$(containers productapi | tail -1)
  docker stop "$id" >"$work/answer" &
  none_fails 100 "while a replica was stopped"
  wait $!
  docker start "$id" >"$work/answer"
  until_true 180 "the stopped replica is back" healthy productapi 2
  say "a replica was stopped: none of 100 requests failed"
}

survives_a_killed_redis() {
  crash "$(containers cache)"
  none_fails 20 "after Redis was killed"
  until_true 90 "Redis is back" healthy cache 1
  until_true 30 "a write after Redis' return" set_price 13.5
  until_true 30 "the new price on both replicas" everywhere 13.50
  until_true 30 "an answer from Redis or from memory" hits 42
  say "Redis was killed: no request failed, and it is used again"
}

hits() { is 200 -D "$work/headers" "$api/products/$1" && grep -qi '^cache-status:.*; hit' "$work/headers"; }

survives_a_killed_worker() {
  local id
  id=$(first_of cacheworker)
  crash "$id"
  sql "update prices set amount = 15.5 where product_id = 42"
  until_true 180 "the killed worker is back" healthy cacheworker 1
  until_true 60 "a change in the database on both replicas, after the worker's return" everywhere 15.50
  say "the worker was killed: what changed in the database meanwhile reached both replicas"
}

# One after the other: what is in memory lives from second to second while Redis is away, and needs the database then.
survives_restarts() {
  compose restart cache >"$work/answer" 2>&1 &
  none_fails 20 "while Redis was restarted"
  wait $!
  until_true 90 "Redis is back" healthy cache 1
  until_true 60 "product 43 is cached" hits 43
  compose restart postgres >"$work/answer" 2>&1 &
  none_fails 20 "while Postgres was restarted" 43
  wait $!
  until_true 180 "Postgres is back" healthy postgres 1
  until_true 60 "a write after the restarts" set_price 16.5
  until_true 60 "the new price on both replicas" everywhere 16.50
  say "Redis and Postgres were restarted: no request failed"
}

survives_a_lost_slot() {
  docker stop "$(first_of cacheworker)" >"$work/answer"
  sql "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
  sql "update prices set amount = 17.5 where product_id = 42"
  docker start "$(first_of cacheworker)" >"$work/answer"
  until_true 180 "the worker is back" healthy cacheworker 1
  until_true 60 "what changed while there was no slot, on both replicas" everywhere 17.50
  sql "update prices set amount = 18.5 where product_id = 42"
  until_true 60 "the next change on both replicas" everywhere 18.50
  say "the slot was dropped: the worker made another, and nothing old is left in the cache"
}

# The commands of docs/operations.md.
restores_a_backup() {
  local before commands
  before=$(price)
  commands=$(sed -n '/^## Backup and restore/,/^## Upgrading/s/^docker compose/compose/p' docs/operations.md | sed "s|productdb\.dump|'$work/productdb.dump'|")
  eval "$(grep pg_dump <<<"$commands")" || fail "the database cannot be saved"
  until_true 30 "a write after the backup" set_price 19.75
  until_true 30 "the new price on both replicas" everywhere 19.75
  eval "$(grep -v pg_dump <<<"$commands" | sed '$!s/$/ \&\&/')" >"$work/answer" 2>&1 || { cat "$work/answer" >&2; fail "the backup cannot be restored"; }
  until_true 180 "the worker is back" healthy cacheworker 1
  is 200 -X POST "$api/cache/tags/*/invalidate" -H "X-Api-Key: $(cat "$HOTSHELF_SECRETS/Api__Keys__admin")" || fail "the cache cannot be invalidated: $(cat "$work/answer")"
  until_true 60 "the price of the backup on both replicas" everywhere "$before"
  sql "update prices set amount = 20.25 where product_id = 42"
  until_true 60 "a change in the database on both replicas" everywhere 20.25
  say "a backup was restored: no replica answers with what came after it, and the change feed goes on"
}

# A change beside the API, which only the change feed tells of.
sql() { docker exec "$(first_of postgres)" sh -c 'PGPASSWORD=$(cat /run/secrets/postgres-password) exec psql -h /run/postgresql -U postgres -d productdb -qAtc "$1"' sh "$1" >"$work/answer" 2>&1 || { cat "$work/answer" >&2; fail "psql: $1"; }; }

survives_a_killed_postgres() {
  # One that nothing has changed: what was changed may be told to the cache a second time, by the feed.
  until_true 30 "product 43 is cached" hits 43
  crash "$(containers postgres)"
  is 200 "$api/products/43" || fail "what is cached is not answered without Postgres"
  until_true 180 "Postgres is back" healthy postgres 1
  until_true 60 "a write after Postgres' return" set_price 14.5
  until_true 30 "the new price on both replicas" everywhere 14.50
  say "Postgres was killed: cached answers went on, and it came back with its data"
}

speaks_tls() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$work/key" -out "$work/certificate" 2>"$work/answer"
  cat "$work/certificate" "$work/key" >"$HOTSHELF_SECRETS/certificate.pem"
  compose -f deploy/compose/compose.tls.yaml up -d --no-build --no-deps gateway >"$work/up.log" 2>&1 || { cat "$work/up.log" >&2; fail "the gateway does not start with a certificate"; }
  until_true 60 "a product by HTTPS" is 200 --cacert "$work/certificate" "https://localhost:$HOTSHELF_TLS_PORT/products/42"
  is 308 "$api/products/42?a=b" || fail "plain HTTP is not redirected"
  [ "$(curl -s -o "$work/answer" -w '%{redirect_url}' "$api/products/42?a=b")" = "https://127.0.0.1:$HOTSHELF_TLS_PORT/products/42?a=b" ] || fail "plain HTTP is redirected to another address"
  until_true 30 "the console by HTTPS" curl -s -o "$work/answer" --cacert "$work/certificate" "https://localhost:$HOTSHELF_CACHECONSOLE_PORT/"
  ! curl -s -o "$work/answer" "$cacheconsole/" || fail "the console answers plain HTTP beside HTTPS"
  say "HTTPS at the gateway"
}

# From the start again: certificates are made with the secrets.
speaks_tls_inside() {
  HOTSHELF_SECRETS=$work/secrets-tls
  HOTSHELF_TLS=yes deploy/secrets.sh "$HOTSHELF_SECRETS" 2>"$work/answer"
  files+=(-f deploy/compose/compose.tls-inside.yaml)
  starts
  changes_reach_every_replica
  sql "update prices set amount = 20.5 where product_id = 42"
  until_true 60 "a change in the database on both replicas" everywhere 20.50
  sql "select 'plain ' || application_name from pg_stat_ssl join pg_stat_activity using (pid) where not ssl and client_addr is not null"
  ! grep -q plain "$work/answer" || fail "somebody talks to Postgres without TLS: $(cat "$work/answer")"
  until_true 30 "the gateway reaches a service by HTTPS" gateway_reaches 8443
  ! gateway_reaches 8080 || fail "the gateway reaches a service by plain HTTP"
  ! docker exec "$(first_of cache)" redis-cli -e --user probe --pass probe --no-auth-warning ping >"$work/answer" 2>&1 || fail "Redis answers without TLS"
  say "TLS to Redis, to Postgres and from the gateway, and nothing without"
}

# By the far ports of its connections, right after a request: it closes those that are idle.
gateway_reaches() { # PORT
  price >"$work/answer"
  awk -v port=":$(printf %04X "$1")\$" '$3 ~ port { found = 1 } END { exit !found }' "/proc/$(docker inspect -f '{{.State.Pid}}' "$(containers gateway)")/net/tcp"
}

leaves_nothing() {
  compose down --volumes --timeout 45 >"$work/down.log" 2>&1 || { cat "$work/down.log" >&2; fail "down failed"; }
  [ -z "$(docker ps -aq)$(docker volume ls -q)$(docker network ls -q --filter type=custom)" ] || fail "down left something behind"
  say "down leaves nothing"
}

main() {
  need dockerd docker docker-registry redis-server redis-cli haproxy prometheus initdb curl openssl
  find_compose
  start_engine
  if [ "$check" = yes ]; then exit 0; fi
  export HOTSHELF_REGISTRY=localhost HOTSHELF_SAMPLE_DATA=true HOTSHELF_SECRETS=$work/secrets HOTSHELF_API_PORT HOTSHELF_CACHECONSOLE_PORT HOTSHELF_GRAFANA_PORT HOTSHELF_TLS_PORT
  HOTSHELF_API_PORT=$(free_port) HOTSHELF_CACHECONSOLE_PORT=$(free_port) HOTSHELF_GRAFANA_PORT=$(free_port) HOTSHELF_TLS_PORT=$(free_port)
  api=http://127.0.0.1:$HOTSHELF_API_PORT cacheconsole=http://127.0.0.1:$HOTSHELF_CACHECONSOLE_PORT
  projects=(ProductApi CacheWorker CacheConsole)
  services=(cache sessions postgres migrate productapi cacheworker cacheconsole gateway prometheus)
  say "Grafana is left out: its image cannot be made of programs that Debian has; its queries are asked of Prometheus"
  deploy/secrets.sh "$HOTSHELF_SECRETS" 2>"$work/answer"
  make_images
  starts
  keeps_its_secrets
  is_confined
  changes_reach_every_replica
  until_true 60 "Prometheus sees every replica" scraped
  survives_a_killed_replica
  survives_a_stopped_replica
  survives_a_killed_redis
  survives_a_killed_postgres
  survives_a_killed_worker
  survives_restarts
  survives_a_lost_slot
  restores_a_backup
  until_true 90 "data for the dashboards' queries" dashboards_have_data
  say "$with of $all queries of the dashboards have data"
  speaks_tls
  leaves_nothing
  speaks_tls_inside
  leaves_nothing
  say "done in $SECONDS s"
}

main
