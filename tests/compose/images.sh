# Images under the names that deploy/ uses, made of this machine's own programs: nothing is pulled, so the composition runs where no registry can be
# reached. Each holds a program, the libraries it needs and one user, like the minimal images they stand for. Sourced by run.sh.

# stage ROOT FILE...: copies programs with their libraries to the same places below ROOT.
stage() {
  local root=$1 file library
  shift
  for file in "$@"; do
    copy_in "$root" "$file"
    for library in $(libraries "$file"); do copy_in "$root" "$library"; done
  done
}

libraries() { ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-[^ ]*\) .*/\1/p'; }

copy_in() {
  [ ! -e "$1$2" ] || return 0
  mkdir -p "$1$(dirname "$2")"
  cp -L "$2" "$1$2"
}

# user ROOT NAME ID: the only one besides root.
user() {
  mkdir -p "$1/etc" "$1/tmp" "$1/run" "$1/var"
  ln -s /run "$1/var/run"
  chmod 1777 "$1/tmp"
  printf 'root:x:0:0::/:/sbin/nologin\n%s:x:%s:%s::/:/sbin/nologin\n' "$2" "$3" "$3" >"$1/etc/passwd"
  printf 'root:x:0:\n%s:x:%s:\n' "$2" "$3" >"$1/etc/group"
}

# as_image ROOT NAME LINE...: the folder becomes an image; each line is one of a Dockerfile.
as_image() {
  local root=$1 name=$2 line
  local -a changes=()
  shift 2
  for line in "$@"; do changes+=(--change "$line"); done
  tar -C "$root" -c . | docker import "${changes[@]}" - "$name" >/dev/null
  rm -rf "$root"
}

