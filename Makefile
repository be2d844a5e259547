# `make demo` shows what praxis does, on a small fleet in a scratch folder. `make test` proves it.
# The first call builds for some minutes; what is missing is installed by .ci/deps.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
WITH_TOOLS := eval "$$(.ci/deps --print-env)" &&

.DEFAULT_GOAL := build
.PHONY: build demo bench bench-audit test deps format lint

deps:
	@.ci/deps

build: deps
	swift build $(SWIFT_FLAGS)

demo: deps
	swift build $(SWIFT_FLAGS) --product praxis
	@$(WITH_TOOLS) PRAXIS="$$(swift build --show-bin-path)/praxis" templates/demo/run

# Ratios against peers in the same run, medians of several runs: a table here, the numbers in .build/bench.json.
bench:
	@.ci/deps
	swift build $(SWIFT_FLAGS) -c release --product praxis
	swift build $(SWIFT_FLAGS) -c release --product praxis-bench
	@bin="$$(swift build -c release --show-bin-path)" && "$$bin/praxis-bench" run --praxis "$$bin/praxis" \
	  --templates "$(CURDIR)/templates" --output .build/bench.json

# Audits of a generated history against git and Python: `make bench-audit` for a quick one, `make bench-audit SCALE=full` for
# 100,000 findings, 5,000 commits and 1,000,000 facts (half an hour).
SCALE := tenth
bench-audit:
	@.ci/deps --bench
	swift build $(SWIFT_FLAGS) -c release --product praxis-bench
	@$(WITH_TOOLS) bin="$$(swift build -c release --show-bin-path)" && "$$bin/praxis-bench" run-audit \
	  --python "$$PRAXIS_BENCH_PYTHON" --scale $(SCALE) --output .build/bench-audit.json

test:
	@.ci/deps --all
	swift build $(SWIFT_FLAGS) --build-tests
	@$(WITH_TOOLS) swift test $(SWIFT_FLAGS) --parallel

format:
	swift format -i -r Sources Tests Package.swift

lint:
	swift format lint --strict -r Sources Tests Package.swift
