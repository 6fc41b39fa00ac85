# make-image.sh FOLDER NAME: an image with a shell and this machine's redis-server. Nothing is pulled.
set -euo pipefail
. "$(dirname "$0")/../compose/images.sh"
root=$1/image
stage "$root" "$(command -v redis-server)" "$(readlink -f /bin/sh)"
mkdir -p "$root/bin" "$root/data"
[ -e "$root/bin/sh" ] || ln -s "$(readlink -f /bin/sh)" "$root/bin/sh"
user "$root" redis 999
as_image "$root" "$2" 'WORKDIR /data'
