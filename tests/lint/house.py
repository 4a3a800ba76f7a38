#!/usr/bin/env python3
"""Holds the repository to what its own papers say: every file the README names is there, every make target and command
exists, the configuration it shows is accepted, scripts parse, and every source file opens by saying what it is for.

    house.py --vouch BINARY

Reads only what git tracks or would track. One line per fault; exit 1 if there is any. Never here: judgement of code
(rustfmt, clippy and tests/it/tidy do that).
"""
import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Built from pieces, so that this file does not find itself.
PRIVATE = [re.compile("/" + "root/"), re.compile("/" + r"home/\w+/"), re.compile("/" + r"work/\w+/"),
           re.compile("AKIA" + r"(?!IOSFODNN7EXA|\w*EXAMPLE)[A-Z2-7]{16}\b")]
faults = 0
checks = 0


def hold(holds, fault):
    global faults, checks
    checks += 1
    if not holds:
        faults += 1
        print(fault)


def run(*command, env=None):
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**os.environ, **(env or {})})


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def tracked():
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    if listed.returncode == 0:
        return [path for path in listed.stdout.splitlines() if os.path.isfile(os.path.join(ROOT, path))]
    # An archive without its history.
    found = []
    for folder, _, names in os.walk(ROOT):
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return [path for path in found if not path.startswith(("target/", ".git/"))]


def papers(vouch):
    readme = read("README.md")
    for link in re.findall(r"\]\(([^)#]+)\)", readme):
        hold(link.startswith("http") or os.path.exists(os.path.join(ROOT, link)), f"README.md links to {link}: not there")
    for path in re.findall(r"`((?:src|config|tests|docs|deploy)/[\w./-]*)`", readme):
        hold(os.path.exists(os.path.join(ROOT, path)), f"README.md names {path}: not there")
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.M))
    # In prose "make" is a word; a target stands at the start of a code span or of an indented line.
    for named in re.findall(r"(?:`|^    )make ([a-z-]+)", readme + read("CHANGELOG.md"), re.M):
        hold(named in targets, f"README.md or CHANGELOG.md names `make {named}`: the Makefile has no such target")
    commands = set(re.findall(r"^  ([a-z-]+) ", run(vouch, "--help").stdout, re.M))
    for named in re.findall(r"`vouch ([a-z-]+)", readme):
        hold(named in commands, f"README.md names `vouch {named}`: no such command")
    version = re.search(r'^version = "(.*)"', read("Cargo.toml"), re.M).group(1)
    hold(f"## [{version}]" in read("CHANGELOG.md"), f"CHANGELOG.md has no entry for {version}")


def reference():
    told = run(sys.executable, "tests/lint/reference.py", "--check")
    hold(told.returncode == 0, (told.stdout + told.stderr).strip())


def shown_configuration(vouch):
    """What a new reader does who has nothing but the README: the file it shows, then the commands below it, as they stand."""
    shown = re.findall(r"```toml\n(.*?)```\n(.*?)\n\n[^\n ]", read("README.md"), re.S)
    hold(bool(shown), "README.md shows no configuration")
    for text, below in shown:
        commands = re.findall(r"^    (.*)$", below, re.M)
        hold(any("check --offline" in line for line in commands), "README.md does not say how to try the configuration")
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "vouch.toml"), "w", encoding="utf-8") as file:
                file.write(text)
            os.symlink(vouch, os.path.join(folder, "vouch"))
            told = subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, timeout=60, env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": folder})
            hold(told.returncode == 0, f"README.md leads to a configuration that is refused:\n{told.stdout}{told.stderr}")
            hold("FAIL" not in told.stdout and "ok " in told.stdout, f"README.md leads to:\n{told.stdout}{told.stderr}")


def sources(paths):
    for path in paths:
        if path.endswith((".png", ".lock", ".snap")):
            continue
        text = read(path)
        # What machines send as examples may hold anything.
        if "/fixtures/" not in path:
            for pattern in PRIVATE:
                found = pattern.search(text)
                hold(not found, f"{path} holds {found.group(0) if found else ''!r}, which belongs to one machine or account")
        if path.endswith(".py"):
            try:
                hold(ast.get_docstring(ast.parse(text)), f"{path} does not say what it is for")
            except SyntaxError as problem:
                hold(False, f"{path} does not parse: {problem}")
        elif path.endswith(".sh") or text.startswith("#!/usr/bin/env bash"):
            parsed = run("bash", "-n", path)
            hold(parsed.returncode == 0, f"{path} does not parse: {parsed.stderr.strip()}")
            hold("set -euo pipefail" in text, f"{path} goes on after a failure: set -euo pipefail")
            hold(text.splitlines()[1].startswith("# "), f"{path} does not say what it is for")
        if text.startswith("#!"):
            hold(os.access(os.path.join(ROOT, path), os.X_OK), f"{path} begins with #! but cannot be executed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vouch", required=True, type=os.path.abspath)
    vouch = parser.parse_args().vouch
    papers(vouch)
    shown_configuration(vouch)
    reference()
    sources(tracked())
    print(f"house.py: {checks} checks, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
