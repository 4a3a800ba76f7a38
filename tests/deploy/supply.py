#!/usr/bin/env python3
"""Judges what is compiled in by deny.toml: with cargo-deny where it is installed, else its licences, bans and sources here.

    supply.py

Says plainly what could not be judged on this machine. Exit 1 if anything is not as deny.toml wants it. Never here: what is
allowed; deny.toml says it.
"""
import json
import os
import re
import shutil
import subprocess
import sys

try:
    import tomllib
except ImportError:
    import tomli as tomllib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*command, quiet=False):
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode == 0


def deny():
    good = run("cargo", "deny", "--locked", "--all-features", "check", "licenses", "bans", "sources")
    # Nothing is worse than an old database taken for new.
    if run("cargo", "deny", "--locked", "fetch", "db", quiet=True):
        good &= run("cargo", "deny", "--locked", "--all-features", "check", "advisories")
    else:
        print("supply: advisories not run: the RustSec database is not here and cannot be fetched")
    return good


def allows(expression, allowed):
    """Whether an SPDX expression can be satisfied by the allowed terms."""
    words = re.findall(r"\(|\)|[^\s()]+(?: WITH [^\s()]+)?", expression.replace("/", " OR "))
    at = 0

    def either():
        nonlocal at
        value = both()
        while at < len(words) and words[at] == "OR":
            at += 1
            value = both() or value
        return value

    def both():
        nonlocal at
        value = one()
        while at < len(words) and words[at] == "AND":
            at += 1
            value = one() and value
        return value

    def one():
        nonlocal at
        word = words[at]
        at += 1
        if word != "(":
            return word in allowed
        value = either()
        at += 1
        return value

    return either()


def here():
    with open(os.path.join(ROOT, "deny.toml"), "rb") as file:
        wanted = tomllib.load(file)
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    used = {node["id"] for node in told["resolve"]["nodes"]}
    banned = {one["name"] for one in wanted["bans"]["deny"]}
    registries = {f"registry+{one}" for one in wanted["sources"]["allow-registry"]}
    faults = []
    for package in (one for one in told["packages"] if one["id"] in used and one["source"]):
        name = f"{package['name']} {package['version']}"
        if not allows(package["license"] or "none", set(wanted["licenses"]["allow"])):
            faults.append(f"{name} is under {package['license']}, which deny.toml does not allow")
        if package["name"] in banned:
            faults.append(f"{name} is banned by deny.toml")
        if package["source"] not in registries:
            faults.append(f"{name} comes from {package['source']}")
    print("\n".join(faults), end="\n" if faults else "")
    print(f"supply: {len(used)} crates, {len(faults)} faults in licences, bans and sources")
    print("supply: not run: advisories, which cargo-deny reads (cargo install --locked cargo-deny)")
    return not faults


def main():
    sys.exit(0 if (deny() if shutil.which("cargo-deny") else here()) else 1)


if __name__ == "__main__":
    main()
