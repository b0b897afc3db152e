.DEFAULT_GOAL := help
.PHONY: help setup demo local test check format bench build deploy clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait more than they compute, so a few more of them than there are cores may run at once.
JOBS ?= 4
export PYTHONPATH := layers/shared:.

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready  ## Make .venv with everything that local work needs

# Two environments: the service's, and one inside it for the AWS emulator's own dependencies.
$(VENV)/.ready: layers/shared/requirements.txt requirements-dev.txt requirements-emulator.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.13 ..." >&2; exit 1; }
	@echo "setting up $(VENV), which takes a minute ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@test -x $(VENV)/emulator/bin/python || $(PYTHON) -m venv $(VENV)/emulator
	@$(VENV)/emulator/bin/python -m pip install -qq --disable-pip-version-check -r requirements-emulator.txt
	@touch $@

demo: setup  ## Run the main job from nothing: query, contact file, delivery
	@$(BIN)/python -m local.demo

local: setup  ## Keep the whole service running on http://127.0.0.1:3000
	@$(BIN)/python -m local

test: setup  ## Run every test
	@$(BIN)/python -m pytest -q --numprocesses $(JOBS) --dist loadfile

check: setup  ## Lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy layers/shared functions local tests bench

format: setup  ## Put the code into its standard form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup  ## Measure the run pipeline; takes some minutes
	@$(BIN)/python -m bench.run

build:  ## What a deployment would upload; needs aws-sam-cli
	sam validate --lint
	sam build

deploy: build  ## Build, show the changes, deploy; needs an AWS account
	sam deploy --config-env $(or $(ENV),staging)

clean:  ## Forget everything that was built or kept here
	rm -rf $(VENV) .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
