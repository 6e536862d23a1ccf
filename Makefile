# The one entry point for people and for CI. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PROGRAM ?=
ARGS ?=

swift_flags := -c release --explicit-target-dependency-import-check error
machine_flags := $(swift_flags) --triple riscv64-none-none-eabi --toolset qemu/toolset.json --scratch-path build/riscv64
host_flags := $(swift_flags) --scratch-path build/host
machine_build := build/riscv64/riscv64-none-none-eabi/release

runtime_sources := $(shell find Runtime -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' \))
kernel_sources := $(runtime_sources) $(shell find Boot Kernel -type f ! -name README.md)
initrd_files := $(shell find qemu/initrd -type f ! -name README.md 2>/dev/null)

.PHONY: help setup kernel kernel-tests host run shell debug test lint format check-generated spec spec-qemu spec-data bench fuzz soak torture \
	programs install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing on this machine (Debian: through apt)
	@qemu/setup

build/martlet: $(kernel_sources) Package.swift linker.ld qemu/toolset.json | setup
	@mkdir -p build
	@swift build $(machine_flags) --product kernel
	@qemu/link-kernel $(machine_build)/kernel build/martlet

# The same modules, and trials, self-tests and the script runner beside them.
build/martlet-tests: build/martlet
	@swift build $(machine_flags) --product kernel-tests
	@qemu/link-kernel $(machine_build)/kernel-tests build/martlet-tests 3072

build/host/release/martlet: $(runtime_sources) Package.swift | setup
	@swift build $(host_flags) --product martlet
	@qemu/stamp $@
	@touch $@

kernel: build/martlet ## build the kernel: build/martlet, its symbol map and section sizes

kernel-tests: build/martlet-tests ## build the kernel of the tests, which has trials and self-tests too

host: build/host/release/martlet ## build the host program: build/host/release/martlet

guests: setup ## build the guest programs under build/guests
	@Tests/Guests/build

build/initrd.cpio: $(initrd_files) qemu/pack-initrd | guests
	@qemu/pack-initrd build/initrd.cpio

run: build/martlet ## boot and run PROGRAM=x.wasm with ARGS="..."; without PROGRAM the demonstration
ifeq ($(PROGRAM),)
	@$(MAKE) --no-print-directory build/initrd.cpio
	@qemu/run --initrd build/initrd.cpio --save-to qemu/initrd
else
	@qemu/run $(PROGRAM) $(ARGS)
endif

shell: build/martlet guests ## boot into the console monitor
	@$(MAKE) --no-print-directory build/initrd.cpio
	@qemu/run --shell --initrd build/initrd.cpio --save-to qemu/initrd

debug: build/martlet ## start QEMU stopped, with gdb attached and the symbols loaded
	@$(MAKE) --no-print-directory build/initrd.cpio
	@qemu/debug

test: build/martlet-tests build/host/release/martlet guests ## all tests, host and QEMU; ends 'N passed, N failed, N skipped'
	@Tests/run

lint: ## import directions, file lengths, formatting
	@Tests/Lint/run

format: ## format the sources in place
	@swift format --in-place --recursive Package.swift Runtime Kernel Tests

check-generated: ## generate the generated files again and compare
	@Tests/Lint/check-generated

spec: build/host/release/martlet ## the official conformance scripts on the host
	@Tests/Script/spec

spec-qemu: build/martlet-tests ## the official conformance scripts inside the kernel
	@Tests/Script/spec-qemu

spec-data: ## fetch the official conformance scripts into build/spec, where the suites look for them (needs the network)
	@Tests/Script/spec-data

bench: build/martlet build/host/release/martlet ## the benchmark table: dispatches, instructions, times, ratios
	@Tests/Benchmarks/run

fuzz: build/martlet build/host/release/martlet ## the long fuzz runs
	@Tests/Fuzz/run --long
	@Tests/NativeCode/run --long

soak: build/martlet-tests guests ## 30 minutes of random spawns, kills, pipes and files in QEMU
	@Tests/Machine/run --soak process/soak

torture: build/martlet-tests build/host/release/martlet guests ## all hostile programs, and machine code in every tier, kills and refusals, in QEMU
	@Tests/Machine/run --all process/hostile
	@Tests/Machine/run --all native/ process/poke
	@Tests/Guests/tiers --all

programs: build/martlet build/host/release/martlet ## programs of the world against wasmtime
	@Tests/Programs/run

# Where `make install` puts things: bin/martlet, bin/martlet-run, and what they need under lib/martlet.
PREFIX ?= /usr/local
install: build/martlet build/host/release/martlet ## install martlet and martlet-run, with shell completions, below PREFIX (/usr/local)
	@install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/martlet/qemu $(DESTDIR)$(PREFIX)/lib/martlet/build \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	@install -m 755 build/host/release/martlet $(DESTDIR)$(PREFIX)/bin/martlet
	@install -m 755 qemu/run $(DESTDIR)$(PREFIX)/lib/martlet/qemu/run
	@install -m 644 qemu/archive.py qemu/changes.py qemu/machine.py qemu/terminal.py $(DESTDIR)$(PREFIX)/lib/martlet/qemu
	@install -m 644 build/martlet $(DESTDIR)$(PREFIX)/lib/martlet/build/martlet
	@echo "(commit $$(git describe --always --dirty --exclude='*' 2>/dev/null || echo unknown))" >$(DESTDIR)$(PREFIX)/lib/martlet/qemu/version
	@ln -sf ../lib/martlet/qemu/run $(DESTDIR)$(PREFIX)/bin/martlet-run
	@install -m 644 qemu/completions.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/martlet
	@ln -sf martlet $(DESTDIR)$(PREFIX)/share/bash-completion/completions/martlet-run

clean: ## remove everything built
	@rm -rf build .build
