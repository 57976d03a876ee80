# Two commands: `make run` and `make test`. `make` alone explains them all.

PYTHON ?= python3
PORT ?= 8000
DATA ?= var
ARGS ?=
BIN := .venv/bin
CORES := $(shell nproc 2>/dev/null || echo 2)
TESTERS := $(shell expr $(CORES) + 1)  # one more than cores: some tests wait for servers and browsers

# Checks read the settings but must not leave keys behind in var/.
CHECKING := TEAROFF_DATA=build/check TEAROFF_SECRET_KEY=only-for-checks-no-secret-at-all-0000

.DEFAULT_GOAL := help
.PHONY: help install run test check format client bench clean chromium curl

help:  ## Explain every target.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## Set up what serving needs; afterwards .venv/bin/tearoff works.

run: .venv/installed  ## Set up and serve a demo shop on http://127.0.0.1:8000 (PORT=, DATA= change that). Ctrl-C stops it.
	@exec $(BIN)/tearoff demo --data "$(DATA)" --port "$(PORT)"

test: .venv/installed-dev chromium curl  ## Set up what tests need and run them all (ARGS="tests/kit -k postgres" for some of them).
	$(BIN)/pytest -n $(TESTERS) $(ARGS)

check: .venv/installed-dev  ## Format, lint, types, imports between rooms, missing migrations, a Python client behind the calls.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(CHECKING) $(BIN)/mypy
	$(BIN)/lint-imports
	$(CHECKING) $(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings tearoff.config.settings
	$(CHECKING) $(BIN)/python scripts/client.py --check

format: .venv/installed-dev  ## Format the code and mend what the linter can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

client: .venv/installed-dev  ## Write the Python client's methods anew, after a change of a call of the API.
	$(CHECKING) $(BIN)/python scripts/client.py

bench: .venv/installed-dev  ## Measure this machine: the hot calls against PostgreSQL's own speed.
	$(BIN)/tearoff bench $(ARGS)

clean:  ## Remove the virtual environment and caches. The data in var/ stays.
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/tearoff.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second `make run` has nothing to set up.

.venv/made:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. On Debian and Ubuntu: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Another one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python cannot make virtual environments here. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the virtual environment .venv ..."
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made pyproject.toml
	@echo "Installing Tearoff and what it stands on ..."
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-dev: .venv/made pyproject.toml
	@echo "Installing what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/installed

# The browser journeys drive Debian's chromium. Root may install it; others are told, and a build server must have it.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing chromium for the browser journeys ..." \
		&& apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; then :; \
	elif [ "$(CI)" = true ]; then echo "chromium is missing and cannot be installed here, so the browser journeys cannot run."; exit 1; \
	else echo "chromium is missing: the browser journeys in tests/journeys are skipped (apt install chromium brings them back)."; fi

# The commands of the API's reference are run as they stand there.
curl:
	@if command -v curl >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing curl for the examples of the reference ..." \
		&& apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends curl >/dev/null; then :; \
	else echo "curl is missing, so the examples of the API's reference cannot be tried (apt install curl)."; exit 1; fi
