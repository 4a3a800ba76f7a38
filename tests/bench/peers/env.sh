#!/usr/bin/env bash
# Makes the peers' Python environment if it is not there yet, and prints its interpreter.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
cache=${VOUCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vouch}
hash=$({ cat "$here/requirements.txt"; "$python" --version; } | sha256sum | cut -c1-12)
home=$cache/peers-$hash

if [ ! -e "$home/ready" ]; then
    rm -rf "$home"
    mkdir -p "$cache"
    "$python" -m venv "$home" >&2
    "$home/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    touch "$home/ready"
fi
echo "$home/bin/python"
