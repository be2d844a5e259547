# `make demo` shows what praxis does, on a small fleet in a scratch folder. `make test` proves it.
# The first call builds for some minutes; what is missing is installed by .ci/deps.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
WITH_TOOLS := eval "$$(.ci/deps --print-env)" &&

# What people install: Swift's own libraries are a part of the program, which starts 6 ms sooner and needs no Swift where it runs.
RELEASE := -c release --static-swift-stdlib

.DEFAULT_GOAL := build
.PHONY: build release install uninstall deb demo bench bench-audit test mutate torture torture-team deps format lint

deps:
	@.ci/deps

build: deps
	swift build $(SWIFT_FLAGS)

release: deps
	swift build $(SWIFT_FLAGS) $(RELEASE) --product praxis

# Below PREFIX: the program, what it ships, manual pages, completions and systemd units. A program that is built is taken as it is, so that
# root need not build: `make release`, then `sudo make install`.
PREFIX := /usr/local
DESTDIR :=
BUILT := .build/release/praxis
PROGRAM := $(BUILT)
install: $(PROGRAM)
	@.ci/install '$(PROGRAM)' '$(DESTDIR)' '$(PREFIX)'

uninstall:
	@.ci/install --remove '$(DESTDIR)' '$(PREFIX)'

# A Debian package of the same. A test names the PROGRAM that it has; whatever is handed on is built here.
VERSION = $(shell $(PROGRAM) --version)
PACKAGES := .build/packages
COMPRESSION := xz
ifeq ($(PROGRAM),$(BUILT))
deb: release
$(BUILT):
	@$(MAKE) release
endif
deb:
	@.ci/deb '$(PROGRAM)' '$(VERSION)' '$(PACKAGES)' '$(COMPRESSION)'

demo: deps
	swift build $(SWIFT_FLAGS) --product praxis
	@$(WITH_TOOLS) PRAXIS="$$(swift build --show-bin-path)/praxis" templates/demo/run

# Ratios against peers in the same run, medians of several runs: a table here, the numbers in .build/bench.json.
# Histories are a tenth of what the aims speak of; `make bench SCALE=full` makes all of it (100,000 findings, 5,000 commits and 1,000,000
# facts) and takes an hour.
SCALE := tenth
bench:
	@.ci/deps --bench
	swift build $(SWIFT_FLAGS) $(RELEASE) --product praxis
	swift build $(SWIFT_FLAGS) $(RELEASE) --product praxis-bench
	@$(WITH_TOOLS) bin="$$(swift build -c release --show-bin-path)" && "$$bin/praxis-bench" run --praxis "$$bin/praxis" \
	  --python "$$PRAXIS_BENCH_PYTHON" --templates "$(CURDIR)/templates" --scale $(SCALE) --output .build/bench.json

# Audits alone, into .build/bench-audit.json.
bench-audit:
	@.ci/deps --bench
	swift build $(SWIFT_FLAGS) $(RELEASE) --product praxis-bench
	@$(WITH_TOOLS) bin="$$(swift build -c release --show-bin-path)" && "$$bin/praxis-bench" run-audit \
	  --python "$$PRAXIS_BENCH_PYTHON" --scale $(SCALE) --output .build/bench-audit.json

# Four tests at a time: most wait for a program, and none waits for a hundred others.
test:
	@.ci/deps --all
	swift build $(SWIFT_FLAGS) --build-tests
	@$(WITH_TOOLS) SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 .ci/in-memory swift test $(SWIFT_FLAGS) --parallel

# Takes each refusal of the gate and of coverage out, one at a time, and expects a test to notice: hours for all of them,
# `make mutate WHAT=Sources/Gate` for some.
WHAT :=
mutate:
	@.ci/deps --all
	@Tests/mutate $(WHAT)

# Breaks each command off at its calls that write, and lets those that write or read fail, POINTS of each kind spread evenly: 0 for all of
# them, which takes hours. `make torture ONLY=scan FAULT=kill POINTS=0`
POINTS := 25
SEED := 0
ONLY := scan,drift,ingest,propose,approve,withdraw,sync,maintain,take
FAULT := kill,ENOSPC,ENOSPC+,EIO,EDQUOT+,EROFS+,EIO:read,EMFILE:read,EMFILE:read+,ENOMEM:read
torture: deps
	swift build $(SWIFT_FLAGS) --product praxis
	@.ci/in-memory Tests/Torture/torture --praxis "$$(swift build --show-bin-path)/praxis" --points $(POINTS) --seed $(SEED) \
	  --only $(ONLY) --fault $(FAULT)

# Engines and people on one bare remote, until main has COMMITS more.
COMMITS := 200
torture-team: deps
	swift build $(SWIFT_FLAGS) --product praxis
	@.ci/in-memory Tests/Torture/team --praxis "$$(swift build --show-bin-path)/praxis" --commits $(COMMITS) --seed $(SEED)

format:
	swift format -i -r Sources Tests Package.swift

lint:
	swift format lint --strict -r Sources Tests Package.swift
