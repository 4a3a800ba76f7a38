#!/usr/bin/env bash
# Builds the image with whatever is there: docker, podman or buildah.
#
#   build.sh engine                          print which one
#   build.sh runner                          print what can run an image here, after trying: docker or podman
#   build.sh prebuilt BINARY TARGET TAG      lay the binary out, build from scratch: nothing is pulled
#   build.sh compiled TAG [ARGUMENT…]        let the Dockerfile compile; more --build-arg may follow
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

engine() {
    # A docker without its daemon builds nothing.
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        echo docker
    elif command -v podman >/dev/null && podman info >/dev/null 2>&1; then
        echo podman
    elif command -v buildah >/dev/null; then
        echo buildah
    else
        echo "build.sh: no docker with a daemon, no podman, no buildah: install one (Debian: apt install podman buildah)" >&2
        return 1
    fi
}

# Builds and runs the smallest image there is, as the real one is run: inside containers much can be missing.
runner() {
    local with probe
    with=$(engine)
    probe=$(mktemp -d)
    trap "rm -rf '$probe'" EXIT
    echo 'int main(void) { return 0; }' | cc -static -x c -o "$probe/true" -
    printf 'FROM scratch\nCOPY true /true\nUSER 65532\nENTRYPOINT ["/true"]\n' > "$probe/Dockerfile"
    local build=(build) run=(run --rm --read-only --cap-drop=all --network=host)
    if [ "$with" = podman ]; then
        build+=(--isolation chroot)
        run+=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
    fi
    if [ "$with" != buildah ] && "$with" "${build[@]}" --quiet --tag localhost/vouch-probe "$probe" >/dev/null &&
        "$with" "${run[@]}" localhost/vouch-probe; then
        "$with" rmi --force localhost/vouch-probe >/dev/null
        echo "$with"
    else
        echo "build.sh: $with cannot run a container here; docker or podman is needed (with runc on small systems)" >&2
        return 1
    fi
}

build() { # CONTEXT TAG ARGUMENT…
    local context=$1 tag=$2 with
    shift 2
    with=$(engine)
    # Health checks are Docker's; the OCI format has no place for them. Inside a container there may be no right to
    # unshare anything, and no step here needs more isolation than a change of root.
    local how=(build)
    case $with in
        podman) how=(build --format docker --isolation chroot) ;;
        buildah) how=(bud --format docker --isolation chroot) ;;
    esac
    echo "building $tag with $with"
    "$with" "${how[@]}" --file Dockerfile --tag "$tag" \
        --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n1)" \
        --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" "$@" "$context"
}

case ${1:-} in
engine | runner)
    "$1"
    ;;
prebuilt)
    context=$(mktemp -d)
    trap 'rm -rf "$context"' EXIT
    deploy/image/rootfs.sh "$2" "$3" / "$context/rootfs" "$context/state"
    build "$context" "$4" --build-arg BINARY=prebuilt
    ;;
compiled)
    build . "${@:2}"
    ;;
*)
    echo "usage: build.sh engine | runner | prebuilt BINARY TARGET TAG | compiled TAG [ARGUMENT…]" >&2
    exit 2
    ;;
esac
