# `make run` and `make test` do all of their set-up; `make` lists the targets.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SDK_SOURCES := $(shell find sdk -path sdk/dist -prune -o -type f -print)
DASHBOARD_SOURCES := $(shell find dashboard_site -path dashboard_site/dist -prune -o -type f -print)

.PHONY: help setup run test vocabulary lint types test-cloud deploy fuzz load verify-reports bench bench-peers

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/.installed node_modules/.installed sdk/dist/.built dashboard_site/dist/.built ## install and build everything

.venv/.installed: requirements-dev.txt infra/setup.sh
	@infra/setup.sh python
	@touch $@

node_modules/.installed: package-lock.json sdk/package.json dashboard_site/package.json
	@infra/setup.sh node
	@touch $@

.venv/browser: .venv/.installed
	@infra/setup.sh browser
	@touch $@

sdk/dist/.built: $(SDK_SOURCES) node_modules/.installed
	@npm run --silent build -w sdk
	@touch $@

dashboard_site/dist/.built: $(DASHBOARD_SOURCES) node_modules/.installed
	@npm run --silent build -w dashboard_site
	@touch $@

run: setup ## serve the local stage: dashboard, demo website, API (PORT, DEMO=0, FOOTFALL_TOKEN)
	@$(PYTHON) -m infra.local

vocabulary: .venv/.installed ## write the dashboard's names of metrics, dimensions and operators anew
	@$(PYTHON) -m infra.vocabulary

lint: setup ## ruff, and biome for TypeScript (npm run format mends what it can)
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && npm run --silent lint

types: setup ## mypy and tsc
	@$(PYTHON) -m mypy && npm run --silent types

test: setup .venv/browser lint types ## everything that must pass (WORKERS: one more than cores, for browsers wait)
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

verify-reports: .venv/.installed ## recount the reports of 25,000 generated histories in plain Python (an hour and more)
	@HISTORIES=2500 $(PYTHON) -m pytest tests/report/test_oracle.py

.venv-cloud/.installed: tests/infra/cloud/requirements.txt .venv/.installed
	@infra/setup.sh cloud
	@touch $@

test-cloud: setup .venv/browser .venv-cloud/.installed ## deploy, use and remove a stage in a local cloud
	@$(PYTHON) -m pytest -m cloud -rs --durations=5 tests/infra/cloud

deploy: setup ## deploy a stage: make deploy STAGE=prod (credentials and region as for the AWS CLI)
	@$(PYTHON) -m infra.deploy deploy --stage $(or $(STAGE),$(error name the stage: make deploy STAGE=prod)) $(OPTIONS)

fuzz: .venv/.installed ## anything at all sent to the collector: 200,000 inputs and their CPU time
	@$(PYTHON) -m tests.collect.fuzz 200000

load: .venv/.installed ## 20,000 beacons under faults, kills and skewed clocks, and an account of each (OPTIONS="--beacons 2000", --help)
	@$(PYTHON) -m tests.load $(OPTIONS)

.PHONY: fuzz-segments faults status verify import export
fuzz-segments: .venv/.installed ## 10,000 damaged segment files: no number silently wrong
	@DAMAGES=10000 $(PYTHON) -m pytest tests/report/test_damaged_segments.py -s

faults: .venv/.installed ## sealing under every pair of faults, and 5,000 random histories
	@FAULTS=all EXAMPLES=5000 $(PYTHON) -m pytest tests/seal/test_seal_faults.py tests/seal/test_signature.py -s

# A running local stage prints its AWS endpoint: AWS_ENDPOINT_URL=... make status STAGE=local
OPERATE = $(PYTHON) -m infra.operate --stage $(or $(STAGE),local)

status: .venv/.installed ## what is sealed, what waits, what was set aside (STAGE)
	@$(OPERATE) status

verify: .venv/.installed ## recount days from raw events (STAGE, DAYS="2026-11-20 2026-11-21")
	@$(OPERATE) verify $(DAYS)

import: .venv/.installed ## history in (STAGE, SITE, FILE=events.jsonl or .csv, FROM=umami)
	@$(OPERATE) import --site $(or $(SITE),demo) --from $(or $(FROM),footfall) $(or $(FILE),$(error name the file: FILE=events.jsonl))

export: .venv/.installed ## everything out, as Parquet and JSONL (STAGE, SITE, TO=folder)
	@$(OPERATE) export --site $(or $(SITE),demo) $(or $(TO),$(error name a folder: TO=folder))

.PHONY: bench-sdk
bench-sdk: setup .venv/browser ## bytes and start-up CPU of the tracker beside others
	@$(PYTHON) -m tests.sdk.bench
bench: .venv/.installed ## measure speed and cost against the goals (ONLY=collect|cold|tail|seal|flood|sdk|reports)
	@$(PYTHON) -m tests.bench $(ONLY)

.venv-peers/.installed: tests/bench/peers/requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

bench-peers: .venv/.installed .venv-peers/.installed ## the same questions to SQLite, PostgreSQL, ClickHouse (SESSIONS=100000)
	@.venv-peers/bin/python -m tests.bench.peers $(SESSIONS)
.PHONY: bench-dashboard fuzz-dashboard screenshots
bench-dashboard: setup .venv/browser ## main-thread CPU of the dashboard: load and range switch
	@$(PYTHON) -m tests.dashboard.bench

fuzz-dashboard: setup .venv/browser ## 5,000 hostile strings through every view of the dashboard
	@HOSTILE_STRINGS=5000 $(PYTHON) -m pytest tests/dashboard/test_hostile.py

screenshots: setup .venv/browser ## make docs/pictures anew (with fonts-inter and fonts-noto-cjk of Debian installed)
	@$(PYTHON) -m tests.dashboard.screenshots

.PHONY: fuzz-reports fuzz-api
.venv-contract/.installed: tests/contract/requirements.txt .venv/.installed
	@infra/setup.sh contract
	@touch $@

fuzz-api: setup .venv-contract/.installed ## schemathesis against the API's own OpenAPI document
	@$(PYTHON) -m tests.contract.fuzz

fuzz-reports: .venv/.installed ## reports asked with 100,000 generated values: never a defect
	@$(PYTHON) -m tests.report.fuzz 100000
