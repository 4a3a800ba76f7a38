#!/usr/bin/env bash
# Judges what is compiled in, by cargo-deny and deny.toml. Says plainly what could not be judged on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! command -v cargo-deny >/dev/null; then
    echo "supply: not run: cargo-deny is not installed (cargo install --locked cargo-deny)"
    exit 0
fi
cargo deny --locked --all-features check licenses bans sources
# A database that is there already, or one that can be fetched now; nothing is worse than an old one taken for new.
if cargo deny --locked fetch db >/dev/null 2>&1; then
    cargo deny --locked --all-features check advisories
else
    echo "supply: advisories not run: the RustSec database is not here and cannot be fetched"
fi
