#!/usr/bin/env bash
# The AWS emulators for tests and the sandbox, each in a Python environment of its own: MiniStack, or with the word
# moto in front of the command, moto.
#
#   emulator.sh [moto] install      make the environment if it is not there yet
#   emulator.sh [moto] python       the same, and print its interpreter: it has botocore
#   emulator.sh [moto] run PORT     install, then serve 127.0.0.1:PORT in the foreground until killed
#   emulator.sh [moto] follow PORT  the same, but also ends when its standard input closes: a test process that
#                                   holds the other end cannot leave it behind, however it dies
#
# MiniStack, with AUTH=true, enforces what vouch changes: inactive keys, inline denies, token issue times.
# Root credentials are test/test, the account is 000000000000. moto enforces nothing, and is there for what MiniStack
# lacks: Identity Store, EC2's interfaces, S3 Control, Auto Scaling, ELBv2; its account is 123456789012, or
# what MOTO_ACCOUNT_ID says. The state of both is in memory and ends with them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}

die() {
    echo "emulator.sh: $*" >&2
    exit 1
}

name=ministack requirements=$here/requirements.txt
if [ "${1:-}" = moto ]; then
    shift
    name=moto requirements=$here/moto.txt
fi

command -v "$python" >/dev/null || die "$python is missing: install Python 3.10 or newer"
cache=${VOUCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vouch}
# The Python version is part of the name: an environment does not survive an upgrade of it.
hash=$({ cat "$requirements"; "$python" --version; } | sha256sum | cut -c1-12)
home=$cache/$name-$hash

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

serve() {
    # Credentials of the caller's environment have no business in an emulator, nor has persisted state.
    unset AWS_PROFILE AWS_SESSION_TOKEN PERSIST_STATE LOCALSTACK_PERSISTENCE
    if [ "$name" = moto ]; then
        # It tells of every request, which nobody reads.
        exec "$home/bin/moto_server" -H 127.0.0.1 -p "$1" >/dev/null 2>&1
    fi
    export BIND_HOST=127.0.0.1 GATEWAY_PORT=$1 AUTH=true
    export LOG_LEVEL=${EMULATOR_LOG_LEVEL:-WARNING}
    exec "$home/bin/ministack"
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
    [[ ${2:-} =~ ^[0-9]+$ ]] || die "usage: emulator.sh [moto] $1 PORT"
    install
    [ "$1" = run ] && serve "$2"
    serve "$2" </dev/null &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    trap 'exit 0' TERM INT
    # Ends at the end of our input, or with the server.
    while kill -0 "$server" 2>/dev/null; do
        if read -r -t 1 _; then :; elif [ $? -le 128 ]; then break; fi
    done
    ;;
*)
    die "usage: emulator.sh [moto] install | python | run PORT | follow PORT"
    ;;
esac
