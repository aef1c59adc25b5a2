# Everything a person types. Each target first brings .venv up to date; that costs nothing when it is.

SHELL := /bin/sh
SYSTEM_PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTHON := .venv/bin/python
OUT ?= out/demo
# What the tests and the checks need beyond the product itself.
TEST_EXTRAS := bench dev heic postgres speech

.PHONY: help demo test lint format bench constraints picture environment environment-test clean

help:
	@echo "make demo     build the avatar of a sample photo into $(OUT)"
	@echo "make test     run the tests, real clients included"
	@echo "make lint     style, types and import contracts"
	@echo "make bench    measure and print the figures of the README (PHOTOS=\"a.jpg b.jpg\" adds photos)"
	@echo "make clean    remove what these commands made, the environment included"

environment:
	@$(SYSTEM_PYTHON) -m infra.setup.environment

environment-test:
	@$(SYSTEM_PYTHON) -m infra.setup.environment $(TEST_EXTRAS)

demo: environment
	@$(PYTHON) -m infra.setup.demo $(OUT)

test: environment-test
	@$(PYTHON) -m infra.setup.clients
	@$(PYTHON) -m infra.setup.prepare
	@$(PYTHON) -m pytest $(ARGS)

lint: environment-test
	@failed=; \
	$(PYTHON) -m ruff check . || failed="$$failed ruff-check"; \
	$(PYTHON) -m ruff format --check . || failed="$$failed ruff-format"; \
	$(PYTHON) -m mypy || failed="$$failed mypy"; \
	.venv/bin/lint-imports || failed="$$failed import-contracts"; \
	if [ -n "$$failed" ]; then echo "likeness: failed:$$failed" >&2; exit 1; fi

format: environment-test
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

bench:
	@$(SYSTEM_PYTHON) -m infra.setup.environment bench
	@$(PYTHON) -m infra.setup.prepare
	@$(PYTHON) -m infra.bench $(PHOTOS)

# The README's picture is one that the demo made.
picture: demo
	@$(PYTHON) -m infra.setup.picture $(OUT)/contact-sheet.png

# Resolve the newest versions that the bounds in pyproject.toml allow, and write them down.
constraints: environment
	@$(PYTHON) -m infra.setup.constraints

clean:
	rm -rf .venv out build dist *.egg-info tests/clients/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
