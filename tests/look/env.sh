#!/usr/bin/env bash
# Gets what `make look` needs, if it is not there yet: Chromium with its driver (Debian's, installed only by root), a
# Python environment, the accessibility check. Prints the interpreter and the check's file (empty without npm), a line
# each. Exit 77 with one sentence if there is no Chromium to be had.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
cache=${VOUCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vouch}

skip() {
    echo "look: skipped: $*" >&2
    exit 77
}

if ! { command -v chromium && command -v chromedriver; } >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        skip "no chromium and chromedriver here (Debian: apt install chromium chromium-driver)"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-noto-cjk \
        fonts-noto-core fonts-noto-mono; } >&2 || skip "Debian's chromium could not be installed"
fi

# The Python version is part of the name: an environment does not survive an upgrade of it.
hash=$({ cat "$here/requirements.txt" "$here/package-lock.json"; "$python" --version; } | sha256sum | cut -c1-12)
home=$cache/look-$hash
if [ ! -e "$home/ready" ]; then
    mkdir -p "$cache"
    # Two runs may start at once: the second waits here and then finds the environment made.
    exec 9>"$home.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if [ ! -e "$home/ready" ]; then
        rm -rf "$home"
        "$python" -m venv "$home" >&2
        "$home/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2 ||
            skip "pip could not install tests/look/requirements.txt"
        if command -v npm >/dev/null; then
            cp "$here/package.json" "$here/package-lock.json" "$home"
            npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --silent >&2 ||
                skip "npm could not install tests/look/package.json"
        fi
        touch "$home/ready"
    fi
    exec 9>&-
fi
echo "$home/bin/python"
axe=$home/node_modules/axe-core/axe.min.js
if [ -e "$axe" ]; then echo "$axe"; else echo; fi
