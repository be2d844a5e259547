# `make demo` shows what praxis does, on a small fleet in a scratch folder. `make test` proves it.
# The first call builds for some minutes; what is missing is installed by .ci/deps.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
WITH_TOOLS := eval "$$(.ci/deps --print-env)" &&

.DEFAULT_GOAL := build
.PHONY: build demo test deps format lint

deps:
	@.ci/deps

build: deps
	swift build $(SWIFT_FLAGS)

demo: deps
	swift build $(SWIFT_FLAGS) --product praxis
	@$(WITH_TOOLS) PRAXIS="$$(swift build --show-bin-path)/praxis" templates/demo/run

test:
	@.ci/deps --all
	swift build $(SWIFT_FLAGS) --build-tests
	@$(WITH_TOOLS) swift test $(SWIFT_FLAGS) --parallel

format:
	swift format -i -r Sources Tests Package.swift

lint:
	swift format lint --strict -r Sources Tests Package.swift
