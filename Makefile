# Every command works from a fresh clone with Python 3.11+ and make; the first one makes .venv.
PYTHON ?= python3
SERVICE ?= demo
SOURCE_DIR ?=
DAYS ?= 1
SIZES ?= 1000000,10000000
SEEDS ?= 1000
PORT ?= 3000
FIGURE ?=
RELEASE ?=
PREVIOUS ?=
UNTIL ?=
BIN := .venv/bin
SERVICE_OPTIONS := --service $(SERVICE) $(if $(SOURCE_DIR),--source-dir $(SOURCE_DIR))

.PHONY: help release attack reproduce refresh backfill readmit explain demo-incident simulate ui test test-slow test-long perf validate validate-planted dictionary snapshot lint format lock clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

refresh: .venv/ready ## main job: SERVICE=demo (default), or SERVICE=toronto SOURCE_DIR=<folder>
	@$(BIN)/rbdc refresh $(SERVICE_OPTIONS)

backfill: .venv/ready ## pull the days FROM to TO (YYYY-MM-DD) again
	@test -n "$(FROM)" && test -n "$(TO)" || { echo "Name the days: make backfill FROM=2023-03-01 TO=2023-03-31"; exit 2; }
	@$(BIN)/rbdc refresh $(SERVICE_OPTIONS) --again $(FROM) $(TO)

readmit: .venv/ready ## judge again what stands in quarantine, after a fix of suite or corrections
	@$(BIN)/rbdc readmit $(SERVICE_OPTIONS)

explain: .venv/ready ## follow a published figure back to its sources: FIGURE=<figure_id>
	@test -n "$(FIGURE)" || { echo "Name the figure: make explain FIGURE=<figure_id of a row of a mart>"; exit 2; }
	@$(BIN)/rbdc explain --service $(SERVICE) $(FIGURE)

release: .venv/ready ## candidate release: SERVICE, optional UNTIL=2021-Q3 PREVIOUS=<folder>
	@$(BIN)/rbdc release --service $(SERVICE) $(if $(UNTIL),--until $(UNTIL)) $(if $(PREVIOUS),--previous $(PREVIOUS))

attack: .venv/ready ## try to compute what a release hides: RELEASE=<folder> [PREVIOUS="<folder> …"]
	@test -n "$(RELEASE)" || { echo "Name the folder: make attack RELEASE=<folder>"; exit 2; }
	@$(BIN)/python -m rbdc.disclosure.attacker $(RELEASE) $(if $(PREVIOUS),--previous $(PREVIOUS))

reproduce: .venv/ready ## build a release again from raw and compare: RELEASE=<version or folder>
	@test -n "$(RELEASE)" || { echo "Name it: make reproduce RELEASE=<version or folder>"; exit 2; }
	@$(BIN)/rbdc reproduce --service $(SERVICE) $(RELEASE)

demo-incident: .venv/ready ## a bad delivery, refused, told, mended and readmitted: five minutes
	@$(BIN)/rbdc demo-incident

simulate: .venv/ready ## let DAYS (1) pass in a simulated service: new, corrected, deleted records
	@$(BIN)/rbdc simulate $(SERVICE_OPTIONS) --days $(DAYS)

ui: .venv/ready ## Dagster UI of a service on PORT (3000)
	@$(BIN)/rbdc ui $(SERVICE_OPTIONS) --port $(PORT)

test: .venv/ready ## all tests but the slow and the long ones
	$(BIN)/pytest -m "not slow and not long" -n 2 --dist loadfile --no-loadscope-reorder

test-slow: .venv/ready ## whole jobs beyond those of `make test`; CI runs them too
	$(BIN)/pytest -m "slow and not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: .venv/ready ## the long tests: a year of nights, coverage of the intervals
	$(BIN)/pytest -m long

perf: .venv/ready ## measure a refresh beside its floor: SIZES=1000000,10000000 (Linux)
	@$(BIN)/python -m perf --sizes $(SIZES)

validate: .venv/ready ## coverage of the intervals on simulated truth, into docs/validation.md
	@$(BIN)/python -m validation --seeds $(SEEDS)

validate-planted: .venv/ready ## planted effects, found and worded, into docs/validation.md
	@$(BIN)/python -m validation.planted_page

dictionary: .venv/ready ## write the data dictionary of every service, docs/sources/, anew
	@$(BIN)/python -m rbdc.sources.dictionary

snapshot: .venv/ready ## write the snapshot of all Dagster definitions anew
	RBDC_UPDATE_SNAPSHOTS=1 $(BIN)/pytest tests/orchestration/test_definitions.py -k snapshot

lint: .venv/ready ## ruff, mypy --strict, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy rbdc
	$(BIN)/sqlfluff lint --processes 0 models

format: .venv/ready ## let ruff and sqlfluff rewrite what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix models

lock: .venv/ready ## resolve requirements.lock anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra postgres --universal --python-version 3.11 \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock

clean: ## remove the environment and all state (the demo's data too)
	rm -rf .venv var

.venv/ready: requirements.lock pyproject.toml
	@echo "Making .venv (once; about two minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch .venv/ready
