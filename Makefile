# The few commands of the project. `make help` lists them.

BUILD := build/release
JOBS ?= $(shell nproc)
DIR ?= shop
CUSTOMERS ?= 20000

.PHONY: help run build test lint format bench bench-peers tsan fuzz bootstrap clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | \
	  while IFS='|' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done
	@printf '\n  make run DATA=folder TEMPLATE=online-retail DIR=shop   uses your data\n'

run: build ## install what is missing, build, run the main job, say where to look
	@DIR='$(DIR)' DATA='$(DATA)' TEMPLATE='$(TEMPLATE)' CUSTOMERS='$(CUSTOMERS)' scripts/run

build: ## build the program (build/release/coterie)
	@scripts/bootstrap build
	@cmake --preset release -DCOTERIE_TESTS=OFF -DCOTERIE_BENCH=OFF --log-level=WARNING >/dev/null
	@cmake --build $(BUILD) -j $(JOBS) --target coterie -- --quiet

test: ## format, tree checks, unit and end-to-end tests, fuzz corpus, sanitizers
	@scripts/bootstrap test
	@scripts/test

lint: ## clang-format and clang-tidy on what changed since they last passed
	@scripts/bootstrap test
	@scripts/lint

format: ## format every source file in place
	@git ls-files '*.h' '*.cc' | grep -v '^tests/fixtures/' | xargs clang-format-19 -i

bench: ## the macro benchmarks; figures go to docs/benchmarks.md
	@scripts/bootstrap test
	@scripts/bench

bench-peers: build ## the same work by other libraries, fetched from the Python package index
	@scripts/bench-peers

tsan: ## unit tests under ThreadSanitizer
	@scripts/bootstrap test
	@scripts/test tsan

fuzz: ## ten minutes of fuzzing, split over the targets (SECONDS=600)
	@scripts/bootstrap test
	@scripts/fuzz $(or $(SECONDS),600)

bootstrap: ## install everything, tests included
	@scripts/bootstrap test

clean: ## remove build output
	rm -rf build
