# Everything runs in .venv, which the first command makes. Only Python 3.10 or newer is needed (3.11 is what we test).
PYTHON ?= python3
BENCH ?= $(HOME)/frappe-bench
SEEDS ?= 300
SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo play test site-test browser-test screenshots save-cost panel-cost simulate soak lint clean

demo: $(VENV)/.run  # customers and orders to a simulated Xero, payments back, compared to the cent
	@$(BIN)/xero-connector demo

play: $(VENV)/.run  # both sides in a browser
	@$(BIN)/xero-connector play

test: $(VENV)/.dev  # the tests, and those on a real site and in a browser if there is a bench
	@$(BIN)/python -m pytest -n auto --dist loadgroup
	@BENCH='$(BENCH)' $(BIN)/python tools/site_tests.py

site-test: $(VENV)/.dev  # only the tests on a real site
	@BENCH='$(BENCH)' $(BIN)/python tools/site_tests.py site

browser-test: $(VENV)/.dev  # only the tests in a browser
	@BENCH='$(BENCH)' $(BIN)/python tools/site_tests.py browser

screenshots: $(VENV)/.dev  # the same, which takes the pictures of the guides
	@BENCH='$(BENCH)' SCREENSHOTS=docs/images $(BIN)/python tools/site_tests.py browser

save-cost:  # what the app adds to saving a Customer, on the bench's site
	@BENCH='$(BENCH)' PYTHONPATH='$(CURDIR)' '$(BENCH)/env/bin/python' tools/save_cost.py

panel-cost:  # what a Customer's form asks of the server, with 10,000 invoices, on the bench's site
	@BENCH='$(BENCH)' PYTHONPATH='$(CURDIR)' '$(BENCH)/env/bin/python' tools/panel_cost.py

simulate: $(VENV)/.run  # a few hundred seeds of faults
	@$(BIN)/xero-connector simulate --seeds $(SEEDS)

soak: $(VENV)/.run  # new seeds for SECONDS (0: for ever), until one breaks a promise
	@$(BIN)/xero-connector simulate --soak $(SECONDS) --seed $$(date +%s)

lint: $(VENV)/.dev  # linters, the rule of the rooms, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

$(VENV)/.run: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed; name it with: make PYTHON=python3.11 …") if sys.version_info < (3, 10) else None'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "adding what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
