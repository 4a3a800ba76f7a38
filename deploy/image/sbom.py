#!/usr/bin/env python3
"""The bill of materials of the program, CycloneDX 1.5, from what cargo resolved with the lock file.

    sbom.py TARGET > sbom.cdx.json

Names every crate that is compiled into `vouch` for TARGET, with version, licence and the lock file's checksum, and who
needs whom. The same sources give the same bytes: no time stamp, no serial number. Never here: crates that only tests or
build scripts use.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def resolved(target):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def checksums():
    """From the lock file, which is plain enough to be read line by line: (name, version) to SHA-256."""
    found, name, version = {}, None, None
    with open(os.path.join(ROOT, "Cargo.lock"), encoding="utf-8") as lock:
        for line in lock:
            key, _, value = line.strip().partition(" = ")
            value = value.strip('"')
            if key == "name":
                name = value
            elif key == "version":
                version = value
            elif key == "checksum":
                found[name, version] = value
    return found


def needed(metadata, root):
    """Ids of everything compiled into the root package, each with what it needs itself."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    seen, waiting = {}, [root]
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        # A kind of null is an ordinary dependency; "dev" and "build" end up elsewhere.
        seen[id] = sorted(dep["pkg"] for dep in nodes[id]["deps"]
                          if any(kind["kind"] is None for kind in dep["dep_kinds"]))
        waiting += seen[id]
    return seen


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: sbom.py TARGET")
    metadata = resolved(sys.argv[1])
    packages = {package["id"]: package for package in metadata["packages"]}
    root = next(id for id, package in packages.items() if package["name"] == "vouch")
    graph, sums = needed(metadata, root), checksums()

    def ref(id):
        return f"pkg:cargo/{packages[id]['name']}@{packages[id]['version']}"

    def component(id, kind):
        package = packages[id]
        told = {"type": kind, "bom-ref": ref(id), "name": package["name"], "version": package["version"],
                "purl": ref(id)}
        if package["license"]:
            # Cargo still takes the old "MIT/Apache-2.0"; SPDX does not.
            told["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        checksum = sums.get((package["name"], package["version"]))
        if checksum:
            told["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return told

    libraries = sorted((id for id in graph if id != root), key=ref)
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(id, "library") for id in libraries],
        "dependencies": [{"ref": ref(id), "dependsOn": [ref(other) for other in graph[id]]}
                         for id in sorted(graph, key=ref)],
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
