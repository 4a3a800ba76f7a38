#!/usr/bin/env bash
# Lays out what the image holds, for both ways to build it (Dockerfile).
#
#   rootfs.sh BINARY TARGET FROM OUT STATE
#
# FROM is the root whose certificate authorities are taken; OUT becomes /, STATE the empty folder of the store.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

binary=$1 target=$2 from=${3%/} out=$4 state=$5
roots=$from/etc/ssl/certs/ca-certificates.crt
[ -s "$roots" ] || {
    echo "rootfs.sh: $roots is missing: install ca-certificates" >&2
    exit 1
}

rm -rf "$out" "$state"
mkdir -p "$state" "$out/usr/local/bin" "$out/etc/ssl/certs" "$out/usr/share/doc/vouch"
install -m 0755 "$binary" "$out/usr/local/bin/vouch"
install -m 0644 "$roots" "$out/etc/ssl/certs/ca-certificates.crt"
install -m 0644 "$here/../../LICENSE" "$out/usr/share/doc/vouch/LICENSE"
python3 "$here/sbom.py" "$target" > "$out/usr/share/doc/vouch/sbom.cdx.json"
# Names for the one user, and how names of hosts are looked up: the C library inside the program reads these.
echo 'vouch:x:65532:65532:vouch:/var/lib/vouch:/sbin/nologin' > "$out/etc/passwd"
echo 'vouch:x:65532:' > "$out/etc/group"
echo 'hosts: files dns' > "$out/etc/nsswitch.conf"
