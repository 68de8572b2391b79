# Needs git, make and python3 (>= 3.11). Everything else comes from uv.lock into .venv.
# A first `make demo` or `make test` sets up what it lacks; a second one does not do it again.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check bench docs clean lint format types imports house

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
ARGS ?=

# A uv on PATH that works, or our own in .tools.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
UV_OWN := $(filter .tools/bin/uv,$(UV))
SYNC = env -u VIRTUAL_ENV -u PYTHONPATH UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --frozen --quiet --compile-bytecode \
	$(if $(filter-out python3,$(PYTHON)),--python $(PYTHON))

# Bytecode is made now, not at the first start: that one is the newcomer's, and some environments never keep it.
COMPILE = $(BIN)/python -m compileall -q src

# Two environments in one folder: what runs, and what also tests. The second contains the first.
DEV := .venv/.synced-dev
RUN := $(if $(wildcard $(DEV)),$(DEV),.venv/.synced-run)
LOCK := pyproject.toml uv.lock

# pyright comes with its JavaScript; it need not ask the registry whether there is a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

help:  ## this list
	@echo "Regulars: a self-hosted conversation memory"
	@while IFS= read -r line; do case "$$line" in \
		[a-z]*:*'  ## '*) printf '  make %-7s %s\n' "$${line%%:*}" "$${line##*  ## }" ;; \
	esac; done < Makefile
	@echo "  (ARGS=.. is handed on: make test ARGS='-k page -x')"

setup: $(DEV)  ## make .venv from uv.lock, with all that the checks and tests need
	@echo "ready: .venv"

demo: $(RUN)  ## run the demonstration: a server of its own, on this machine, no keys
	@$(BIN)/regulars demo $(ARGS)

serve: $(RUN)  ## run the server; settings come from the environment
	@$(BIN)/regulars serve $(ARGS)

# Three on two cores, as some always wait: for a process that starts, for a lock, for a clock. Files keep together, as
# they share servers, and the long ones come first.
ALL := -n 3 --dist loadfile --no-loadscope-reorder

test: $(DEV)  ## run the tests
	@$(BIN)/pytest $(or $(ARGS),$(ALL))

check: lint format types imports house  ## lint, formatting, types, import arrows, house rules

bench: $(DEV)  ## measure quality and speed
	@$(BIN)/python -m bench $(ARGS)

docs: $(DEV)  ## write docs/api-coverage.md anew from the code and its tests
	@$(BIN)/python -m tests.coverage

clean:  ## remove what make made; your data stays
	@rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@for root in src tests bench; do \
		$(PYTHON) -c 'import pathlib, shutil, sys; [shutil.rmtree(p) for p in [*pathlib.Path(sys.argv[1]).rglob("__pycache__")]]' $$root; \
	done

# The parts of `check`; `make -k check` shows every failure at once.

lint: $(DEV)
	@echo "== ruff check"
	@$(BIN)/ruff check --quiet --output-format concise .

format: $(DEV)
	@echo "== ruff format"
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "not formatted: run $(BIN)/ruff format"; exit 1; }

types: $(DEV)
	@echo "== pyright"
	@$(BIN)/pyright

imports: $(DEV)
	@echo "== import-linter"
	@$(BIN)/lint-imports --no-logo

house: $(DEV)
	@echo "== house rules"
	@$(BIN)/pytest tests/house

# Environments.

$(DEV): $(LOCK) | $(UV_OWN)
	@echo "setting up .venv (development)"
	@$(SYNC)
	@rm -f .venv/.synced-run
	@$(COMPILE)
	@touch $@

.venv/.synced-run: $(LOCK) | $(UV_OWN)
	@echo "setting up .venv (what the server and the demo need)"
	@$(SYNC) --inexact --no-default-groups --group demo
	@$(COMPILE)
	@touch $@

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Regulars needs python3 3.11 or newer; name another one with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This python3 cannot make environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "fetching uv $(UV_VERSION) into .tools"
	@rm -rf .tools && $(PYTHON) -m venv .tools && echo '*' > .tools/.gitignore
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf .tools; exit 1; }
