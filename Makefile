# SPDX-License-Identifier: Apache-2.0
# A thin front of CMake: presets do the work, tools/setup.sh fetches what is missing.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
VENV := .venv
VENV_PYTHON := $(CURDIR)/$(VENV)/bin/python
WITH_PYTHON := -DTERN_PYTHON=ON -DPython3_EXECUTABLE=$(VENV_PYTHON)
SANITIZE_PRESETS := asan tsan stress

.PHONY: all test sanitize demo examples lint format tidy install clean
.DEFAULT_GOAL := all

# The libraries, optimized: build/release
all:
	@tools/setup.sh build
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS)

# Everything there is to test, from a bare machine: C suites, then Python's
test:
	@tools/setup.sh test
	cmake --preset dev $(WITH_PYTHON)
	cmake --build --preset dev --parallel $(JOBS)
	@status=0; tools/ctest_total.sh build/dev || status=1; \
	PYTHONPATH=$(CURDIR)/build/dev/python:$(CURDIR)/python \
	    $(VENV_PYTHON) -m pytest -q -p no:cacheprovider python/tests || status=1; \
	exit $$status

# The C suites under the sanitizers; what has threads (pool, streams, contexts) also under tsan
sanitize:
	@tools/setup.sh test
	@set -e; for preset in $(SANITIZE_PRESETS); do \
	    echo "== $$preset"; \
	    cmake --preset $$preset; \
	    cmake --build --preset $$preset --parallel $(JOBS); \
	    case $$preset in tsan) select='-R ^(unit|runtime)$$' ;; *) select='-LE lint' ;; esac; \
	    tools/ctest_total.sh build/$$preset $$select; \
	done

# LeNet on handwritten digits, built in one process and run in another
demo:
	@tools/setup.sh demo
	cmake --preset release $(WITH_PYTHON)
	cmake --build --preset release --parallel $(JOBS)
	PYTHON=$(VENV_PYTHON) PYTHONPATH=$(CURDIR)/build/release/python:$(CURDIR)/python \
	    examples/lenet/demo.sh

# Programs outside, against an installed copy: pkg-config, CMake, LeNet in C
examples: all
	@tools/setup.sh examples
	PYTHON=$(VENV_PYTHON) examples/run.sh build/release build/examples

# Layering, sizes, cards, banned calls, format: seconds
lint:
	@tools/setup.sh lint
	@tools/lint/run.sh

# Put C files into the project's format
format:
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

# The analyser over everything the dev build compiles: minutes
tidy:
	@tools/setup.sh test
	run-clang-tidy -quiet -p build/dev '/(src|tests|tools)/'

install: all
	cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build
