# The two commands of the README, and the checks that .ci/run makes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test check wheel clean

run: $(STAMP)
	$(BIN)/homebody run

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(STAMP)
	sh tests/wheel_smoke.sh $(BIN)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@echo "compiling the loops that numba caches, so that the first start is a quick one"
	$(BIN)/homebody simulate --task "go-to 0.9,4.7"
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist *.egg-info
