# Works on a fresh machine with Python 3.11 or newer and make; everything lives in .venv and build/.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed
.DEFAULT_GOAL := help
.PHONY: help setup demo run test check fix bench fuzz isolation drills conformance checklist tools node-clients screenshots clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the pinned packages

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.12"; exit 1; }
	@echo "… Creating .venv"
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "… Installing the pinned packages (one to three minutes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

demo: $(STAMP) ## Run everything against simulators; prints addresses, tokens and curl lines
	@$(PY) -m tests.simulators.demo --port $(or $(PORT),10000)

run: $(STAMP) ## Apply migrations and serve with the settings of .env
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py serve

test: $(STAMP) ## Run the tests
	@PYTHONHASHSEED=0 $(PY) -m pytest -n 2 -m "not long" $(TESTS)

check: $(STAMP) ## Format, lint, types, import contracts, migrations, deploy check
	@echo "… format and lint"; $(PY) -m ruff format --check --quiet . && $(PY) -m ruff check --quiet .
	@echo "… types"; $(PY) -m mypy .
	@echo "… import contracts"; .venv/bin/lint-imports --no-logo >build-imports.log 2>&1 || { cat build-imports.log; rm -f build-imports.log; exit 1; }; rm -f build-imports.log
	@echo "… migrations"; ENV_FILE=tests/house/production.env $(PY) manage.py makemigrations --check --dry-run
	@echo "… deploy check"; ENV_FILE=tests/house/production.env $(PY) manage.py check --deploy --fail-level WARNING

fix: $(STAMP) ## Format and repair what can be repaired
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .

bench: $(STAMP) ## Measure against the bare SDK and FastMCP in one run
	@$(PY) -m bench

fuzz: $(STAMP) ## Send random requests to a running server; FUZZ="--requests 1000000"
	@$(PY) -m tests.fuzz $(FUZZ)

isolation: $(STAMP) ## Mix 100,000 calls of many accounts with trouble; ISOLATION="--calls 300000 --seed 7"
	@$(PY) -m tests.isolation $(ISOLATION)

drills: $(STAMP) ## Break what can break under load, on both databases; DRILLS="--drill kills --seconds 60"
	@$(PY) -m tests.drills $(DRILLS)
	@[ -n "$(DRILLS)" ] || PYTHONHASHSEED=0 $(PY) -m pytest -m long

conformance: $(STAMP) ## Let the external judges run and write down what they say
	@$(PY) -m tests.judges.report
	@$(PY) -m tests.house.conformance

checklist: $(STAMP) ## Write docs/conformance.md from the markers of the tests
	@$(PY) -m tests.house.conformance

tools: $(STAMP) ## Write docs/tools.md and the README's table of tools from the catalogue
	@$(PY) -m tests.house.tool_pages

node-clients: ## Install Node 24 and the npm clients that the tests drive (needs npm)
	@echo "… Installing the MCP clients of npm"
	@cd tests/clients && npm ci --silent --no-audit --no-fund --ignore-scripts=false </dev/null

screenshots: $(STAMP) ## Draw docs/images anew, by the browser tests
	@SCREENSHOTS=docs/images $(PY) -m pytest tests/site -m browser

clean: ## Remove .venv and build/
	@rm -rf .venv build
