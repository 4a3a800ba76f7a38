# vouch as an image: one static program and the few files it reads. No shell, no package manager, nobody but one user.
#
#   docker build --tag vouch .     compiles here, in the image that RUST_IMAGE names
#   make image                     compiles outside, then BINARY=prebuilt: no base image has to be pulled
#
# Another base, such as a mirror's, or the same one by digest: --build-arg RUST_IMAGE=…@sha256:…
# On an Arm machine the same lines give an Arm image; nobody has tried that yet.

ARG RUST_IMAGE=docker.io/library/rust:1.95.0-slim-bookworm
# compiled: by this file. prebuilt: deploy/image/build.sh laid everything out in its context.
ARG BINARY=compiled

FROM ${RUST_IMAGE} AS toolchain
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Python writes the bill of materials. What Debian ships changes by itself: a version named here would break the build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates gcc libc6-dev python3-minimal \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# A static program for the machine we are on. With a target named, the flags do not reach build scripts and macros.
ENV RUSTFLAGS="-C target-feature=+crt-static" CARGO_INCREMENTAL=0
RUN rustc --version --verbose | sed -n 's/^host: //p' > /target

FROM toolchain AS compiled
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# The dependencies alone, from the lock file: this layer stays until they change.
COPY Cargo.toml Cargo.lock ./
COPY tests/sim/Cargo.toml tests/sim/
RUN mkdir -p src tests/it tests/sim/src \
    && touch src/lib.rs tests/it/main.rs tests/sim/src/lib.rs \
    && echo 'fn main() {}' | tee src/main.rs > tests/sim/src/main.rs \
    && cargo build --locked --profile dist --package vouch --bin vouch --target "$(< /target)"
COPY LICENSE ./
COPY deploy/image deploy/image
COPY config config
COPY src src
# Cargo goes by time stamps, and the stand-ins above may be younger than the sources.
RUN touch src/lib.rs src/main.rs \
    && cargo build --locked --profile dist --package vouch --bin vouch --target "$(< /target)" \
    && deploy/image/rootfs.sh "target/$(< /target)/dist/vouch" "$(< /target)" / /out /state

FROM scratch AS prebuilt
COPY rootfs/ /out/
COPY state/ /state/

# checkov:skip=CKV_DOCKER_7: one of the two stages above, which have no versions
# hadolint ignore=DL3006
FROM ${BINARY} AS binary

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vouch" \
      org.opencontainers.image.description="Asks the owner of an AWS credential whether a GuardDuty finding was them, and runs the remedy their answer calls for" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="scratch"
COPY --from=binary /out/ /
# A fresh volume takes over the owner of this folder.
COPY --from=binary --chown=65532:65532 /state/ /var/lib/vouch
USER 65532:65532
VOLUME ["/var/lib/vouch"]
# http.listen. The admin address stays inside.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/usr/local/bin/vouch", "health"]
ENTRYPOINT ["/usr/local/bin/vouch"]
CMD ["run"]
