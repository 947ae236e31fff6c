# EduConnect: `make run` starts a fictive académie, `make check` verifies all that must hold.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --python $(BIN)/python --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 20

setup: $(VENV)/.run ## Make the environment (.venv) and nothing else

run: $(VENV)/.run ## Start everything on this machine, from port PORT (8000); Ctrl-C stops everything
	@EDUCONNECT_FOLLOW_PARENT=1 exec $(BIN)/python -m educonnect run

check: $(VENV)/.check ## Verify all that must hold; SKIP=name,name leaves out tests whose system tool is missing
	@exec $(BIN)/python -m tools.check

messages: $(VENV)/.check ## Bring the catalogue of translations up to date with the sources
	@exec $(BIN)/python -m tools.messages

lock: $(VENV)/.check ## Lock the dependencies of pyproject.toml anew
	$(LOCK) --extra embedded --extra services --extra build -o requirements/run.lock pyproject.toml
	$(LOCK) --extra embedded --extra services --extra build --extra check -c requirements/run.lock -o requirements/check.lock pyproject.toml

$(VENV)/.run: requirements/run.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python est introuvable : installez python3.11 et son module venv, ou donnez PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) est trop ancien : il faut Python 3.11 ou plus récent (PYTHON=…)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "pas de module venv : apt-get install python3-venv"; exit 1; }
	@echo "Environnement : $(VENV) (une demi-minute)…"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.check: requirements/check.lock $(VENV)/.run
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/check.lock
	@touch $@

.PHONY: help setup run check messages lock