# The .NET runtime, OpenSSL and certificates; no shell, as in the chiseled images.
make_dotnet() {
  local root=$work/dotnet name=$1 folder version library
  folder=$(dirname "$(readlink -f "$(command -v dotnet)")")
  version=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.AspNetCore\.App \(10\.[0-9.]*\) .*/\1/p' | tail -1)
  mkdir -p "$root/usr/share/dotnet" "$root/usr/bin"
  (cd "$folder" && cp --parents -r dotnet "host/fxr/$version" "shared/Microsoft.NETCore.App/$version" "shared/Microsoft.AspNetCore.App/$version" "$root/usr/share/dotnet")
  ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
  for library in "$folder/dotnet" "$folder/shared/Microsoft.NETCore.App/$version/"*.so; do
    for library in $(libraries "$library"); do copy_in "$root" "$library"; done
  done
  # Loaded by name when they are needed, so no list of libraries has them.
  for library in /usr/lib/*-linux-gnu/libssl.so.3 /usr/lib/*-linux-gnu/libcrypto.so.3; do stage "$root" "$library"; done
  copy_in "$root" /etc/ssl/certs/ca-certificates.crt
  user "$root" app 1654
  as_image "$root" "$name" "ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true" "USER 1654"
}

# What a program needs that was compiled ahead of time: the C and C++ libraries, OpenSSL and certificates.
make_runtime_deps() {
  local root=$work/runtime-deps library
  for library in /usr/lib/*-linux-gnu/lib{ssl.so.3,crypto.so.3,stdc++.so.6,gcc_s.so.1,z.so.1}; do stage "$root" "$library"; done
  copy_in "$root" /etc/ssl/certs/ca-certificates.crt
  user "$root" app 1654
  as_image "$root" "$1" "ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true" "USER 1654"
}

make_redis() {
  local root=$work/redis
  stage "$root" "$(command -v redis-server)" "$(command -v redis-cli)"
  user "$root" redis 999
  mkdir -p "$root/data"
  chown 999:999 "$root/data"
  as_image "$root" "$1" 'WORKDIR /data' 'CMD ["redis-server"]'
}

# The official image's promises that the composition relies on: POSTGRES_PASSWORD_FILE, POSTGRES_DB, a data folder that outlives the container.
make_postgres() {
  local root=$work/postgres bin share
  bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  share=/usr/share/postgresql/$(basename "$(dirname "$bin")")
  mkdir -p "$root$(dirname "$bin")" "$root$share" "$root/usr/share" "$root/docker"
  cp -r "$(dirname "$bin")" "$root/usr/lib/postgresql/"
  cp -r "$share" "$root/usr/share/postgresql/"
  cp -r /usr/share/zoneinfo "$root/usr/share/"
  stage "$root" "$bin/postgres" "$bin/initdb" "$bin/pg_ctl" "$bin/pg_isready" "$bin/psql" "$bin/pg_dump" "$bin/pg_restore" "$(readlink -f /bin/sh)" /usr/bin/mkdir /usr/bin/cat /usr/bin/rm
  for library in "$(dirname "$bin")"/lib/*.so; do
    for library in $(libraries "$library"); do copy_in "$root" "$library"; done
  done
  mkdir -p "$root/bin" "$root/var/lib/postgresql" "$root/run/postgresql"
  [ -e "$root/bin/sh" ] || ln -s "$(readlink -f /bin/sh)" "$root/bin/sh"
  cp tests/compose/postgres-entrypoint.sh "$root/docker/entrypoint.sh"
  mkdir -p "$root/usr/local/bin"
  printf '#!/bin/sh\nexec /bin/sh /docker/entrypoint.sh "$@"\n' >"$root/usr/local/bin/docker-entrypoint.sh"
  chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
  user "$root" postgres 999
  chown -R 999:999 "$root/var/lib/postgresql" "$root/run/postgresql"
  as_image "$root" "$1" "ENV PATH=$bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data" 'VOLUME /var/lib/postgresql' \
    'ENTRYPOINT ["/bin/sh", "/docker/entrypoint.sh"]' 'CMD ["postgres"]'
}

make_haproxy() {
  local root=$work/haproxy
  stage "$root" "$(command -v haproxy)"
  user "$root" haproxy 99
  as_image "$root" "$1" 'USER 99' "ENTRYPOINT [\"$(command -v haproxy)\"]" 'CMD ["-f", "/usr/local/etc/haproxy/haproxy.cfg"]'
}

make_prometheus() {
  local root=$work/prometheus
  stage "$root" "$(command -v prometheus)"
  user "$root" nobody 65534
  mkdir -p "$root/prometheus"
  chown 65534:65534 "$root/prometheus"
  as_image "$root" "$1" 'USER 65534' 'WORKDIR /prometheus' "ENTRYPOINT [\"$(command -v prometheus)\"]"
}

# The SDK with a shell and the packages that this repository's own build has restored; nothing is downloaded in it.
make_sdk() {
  local root=$work/sdk folder packages library
  folder=$(dirname "$(readlink -f "$(command -v dotnet)")")
  packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //; s/\/$//')
  mkdir -p "$root/usr/share/dotnet" "$root/packages"
  link_or_copy "$folder/." "$root/usr/share/dotnet/"
  stage "$root" "$(readlink -f /bin/sh)" /usr/bin/chmod /usr/bin/cat /usr/bin/rm /usr/bin/mkdir
  mkdir -p "$root/bin" "$root/usr/bin"
  [ -e "$root/bin/sh" ] || ln -s "$(readlink -f /bin/sh)" "$root/bin/sh"
  ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
  for library in "$folder/dotnet" "$folder"/shared/Microsoft.NETCore.App/*/*.so; do
    for library in $(libraries "$library"); do copy_in "$root" "$library"; done
  done
  for library in /usr/lib/*-linux-gnu/libssl.so.3 /usr/lib/*-linux-gnu/libcrypto.so.3; do stage "$root" "$library"; done
  copy_in "$root" /etc/ssl/certs/ca-certificates.crt
  user "$root" app 1654
  # By the names that a restore wrote down: "path": "polly.core/8.9.1".
  cat ./*/obj/project.assets.json src/*/obj/project.assets.json | sed -n 's/.*"path": "\([^./][^"]*\)".*/\1/p' | sort -u | while read -r library; do
    mkdir -p "$root/packages/${library%/*}"
    link_or_copy "$packages/$library" "$root/packages/${library%/*}/"
  done
  # These packages are all there are, and there is no source of known vulnerabilities.
  mkdir -p "$root/home/.nuget/NuGet"
  echo '<configuration><packageSources><clear /><add key="packages" value="/packages" /></packageSources></configuration>' >"$root/home/.nuget/NuGet/NuGet.Config"
  as_image "$root" "$1" "ENV HOME=/home NUGET_PACKAGES=/packages NuGetAudit=false DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true"
}

# Hard links where that is possible: these are files by the thousand.
link_or_copy() { cp -al "$1" "$2" 2>/dev/null || cp -r "$1" "$2"; }
