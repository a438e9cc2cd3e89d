# Two commands do everything on a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types unit bench neo4j neo4j-stop lock clean

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ownergraph needs Python 3.11 or newer; run make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed
	@mkdir -p out
	@$(BIN)/ownergraph audit fixtures/platform.yaml --no-fail
	@$(BIN)/ownergraph audit fixtures/platform.yaml --no-fail --format json -o out/platform.json
	@$(BIN)/ownergraph audit fixtures/platform.yaml --no-fail --format xlsx -o out/platform.xlsx
	@$(BIN)/ownergraph draw fixtures/platform.yaml -o out/platform.html
	@echo
	@echo "The structure chart with the results, for any browser: out/platform.html"
	@echo "The same audit as data: out/platform.json, and as a workbook: out/platform.xlsx"

test: lint types unit

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

unit: $(VENV)/.installed
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m tests.neo4j.server
	$(BIN)/pytest -n auto

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

# A real Neo4j Community server on the loopback interface, without a password; the jars come by Maven, once.
neo4j: $(VENV)/.installed
	@$(BIN)/python -m tools.neo4j start

neo4j-stop: $(VENV)/.installed
	@$(BIN)/python -m tools.neo4j stop

# Pinned with hashes, without addresses. Needs uv on the PATH.
lock:
	$(PYTHON) -c 'import tomllib; d = tomllib.load(open("pyproject.toml", "rb")); print("\n".join(d["project"]["dependencies"] + d["dependency-groups"]["dev"]))' > requirements.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.lock
	rm requirements.in

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .hypothesis
