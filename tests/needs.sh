#!/usr/bin/env bash
# What a build needs and this machine lacks: one sentence each, before any long work. Checks only, installs nothing.
set -euo pipefail

missing=0
lack() {
    echo "missing: $*" >&2
    missing=1
}
at_least() { # VERSION WANTED
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
if ! command -v cargo >/dev/null; then
    lack "cargo: install Rust $rust or newer with rustup (https://rustup.rs)"
else
    have=$(rustc --version 2>/dev/null | cut -d' ' -f2 || true)
    at_least "${have:-0}" "$rust" || lack "Rust $rust or newer, this is ${have:-unknown}: run 'rustup update stable'"
fi

command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null ||
    lack "a C compiler: install one (Debian: apt install build-essential; macOS: xcode-select --install)"

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    lack "$python: install Python 3.10 or newer, or name one with PYTHON="
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    lack "Python 3.10 or newer, $python is $("$python" --version 2>&1): install one, or name it with PYTHON="
elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    lack "Python's venv module: install it (Debian: apt install python3-venv)"
fi

exit "$missing"
