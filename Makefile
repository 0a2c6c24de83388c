# make demo   set up, and play a whole grant round on real data
# make test   set up, and run every check and test
# Both work again at once when repeated.

PYTHON ?= python3
BIN := .venv/bin
PLUGINS := plugins/evalkit-iio plugins/evalkit-lof plugins/evalkit-datateams
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt
SET_UP := pyproject.toml constraints.txt $(PLUGINS:=/pyproject.toml)

.PHONY: demo test check docs translations constraints clean

demo: .venv/set-up-demo
	@$(BIN)/evalkit demo --out evalkit-demo

test: check
	@echo "Tests (unit, property, golden, the plugins' wheels, the demo)…"
	@$(BIN)/python -m pytest -q -n 2

check: .venv/set-up-test
	@echo "Lint, format, types, import rules, generated files…"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@$(BIN)/python docs/generate.py --check

docs: .venv/set-up-test
	@$(BIN)/python docs/generate.py

translations: .venv/set-up-test
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F babel.cfg -k t --no-location --sort-output --project evalkit -o build/evalkit.pot evalkit
	@$(BIN)/pybabel -q update -i build/evalkit.pot -D evalkit -d evalkit/locale --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -D evalkit -d evalkit/locale

.venv/bin/python:
	@echo "Making a virtual environment in .venv (once)…"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evalkit needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

.venv/set-up-demo: .venv/bin/python $(SET_UP)
	@echo "Installing evalkit, its plugins and the example data into .venv (a minute or two, once)…"
	@$(PIP) hatchling editables
	@$(PIP) --editable '.[demo]' $(addprefix --editable ,$(PLUGINS))
	@touch $@

.venv/set-up-test: .venv/set-up-demo
	@echo "Installing the test tools into .venv (once)…"
	@$(PIP) --editable '.[demo,test]'
	@touch $@

# Pin what is installed now, after trying newer versions by hand.
constraints: .venv/set-up-test
	@$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean:
	@rm -rf .venv build evalkit-demo
