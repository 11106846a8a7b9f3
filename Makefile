# `make demo` shows what Holdfast does, `make test` runs every check and every test.
# Both need only git, make and Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests of what Holdfast uses of Scrapy.
CONTRACT := tests/acceptance/test_scrapy.py tests/integration/crawler/scrapy_ext tests/integration/crawler/http tests/integration/crawler/probing tests/unit/crawler/spiders
# Tests for `make fast`: a folder, a file or several.
TESTS ?= tests/unit
# Processes for `make test`: three times as many as there often are processors, as many tests wait.
TEST_PROCESSES ?= 6
# Without kept bytecode each process compiles every module and every test anew: a minute more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test fast check contract format lock docs coverage release audit crash fleet clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/installed ## install into .venv and run a demonstration, offline
	$(BIN)/holdfast demo

test: $(VENV)/installed-dev $(VENV)/pywb/installed ## install the test dependencies, run every check and every test
	@$(MAKE) --no-print-directory check
	@.ci/system-packages
	@# A module runs in one process, which makes its fixtures once; tests/conftest.py sorts the modules.
	@# Exit status 1: tests failed. They are repeated alone, as a busy machine can delay a test.
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -m "not alone" --junitxml .pytest_cache/tests.xml \
		|| { test $$? -eq 1 && $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }
	@# Only their modules are imported.
	$(BIN)/python -m pytest -m alone --junitxml .pytest_cache/tests-alone.xml $$(grep -rl --include='test_*.py' 'pytest\.mark\.alone' tests)

fast: $(VENV)/installed-dev ## run the unit tests, or those of TESTS=folder, with fewer random examples (a minute)
	$(BIN)/python -m pytest -q --hypothesis-profile=fast --ignore=tests/unit/test_packaging.py $(TESTS)

check: $(VENV)/installed-dev ## run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers auto
	$(BIN)/lint-imports
	$(BIN)/vulture --config pyproject.toml
	$(BIN)/python .ci/unused_parameters.py

contract: $(VENV)/installed-dev ## run the tests of what Holdfast uses of Scrapy
	$(BIN)/python -m pytest -q $(CONTRACT)

format: $(VENV)/installed-dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/installed-dev ## pin all dependencies to their newest versions, with hashes
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 --upgrade --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra fleet --constraint requirements.lock --universal --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --upgrade --quiet --output-file requirements-fleet.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra fleet --extra otel --constraint requirements-fleet.lock --universal --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --upgrade --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile --group pywb --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 --upgrade --quiet --output-file requirements-pywb.lock

docs: $(VENV)/installed-dev ## generate the reference pages, build the documentation, check its links
	$(BIN)/python docs/reference/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	HOLDFAST_DOCS_ROOT=. $(BIN)/holdfast scan --internal --only-broken --fail-on broken \
		docs README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md benchmarks

coverage: $(VENV)/installed-dev $(VENV)/pywb/installed ## list the branches of the parsing and judging packages that no test reaches
	$(BIN)/coverage run --source=crawler.pages,crawler.archives,crawler.liveness,crawler.moves,crawler.page_text \
		-m pytest -q tests/unit/crawler tests/integration/archives tests/integration/crawler/test_local_captures.py crawler
	$(BIN)/coverage report --skip-covered --show-missing

release: $(VENV)/installed-dev ## build the wheel, the source archive and the SBOM (CycloneDX), reproducibly
	umask 022; SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/uv build --quiet --out-dir dist .
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file dist/sbom.cdx.json requirements.lock

audit: $(VENV)/installed-dev ## look up the pinned dependencies in a vulnerability database (needs the internet)
	$(BIN)/uv tool run pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock

crash: $(VENV)/installed-dev ## kill a running process 50 times on each database: acknowledged data must survive
	$(BIN)/python -m tests.crash --rounds 50 --seed 2026

fleet: $(VENV)/installed-dev ## kill, freeze and disconnect fleet workers in 20 rounds (an hour)
	$(BIN)/python -m tests.fleet --rounds 20 --seed 2026

clean: ## delete everything the other targets create
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

# pywb, the archive used in tests, needs older libraries than Holdfast.
$(VENV)/pywb/installed: requirements-pywb.lock | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/pywb
	$(VENV)/pywb/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements-pywb.lock
	@touch $@
