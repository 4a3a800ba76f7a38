# `make` lists the targets. What is built lies in a cache folder outside the checkout, so that a clone stays small
# and a second clone starts warm. Tests use the dev profile; only what is shipped is optimised (`make dist`).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ifeq ($(strip $(VOUCH_CACHE)),)
  ifeq ($(strip $(XDG_CACHE_HOME)),)
    VOUCH_CACHE := $(HOME)/.cache/vouch
  else
    VOUCH_CACHE := $(XDG_CACHE_HOME)/vouch
  endif
endif
ifeq ($(strip $(CARGO_TARGET_DIR)),)
  CARGO_TARGET_DIR := $(VOUCH_CACHE)/target
endif
ifeq ($(strip $(PYTHON)),)
  PYTHON := python3
endif
export VOUCH_CACHE CARGO_TARGET_DIR PYTHON
export PYTHONDONTWRITEBYTECODE := 1
export CARGO_TERM_PROGRESS_WHEN := never

CARGO := cargo --locked
# A CARGO_TARGET_DIR that is not absolute is meant from here, whatever folder a script works in.
BIN := $(abspath $(CARGO_TARGET_DIR))/debug
EMULATOR := tests/aws/emulator.sh
BLOCKS := $(BIN)/vouch-blocks.jsonl
CALLS := $(BIN)/vouch-calls.jsonl
# What is shipped is static, for the kind of machine that builds it.
TRIPLE := $(shell rustc --version --verbose 2>/dev/null | sed -n 's/^host: //p')
SHIPPED := $(abspath $(CARGO_TARGET_DIR))/$(TRIPLE)/dist/vouch
IMAGE ?= localhost/vouch:dev
step = @printf '== %s\n'

.PHONY: help bench test sandbox sandbox-check look dist image image-check deploy-lint deploy-check supply policies reference soak lint needs build emulator judges clean-cache

help: ## this list
	@printf 'Targets:\n'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@printf 'Builds go to %s\n' '$(CARGO_TARGET_DIR)'

test: needs emulator judges ## everything it needs, then every test
	$(step) 'building vouch, the look-alikes and the tests (the first time takes some minutes)'
	@$(CARGO) test --workspace --no-run --quiet
	$(step) 'Rust tests'
	@rm -f '$(BLOCKS)' '$(CALLS)'
	@RUST_TEST_THREADS=8 VOUCH_BLOCKS_OUT='$(BLOCKS)' VOUCH_CALLS_OUT='$(CALLS)' $(CARGO) test --workspace --no-fail-fast --quiet
	$(step) 'the stories again, clicks as signed requests'
	@RUST_TEST_THREADS=8 VOUCH_STORIES_OVER=http $(CARGO) test --package vouch --test it --no-fail-fast --quiet stories:: -- --skip laws::
	$(step) 'judges that know nothing of vouch'
	@"$$(tests/judges/env.sh)" tests/judges/all.py --sim '$(BIN)/sim' --blocks '$(BLOCKS)'
	$(step) 'the calls that the tests made, against the policies'
	@"$$(tests/judges/env.sh)" tests/deploy/calls.py --vouch '$(BIN)/vouch' --calls '$(CALLS)'
	$(step) 'the house itself'
	@$(PYTHON) tests/lint/house.py --vouch '$(BIN)/vouch'
	$(step) 'deploy/, against what the program prints'
	@$(PYTHON) deploy/generate.py --vouch '$(BIN)/vouch' --check

sandbox: build emulator ## try it: an emulated AWS account, a Slack look-alike in the browser, the daemon
	@exec "$$($(EMULATOR) python)" tests/sandbox/sandbox.py \
		--vouch '$(BIN)/vouch' --sim '$(BIN)/sim' --emulator $(EMULATOR)

sandbox-check: build emulator ## the same without a human; passes only if what was stolen is refused after the click
	$(step) 'the sandbox, played through'
	@exec "$$($(EMULATOR) python)" tests/sandbox/sandbox.py --check \
		--vouch '$(BIN)/vouch' --sim '$(BIN)/sim' --emulator $(EMULATOR)

look: build emulator ## the pages in a headless browser: by keyboard, checked for accessibility, with pictures
	$(step) 'the pages, looked at'
	@found=$$(tests/look/env.sh) || { [ $$? = 77 ] && exit 0; exit 1; }; { read -r python; read -r axe || true; } <<<"$$found"; \
		exec "$$python" tests/look/look.py --pictures '$(VOUCH_CACHE)/look' --axe "$${axe:-}" \
		--vouch '$(BIN)/vouch' --sim '$(BIN)/sim' --emulator $(EMULATOR)

