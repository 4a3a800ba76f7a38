#!/usr/bin/env bash
# Makes a Python environment of judges if it is not there yet, and prints its interpreter.
#
#   env.sh [REQUIREMENTS]    those of this folder, if no others are named
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
requirements=${1:-$here/requirements.txt}
cache=${VOUCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vouch}
# The Python version is part of the name: an environment does not survive an upgrade of it.
hash=$({ cat "$requirements"; "$python" --version; } | sha256sum | cut -c1-12)
home=$cache/judges-$hash

if [ ! -e "$home/ready" ]; then
    mkdir -p "$cache"
    # Two runs may start at once: the second waits here and then finds the environment made.
    exec 9>"$home.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if [ ! -e "$home/ready" ]; then
        rm -rf "$home"
        "$python" -m venv "$home" >&2
        "$home/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
        touch "$home/ready"
    fi
    exec 9>&-
fi
echo "$home/bin/python"
