# Needs python3 (3.11 or newer) and make; everything else is installed into .venv.  Another Python is named:
# make PYTHON=python3.13 test (.venv is made anew for it, and stays so until another one is named).
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.PHONY: help setup system demo test bench fix lock forms pages hooks clean

help:
	@echo "make demo    run the main job on built-in servers and sample mails; ends with a table"
	@echo "make test    lint, types, import directions, all tests (as root also installs Dovecot, PostgreSQL and LibreOffice)"
	@echo "make bench   speed and endurance against a real mail server (takes minutes)"
	@echo "make fix     format the code and repair what the linter can"
	@echo "make lock    write requirements.lock anew from pyproject.toml (needs uv)"
	@echo "make forms   draw the shipped Word forms anew from tools/forms/"
	@echo "make pages   write the pages made from the code anew (docs/problems.md)"
	@echo "make hooks   check every commit before it is made (needs pre-commit)"
	@echo "make clean   remove .venv and caches; never your data"

setup:
	@$(PYTHON) .ci/setup.py $(if $(filter file,$(origin PYTHON)),,--this-python)

system:
	@$(PYTHON) .ci/system.py

demo: setup
	@$(BIN)/mailflow demo $(ARGS)

test: setup system
	@$(BIN)/python .ci/check.py $(ARGS)

bench: setup system
	@$(BIN)/python bench/ingest.py $(ARGS)
	@$(BIN)/python bench/chaos.py

fix: setup
	@$(BIN)/python -m ruff format --quiet .
	@$(BIN)/python -m ruff check --fix .

lock:
	@command -v uv >/dev/null || { echo "lock: uv is missing -> $(PYTHON) -m pip install uv" >&2; exit 1; }
	@UV_PYTHON_DOWNLOADS=never uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --group dev --generate-hashes --no-emit-package mailflow --no-header --annotation-style line --output-file requirements.lock pyproject.toml
	@! grep -n '://' requirements.lock || { echo "lock: an address got into requirements.lock" >&2; exit 1; }

forms: setup
	@$(BIN)/python -m tools.forms.build_forms

pages: setup
	@$(BIN)/python -m tools.problem_page

hooks: setup
	@command -v pre-commit >/dev/null || { echo "hooks: pre-commit is missing -> $(PYTHON) -m pip install pre-commit" >&2; exit 1; }
	@pre-commit install

clean:
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist demo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
