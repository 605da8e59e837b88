# All that a developer and CI run. A machine needs make, git, Python 3.11 or later and pip; the rest is brought.

# The system's Python serves where it is new enough, so that nothing is downloaded but packages.
export UV_PYTHON_PREFERENCE ?= system
# Packages are compiled once, not by each of the many processes that tests and the demo start.
export UV_COMPILE_BYTECODE ?= 1

# A uv of the machine, else the one that `make install` puts into .uv/ with pip.
UV = $(shell command -v uv || echo .uv/bin/uv)
RUN = $(UV) run --no-sync
PYTHON ?= python3
ARGS ?=
# Of the tests: twice as many as there are processors, since many of them wait for servers.
PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)

.DEFAULT_GOAL := help
.PHONY: help install demo check test chaos bench docs format clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-10s %s\n", $$1, $$2}'

# `--target` needs neither venv nor leave to change the system's packages, which Debian's pip refuses to touch.
.uv/bin/uv:
	@command -v uv >/dev/null || { \
	  $(PYTHON) -m pip --version >/dev/null || { echo 'error: install pip (Debian and Ubuntu: python3-pip)' >&2; exit 1; }; \
	  mkdir -p .uv && echo '*' >.uv/.gitignore && \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .uv uv; }

install: .uv/bin/uv ## bring uv where it is missing, and install the locked packages into .venv
	$(UV) sync --locked
	@# our own modules, too: where PYTHONDONTWRITEBYTECODE is set, no process would keep what it compiles
	$(RUN) python -m compileall -q agents schemas stream tests

demo: .uv/bin/uv ## all of Vitals on this machine, with a simulated business (ARGS='--port 9000' goes to it); Ctrl-C ends it
	$(UV) sync --locked --inexact --no-default-groups --extra demo
	@.venv/bin/vitals demo $(ARGS)

check: install ## lint, types and layers
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) mypy tests/servers tests/conftest.py
	$(RUN) lint-imports
	$(RUN) codespell
	$(UV) lock --check

test: check ## the checks, then the tests on a real Kafka and Redis (ARGS='-n 0 -k kafka' goes to pytest)
	$(RUN) python -m tests.servers.prepare
	$(RUN) pytest --numprocesses $(PROCESSES) --dist loadscope --no-loadscope-reorder $(ARGS)

SEED ?= 1
FAULTS ?= 50
WORKERS ?= 2

chaos: install ## faults one after another on a live system, each checkpoint checked (SEED=1 FAULTS=50 WORKERS=2; BROKEN=1 must fail; APP=faust)
	$(RUN) python -m tests.servers.prepare
	PYTHONPATH=tests $(RUN) python -m chaos --seed $(SEED) --faults $(FAULTS) --workers $(WORKERS) $(if $(BROKEN),--broken) $(if $(APP),--app $(APP)) $(ARGS)

bench: install ## the benchmarks
	$(RUN) python -m benchmarks $(ARGS)

docs: install ## write the generated pages again: the settings, the values, JSON Schema, AsyncAPI
	$(RUN) python -m stream.settings.reference
	$(RUN) python -m stream.docs

format: install ## format the code and repair what can be repaired
	$(RUN) ruff check --fix
	$(RUN) ruff format

clean: ## remove caches and what the tests fetched; .venv stays
	rm -rf .servers .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
