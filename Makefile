# Two commands: `make demo` shows the job, `make test` runs every check. Both need only git, make and Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test check format lock docs coverage release audit crash fleet clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/installed ## install into .venv and show the whole job, offline
	$(BIN)/holdfast demo

test: $(VENV)/installed-dev $(VENV)/pywb/installed ## install what the tests need, run every check and every test
	@$(MAKE) --no-print-directory check
	@.ci/system-packages
	$(BIN)/python -m pytest

check: $(VENV)/installed-dev ## run the checks that need no test run
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev ## put the code into its one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/installed-dev ## pin all dependencies anew, with hashes
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 --upgrade --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra fleet --extra otel --constraint requirements.lock --universal --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --upgrade --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile --group pywb --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 --upgrade --quiet --output-file requirements-pywb.lock

docs: $(VENV)/installed-dev ## write the reference from the code, build the documentation, check its links
	$(BIN)/python docs/reference/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	HOLDFAST_DOCS_ROOT=. $(BIN)/holdfast scan --internal --only-broken --fail-on broken docs README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md benchmarks

coverage: $(VENV)/installed-dev $(VENV)/pywb/installed ## say which branches of the judgement core no test reaches
	$(BIN)/coverage run --source=crawler.pages,crawler.archives,crawler.liveness,crawler.moves,crawler.page_text \
		-m pytest -q tests/unit/crawler tests/integration/archives tests/integration/crawler/test_local_captures.py crawler
	$(BIN)/coverage report --skip-covered --show-missing

release: $(VENV)/installed-dev ## build wheel and source archive, for one commit always the same, and the list of all that goes with them (CycloneDX)
	umask 022; SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/uv build --quiet --out-dir dist .
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file dist/sbom.cdx.json requirements.lock

audit: $(VENV)/installed-dev ## before a release, with the internet at hand: is anything pinned known to be vulnerable?
	$(BIN)/uv tool run pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock

crash: $(VENV)/installed-dev ## kill a working process 50 times on each database: nothing acknowledged may be missing
	$(BIN)/python -m tests.crash --rounds 50 --seed 2026

fleet: $(VENV)/installed-dev ## kill, freeze and cut off a fleet's workers in 20 rounds: nothing may be lost, no host asked too fast (an hour)
	$(BIN)/python -m tests.fleet --rounds 20 --seed 2026

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Holdfast needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# The archive the tests run wants older libraries than Holdfast's own.
$(VENV)/pywb/installed: requirements-pywb.lock | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/pywb
	$(VENV)/pywb/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements-pywb.lock
	@touch $@
