#!/bin/sh
# Makes the secrets of a new installation, one file each: ./secrets.sh FOLDER. Files that are there stay as they are, so it can be run again after an
# upgrade that needs a new one. What each is for, and how to replace it while everything runs: docs/operations.md.
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
write() { # NAME TEXT
  [ -e "$folder/$1" ] || { printf '%s\n' "$2" >"$folder/$1"; echo "made $folder/$1" >&2; }
}

# A certificate authority of this installation, and a certificate of each server under its name in the composition. The authority's key is not kept.
certificates() {
  [ ! -e "$folder/inside-ca.crt" ] || return 0
  authority=$(mktemp)
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=HotShelf inside" -keyout "$authority" -out "$folder/inside-ca.crt" 2>/dev/null
  for name in cache sessions postgres productapi cacheconsole; do
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$folder/$name.key" -out "$folder/$name.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s\n' "$name" >"$folder/$name.ext"
    openssl x509 -req -in "$folder/$name.csr" -CA "$folder/inside-ca.crt" -CAkey "$authority" -set_serial "0x$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')" -days 825 -extfile "$folder/$name.ext" -out "$folder/$name.crt" 2>/dev/null
    rm "$folder/$name.csr" "$folder/$name.ext"
    chmod 644 "$folder/$name.key"
  done
  rm "$authority"
  echo "made $folder/inside-ca.crt and a certificate for each server" >&2
}
redis_tls= postgres_tls=
if [ "${HOTSHELF_TLS:-}" = yes ]; then
  certificates
  redis_tls=,ssl=true
  postgres_tls=";SSL Mode=VerifyFull"
fi

# Redis: a service may do what a cache does, the operator everything, and the probe nothing but ask whether it is there. Passwords are kept as hashes.
redis() { # NAME ADDRESS
  [ ! -e "$folder/$1-users.acl" ] || return 0
  service=$(random)
  operator=$(random)
  write "ConnectionStrings__$1" "$2,password=$service$redis_tls"
  write "$1-operator-password" "$operator"
  write "$1-users.acl" "user default on sanitize-payload resetchannels &* ~* +@all -@dangerous -@admin +info +config|get +cluster|nodes +role +client|kill +client|list +latency|latest +slowlog|get #$(hash "$service")
user operator on &* ~* +@all #$(hash "$operator")
user probe on nopass resetchannels resetkeys -@all +ping"
}
redis cache "${CACHE_ADDRESS:-cache:6379}"
redis sessions "${SESSIONS_ADDRESS:-sessions:6379}"

# Postgres.
if [ ! -e "$folder/postgres-password" ]; then
  postgres=$(random)
  write postgres-password "$postgres"
  write ConnectionStrings__productdb "Host=${POSTGRES_ADDRESS:-postgres};Port=5432;Username=postgres;Password=$postgres;Database=productdb;Maximum Pool Size=19$postgres_tls"
fi

# The API, and the console that speaks to it.
if [ ! -e "$folder/Api__Keys__admin" ]; then
  key=$(random)
  write Api__Keys__admin "$key"
  write Api__Key "$key"
fi

# The token that opens the console.
write CacheConsole__Frontend__BrowserToken "$(random)"

# Headers that your OTLP collector asks for, such as authorization=Bearer%20...; empty for none.
write OTEL_EXPORTER_OTLP_HEADERS ""

write grafana-password "$(random)"
