#!/usr/bin/env bash
# The AWS emulator (MiniStack) for tests and the sandbox, in a Python environment of its own.
#
#   emulator.sh install     make the environment if it is not there yet
#   emulator.sh python      the same, and print its interpreter: it has botocore
#   emulator.sh run PORT    install, then serve 127.0.0.1:PORT in the foreground until killed
#   emulator.sh follow PORT the same, but also ends when its standard input closes: a test process that
#                           holds the other end cannot leave it behind, however it dies
#
# With AUTH=true it enforces what vouch changes: inactive keys, inline denies, token issue times.
# Root credentials are test/test, the account is 000000000000. State is in memory and ends with it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=$here/requirements.txt
python=${PYTHON:-python3}

die() {
    echo "emulator.sh: $*" >&2
    exit 1
}

command -v "$python" >/dev/null || die "$python is missing: install Python 3.10 or newer"
cache=${VOUCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vouch}
# The Python version is part of the name: an environment does not survive an upgrade of it.
hash=$({ cat "$requirements"; "$python" --version; } | sha256sum | cut -c1-12)
home=$cache/ministack-$hash

install() {
    [ -e "$home/ready" ] && return
    mkdir -p "$cache"
    # Two test runs may start at once: the second waits here and then finds the environment made.
    exec 9>"$home.lock"
    command -v flock >/dev/null && flock 9
    if [ ! -e "$home/ready" ]; then
        rm -rf "$home"
        "$python" -m venv "$home" >/dev/null 2>&1 ||
            die "$python cannot make a virtual environment: install its venv module (Debian: python3-venv)"
        "$home/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2 ||
            die "pip could not install $requirements: is a package index reachable?"
        touch "$home/ready"
    fi
    exec 9>&-
}

case ${1:-} in
install)
    install
    ;;
python)
    install
    echo "$home/bin/python"
    ;;
run | follow)
    [[ ${2:-} =~ ^[0-9]+$ ]] || die "usage: emulator.sh $1 PORT"
    install
    # Credentials of the caller's environment have no business in an emulator, nor has persisted state.
    unset AWS_PROFILE AWS_SESSION_TOKEN PERSIST_STATE LOCALSTACK_PERSISTENCE
    export BIND_HOST=127.0.0.1 GATEWAY_PORT=$2 AUTH=true
    export LOG_LEVEL=${EMULATOR_LOG_LEVEL:-WARNING}
    [ "$1" = run ] && exec "$home/bin/ministack"
    "$home/bin/ministack" </dev/null &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    trap 'exit 0' TERM INT
    # Ends at the end of our input, or with the server.
    while kill -0 "$server" 2>/dev/null; do
        if read -r -t 1 _; then :; elif [ $? -le 128 ]; then break; fi
    done
    ;;
*)
    die "usage: emulator.sh install | python | run PORT | follow PORT"
    ;;
esac