dist: needs ## vouch as it is shipped: optimised and static (the first time takes ten minutes)
	$(step) 'building vouch as it is shipped'
	@RUSTFLAGS='-C target-feature=+crt-static' CARGO_INCREMENTAL=0 \
		$(CARGO) build --profile dist --package vouch --bin vouch --target '$(TRIPLE)' --quiet
	@printf '%s\n' '$(SHIPPED)'

bench: needs emulator ## figures and ratios of what is shipped (the first build takes ten minutes); PART=clicks for one
	$(step) 'building what is shipped, and the load'
	@RUSTFLAGS='-C target-feature=+crt-static' CARGO_INCREMENTAL=0 \
		$(CARGO) bench --no-run --profile dist --target '$(TRIPLE)' --bench bench --quiet
	$(step) 'measuring; leave the machine alone meanwhile'
	@RUSTFLAGS='-C target-feature=+crt-static' CARGO_INCREMENTAL=0 \
		$(CARGO) bench --profile dist --target '$(TRIPLE)' --bench bench --quiet -- $(PART)

image: dist ## the container image, with docker, podman or buildah; its name is IMAGE=
	$(step) 'the image'
	@deploy/image/build.sh prebuilt '$(SHIPPED)' '$(TRIPLE)' '$(IMAGE)'

image-check: image build emulator ## runs the image locked down and plays the sandbox through with it
	$(step) 'the sandbox, played through by the image'
	@exec "$$($(EMULATOR) python)" tests/sandbox/sandbox.py --check --image '$(IMAGE)' \
		--engine "$$(deploy/image/build.sh runner)" --sim '$(BIN)/sim' --emulator $(EMULATOR)

deploy-check: build emulator ## deploys deploy/ into the emulator and plays the sandbox through with what it gives
	$(step) 'the sandbox, played through in the deployed stacks'
	@exec "$$($(EMULATOR) python)" tests/sandbox/sandbox.py --check --stacks \
		--vouch '$(BIN)/vouch' --sim '$(BIN)/sim' --emulator $(EMULATOR)

deploy-lint: build ## deploy/, Dockerfile and workflow: other people's linters, and what the daemon really reads
	$(step) 'what is deployed, judged'
	@checkov="$$(tests/judges/env.sh tests/deploy/checkov.txt)"; \
		"$$(tests/judges/env.sh tests/deploy/requirements.txt)" tests/deploy/deploy.py \
		--vouch '$(BIN)/vouch' --checkov "$$checkov"

supply: needs ## licences, bans and sources of everything compiled in; advisories where there is a database
	@"$$(tests/judges/env.sh tests/deploy/requirements.txt)" tests/deploy/supply.py

reference: ## writes docs/configuration.md from config/default.toml
	@$(PYTHON) tests/lint/reference.py

policies: build ## writes what the program prints into deploy/: IAM policies, Slack manifests
	@$(PYTHON) deploy/generate.py --vouch '$(BIN)/vouch'

soak: needs emulator ## the crash test at 200 random moments
	$(step) 'crash test, 200 moments'
	@VOUCH_SOAK=200 $(CARGO) test --package vouch --test it crash -- --nocapture

lint: needs ## formatting, and clippy with warnings denied
	$(step) 'cargo fmt --check'
	@cargo fmt --all --check
	$(step) 'cargo clippy'
	@$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings

needs:
	@tests/needs.sh

build: needs
	$(step) 'building vouch and the look-alikes (the first time takes some minutes)'
	@$(CARGO) build --workspace --bins --quiet

emulator: needs
	$(step) 'the AWS emulators, each in a Python environment of its own'
	@$(EMULATOR) install
	@$(EMULATOR) moto install

judges: needs
	$(step) 'the judges, in a Python environment of their own'
	@tests/judges/env.sh >/dev/null

clean-cache: ## remove what was built and installed for vouch
	@rm -rf '$(VOUCH_CACHE)'
	@case '$(abspath $(CARGO_TARGET_DIR))' in '$(abspath $(VOUCH_CACHE))'/*) ;; \
		*) printf 'CARGO_TARGET_DIR lies elsewhere and was left alone: %s\n' '$(CARGO_TARGET_DIR)' ;; esac
