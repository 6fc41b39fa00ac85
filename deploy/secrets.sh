#!/bin/sh
# Makes the secrets of a new installation, one file each: ./secrets.sh FOLDER. Files that are there stay as they are, so it can be run again after an
# upgrade that needs a new one, or after a run that broke off. What each is for, and how to replace it while everything runs: docs/operations.md.
# HOTSHELF_TLS=yes: with certificates for TLS between services, servers and the gateway, and connection strings that ask for it.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$1
# The folder keeps others out. The files can be read by the users that the containers run as, to whom they are given one by one.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

random() { head -c 64 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | cut -c1-40; }
hash() { printf %s "$1" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1; }
fail() { echo "$0: $1" >&2; exit 1; }
# What is unfinished is made beside the others, and gone when this ends.
unfinished=$(mktemp -d "$folder/.unfinished.XXXXXX")
trap 'rm -rf "$unfinished"' EXIT
trap 'exit 1' HUP INT TERM
write() { # NAME TEXT
  [ -e "$folder/$1" ] || { printf '%s\n' "$2" >"$unfinished/$1"; mv "$unfinished/$1" "$folder/$1"; echo "made $folder/$1" >&2; }
}
# What a run that broke off has left, or nothing.
content() { cat "$folder/$1" 2>/dev/null || true; }

# Its progress is no one's concern; when it fails, all that it said is shown.
run_openssl() { openssl "$@" 2>"$unfinished/said" || { cat "$unfinished/said" >&2; fail "'openssl $1' failed (see above)"; }; }

# A certificate authority of this installation, and a certificate of each server under its name in the composition. The authority's key is not kept.
certificates() {
  [ ! -e "$folder/inside-ca.crt" ] || return 0
  command -v openssl >/dev/null || fail "the certificates need openssl, which was not found. Install it, or run this without HOTSHELF_TLS=yes"
  run_openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=HotShelf inside" -keyout "$unfinished/authority" -out "$unfinished/inside-ca.crt"
  for name in cache sessions postgres productapi cacheconsole; do
    run_openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$unfinished/$name.key" -out "$unfinished/$name.csr"
    printf 'subjectAltName=DNS:%s\n' "$name" >"$unfinished/$name.ext"
    run_openssl x509 -req -in "$unfinished/$name.csr" -CA "$unfinished/inside-ca.crt" -CAkey "$unfinished/authority" -set_serial "0x$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')" -days 825 -extfile "$unfinished/$name.ext" -out "$unfinished/$name.crt"
    chmod 644 "$unfinished/$name.key"
    mv "$unfinished/$name.crt" "$unfinished/$name.key" "$folder"
  done
  # The last one: it says that all are there.
  mv "$unfinished/inside-ca.crt" "$folder"
  echo "made $folder/inside-ca.crt and a certificate for each server" >&2
}
redis_tls= postgres_tls=
if [ "${HOTSHELF_TLS:-}" = yes ]; then
  for name in cache sessions productdb; do
    file=$folder/ConnectionStrings__$name
    [ ! -e "$file" ] || grep -qiE '[,;]ssl( ?mode)?=' "$file" || fail "$file was made without TLS. Add ',ssl=true' to ConnectionStrings__cache and ConnectionStrings__sessions and ';SSL Mode=VerifyFull' to ConnectionStrings__productdb, then run this again"
  done
  certificates
  redis_tls=,ssl=true
  postgres_tls=";SSL Mode=VerifyFull"
fi

# Redis: a service may do what a cache does, the operator everything, and the probe nothing but ask whether it is there. Passwords are kept as hashes.
redis() { # NAME ADDRESS
  if [ -e "$folder/$1-users.acl" ]; then
    [ -e "$folder/ConnectionStrings__$1" ] || fail "$folder/$1-users.acl is there without ConnectionStrings__$1, whose password it has as a hash only. Bring that back, or remove $1-users.acl too for a new password"
    return 0
  fi
  service=$(content "ConnectionStrings__$1" | sed -n 's/.*,password=\([^,]*\).*/\1/p')
  service=${service:-$(random)}
  operator=$(content "$1-operator-password")
  operator=${operator:-$(random)}
  write "ConnectionStrings__$1" "$2,password=$service$redis_tls"
  write "$1-operator-password" "$operator"
  write "$1-users.acl" "user default on sanitize-payload resetchannels &* ~* +@all -@dangerous -@admin +info +config|get +cluster|nodes +role +client|kill +client|list +latency|latest +slowlog|get #$(hash "$service")
user operator on &* ~* +@all #$(hash "$operator")
user probe on nopass resetchannels resetkeys -@all +ping"
}
redis cache "${CACHE_ADDRESS:-cache:6379}"
redis sessions "${SESSIONS_ADDRESS:-sessions:6379}"

# Postgres.
postgres=$(content postgres-password)
postgres=${postgres:-$(random)}
write postgres-password "$postgres"
write ConnectionStrings__productdb "Host=${POSTGRES_ADDRESS:-postgres};Port=5432;Username=postgres;Password=$postgres;Database=productdb;Maximum Pool Size=19$postgres_tls"

# The API, and the console that speaks to it.
key=$(content Api__Keys__admin)
key=${key:-$(random)}
write Api__Keys__admin "$key"
write Api__Key "$key"

# The token that opens the console.
write CacheConsole__Frontend__BrowserToken "$(random)"

# Headers that your OTLP collector asks for, such as authorization=Bearer%20...; empty for none.
write OTEL_EXPORTER_OTLP_HEADERS ""

write grafana-password "$(random)"
