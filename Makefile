# Python 3.11+ and make are all that a machine must have.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types check lock bench clean

help:            ## what can be made
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:[^#]*##/\t/'

setup: $(VENV)/.ready  ## make .venv with everything; the command is .venv/bin/boardtrace

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "boardtrace needs Python 3.11 or newer: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup      ## set up, then a plant of 20,000 boards and the story of one recall
	$(BIN)/boardtrace demo

test: setup      ## set up, then lint, types and every test on a real Neo4j
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest $(if $(filter-out embedded,$(BOARDTRACE_TEST_GRAPH)),,-n 2 --dist loadscope)

lint: setup      ## mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:            ## new requirements.lock and bench/requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock --quiet

	uv pip compile pyproject.toml --extra bench --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --output-file bench/requirements.lock --quiet

bench: $(VENV)-bench/.ready  ## compare with other databases: docs/benchmark.md (BOARDS="10000 100000", OPTIONS=...)
	sh bench/setup.sh
	PYTHONPATH="$(CURDIR)/src" $(VENV)-bench/bin/python -m bench $(if $(BOARDS),--boards $(BOARDS)) $(OPTIONS)

$(VENV)-bench/.ready: bench/requirements.lock
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.lock
	@touch $@

clean:           ## remove what set-up and tests made here
	rm -rf $(VENV) $(VENV)-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
