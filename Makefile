# The daily words. `make demo` and `make test` set up all they need with Python ≥ 3.11 alone.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

.PHONY: demo test test-16 chaos nightly setup serve worker lint types imports fix openapi docs bench clean
.DEFAULT_GOAL := demo

demo: .venv/installed  ## everything on real OCOP products; Ctrl-C stops it
	@.venv/bin/ocop-hub demo $(if $(LAN),--lan) $(if $(PORT),--port $(PORT))

test: .venv/installed-dev  ## the whole test suite
	.venv/bin/pytest -n auto --dist loadfile $(ARGS)

setup: .venv/installed-dev  ## what developers need

serve worker: .venv/installed
	.venv/bin/ocop-hub $@

lint: .venv/installed-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/installed-dev
	.venv/bin/mypy

imports: .venv/installed-dev  ## the import rule of the house
	.venv/bin/lint-imports

fix: .venv/installed-dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

openapi: .venv/installed
	.venv/bin/ocop-hub openapi --write openapi/ocop-hub.json --marketplaces openapi/marketplaces

docs: .venv/installed  ## docs/reference from the code
	.venv/bin/python -m tools.reference

bench: .venv/installed
	.venv/bin/ocop-hub bench $(ARGS)

clean:
	rm -rf .venv .uv

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "ocop_hub needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Once: getting the installer (uv, about 25 MB) into .uv …"
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'

ifeq ($(UV),.uv/bin/uv)
UV_READY := .uv/bin/uv
endif

# --inexact: what developers have installed stays.
.venv/installed: pyproject.toml uv.lock | $(UV_READY)
	@echo "Once: getting the program's packages (about 160 MB) into .venv; a few minutes on a thin line …"
	@$(UV) sync --frozen --no-dev --inexact --python $(PYTHON)
	@touch $@

.venv/installed-dev: pyproject.toml uv.lock | $(UV_READY)
	@echo "Once: getting packages for program and tests (about 250 MB) into .venv; a few minutes on a thin line …"
	@$(UV) sync --frozen --python $(PYTHON)
	@touch .venv/installed $@

# What asks most of the database in every push; ARGS= for more, `make nightly` takes whole rooms.
ON_16 := tests/test_schema.py tests/publishing/test_controller.py tests/traceability/test_service.py \
	tests/traceability/test_scan_batch.py tests/traceability/test_partitions.py tests/traceability/test_epcis.py \
	tests/reporting/test_coverage.py tests/reporting/test_recount.py tests/reporting/test_snapshots.py \
	tests/certificates tests/intake/test_service.py tests/desk tests/publishing/test_backup.py

test-16: .venv/installed-dev  ## what depends most on the database, on PostgreSQL 16
	.venv/bin/python tools/postgresql16.py .venv/bin/pytest -n auto --dist loadfile -q $(or $(ARGS),$(ON_16))

chaos: .venv/installed-dev  ## kill -9 in four places, lost answers, late commits; nothing lost, nothing double
	.venv/bin/python -m tests.chaos.run --listings 160 --kills 16 $(ARGS)

nightly: .venv/installed-dev  ## whole rooms on PostgreSQL 16, the long fault run and the benches
	$(MAKE) test-16 ARGS="tests/test_schema.py tests/publishing tests/traceability tests/reporting tests/certificates tests/intake"
	.venv/bin/python -m tests.chaos.run --listings 1000 --kills 50 --patience 1800
	.venv/bin/ocop-hub bench all
