# Needs Python 3.11 or later and make. Everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
# Processes that share the default tests; each hands over what it has not begun when another has nothing left.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test slow parity lint types imports check format clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(VENV)/.installed ## train a small convnet on the bundled digits and print its test accuracy
	$(BIN)/pullback train digits --net cnn --epochs 10 --seed 0
	$(BIN)/pullback draw page --model pullback-digits-cnn.safetensors --data digits --out pullback-digit.html

test: $(VENV)/.installed-dev ## the default test suite, with the examples in the docstrings
	$(PYTEST) -n $(WORKERS) --dist worksteal

slow: $(VENV)/.installed-dev ## the tests that take longer
	$(PYTEST) -m slow

parity: $(VENV)/.installed-parity ## the comparison with PyTorch
	$(PYTEST) -m parity

lint: $(VENV)/.installed-dev ## rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev ## mypy --strict on the package
	$(BIN)/mypy

imports: $(VENV)/.installed-dev ## each part imports only from the parts below it
	$(BIN)/lint-imports

check: lint types imports ## everything that is not a test

format: $(VENV)/.installed-dev ## lay out the code and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment and everything generated
	rm -rf $(VENV) build dist .coverage htmlcov .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

# The empty files .installed* say what the environment holds; a change of pyproject.toml installs again.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[draw]'
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[dev]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-parity: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[dev,parity]'
	touch $@ $(VENV)/.installed-dev $(VENV)/.installed
