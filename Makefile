# What a developer runs. The taps themselves run anywhere Python does; these targets are POSIX.

PYTHON ?= python3
# What everything here runs on: the sandbox and sqlfluff need 3.11. uv finds one, or brings one.
# VERSION=3.10 tests what needs neither.
VERSION ?= >=3.11,<3.15
BIN := .venv/bin
UV := .bootstrap/bin/uv

BENCHES := $(patsubst benchmarks/requirements-%.txt,benchmarks/.work/%/ready,\
    $(wildcard benchmarks/requirements-*.txt))

# The models are read through dbt, on a DuckDB in memory: without a database, and without a network.
SQLFLUFF := cd transform && DBT_DUCKDB_PATH=:memory: DBT_TARGET_PATH=../.lint/target \
    DBT_LOG_PATH=../.lint/logs DBT_SEND_ANONYMOUS_USAGE_STATS=false ../.lint/bin/sqlfluff

.PHONY: help demo sql transform review airflow test test-airflow fuzz loaders check bench docs site format \
    dist lock clean

help:
	@echo "make demo    a made-up company, through Meltano, into an embedded PostgreSQL"
	@echo "make sql     an SQL prompt on the database of the last demo"
	@echo "make transform  dbt on that database: the access model (transform/README.md)"
	@echo "make review  the access review of that model, as HTML and XLSX (docs/review.md)"
	@echo "make airflow many tenants under Airflow: six made-up ones, twice (orchestrate/README.md)"
	@echo "make test    every test; ARGS=tests/logto for a part of them"
	@echo "make test-airflow  what takes too long for that: six tenants at a time, and a real Airflow"
	@echo "make fuzz    fault injection with every tap, into docs/faults.md; an hour or more;"
	@echo "             ARGS=--growth only measures runs against a tenant that grows, ten minutes"
	@echo "make loaders the taps into each loader that can be installed, into docs/loaders.md;"
	@echo "             twenty minutes; ARGS=csv only tries some, and writes nothing"
	@echo "make check   ruff, format, mypy; sqlfluff over the models of transform/; the docs site, strictly"
	@echo "make bench   our taps beside others, and the model at scale; ARGS=--quick for a small run"
	@echo "make docs    renew what follows from the taps: tables, meltano.yml, hub/"
	@echo "make site    the docs as a web site, into site/; open site/index.html"
	@echo "make format  format the code"
	@echo "make dist    the source distribution and the wheel, into dist/ (RELEASING.md)"
	@echo "make lock    renew requirements.lock, and those of sqlfluff, the docs site and Airflow"
	@echo "make clean   remove all that these targets made"

demo: .venv/ready .meltano/ready
	@$(BIN)/python -m scripts.demo $(ARGS)

sql: .venv/ready
	@$(BIN)/python -m scripts.demo --sql

transform: .venv/ready .meltano/ready
	@$(BIN)/python -m scripts.transform $(ARGS)

review: .venv/ready
	@$(BIN)/python -m scripts.review $(ARGS)

test: .venv/ready .meltano/ready .lint/ready .site/ready
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

airflow: .venv/ready .meltano/ready .airflow/ready
	@$(BIN)/python -m scripts.airflow $(ARGS)

test-airflow: .venv/ready .meltano/ready .airflow/ready
	$(BIN)/python -m pytest tests/orchestrate/slow_tenants.py tests/orchestrate/slow_airflow.py $(ARGS)

fuzz: .venv/ready .meltano/ready
	$(BIN)/python -m tests.chaos.fuzz $(ARGS)

loaders: .venv/ready
	$(BIN)/python -m tests.loaders $(ARGS)

check: .venv/ready .lint/ready .site/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(SQLFLUFF) lint models
	$(BIN)/python -m scripts.site

bench: .venv/ready $(BENCHES)
	@$(BIN)/python -m benchmarks.run $(ARGS)

docs: .venv/ready
	$(BIN)/python -m scripts.docs

site: .venv/ready .site/ready
	$(BIN)/python -m scripts.site

format: .venv/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# What a release uploads.
dist: .venv/ready
	rm -rf dist
	$(BIN)/uv build --quiet --out-dir dist
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz

lock: $(UV)
	$(UV) pip compile --quiet pyproject.toml --extra review --group dev --universal --python-version 3.10 \
	    --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock
	$(UV) pip compile --quiet --group sql --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --output-file transform/requirements-lint.txt
	$(UV) pip compile --quiet --group site --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --output-file docs/requirements.txt
	$(UV) pip compile --quiet --group airflow --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --output-file orchestrate/requirements.txt

clean:
	rm -rf .bootstrap .venv .lint .site .airflow .meltano .demo dist output site benchmarks/.work \
	    tests/loaders/.work transform/target transform/logs

# uv comes from the package index, at the version that requirements.lock holds.
$(UV): requirements.lock
	$(PYTHON) -m venv .bootstrap
	.bootstrap/bin/pip install --quiet --disable-pip-version-check \
	    "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)"
	@touch $(UV)

.venv/ready: $(UV) requirements.lock pyproject.toml
	$(UV) venv --quiet --clear --python "$(VERSION)" .venv
	$(UV) pip sync --quiet --python .venv --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

# sqlfluff, with a dbt of its own.
.lint/ready: transform/requirements-lint.txt | .venv/ready
	$(UV) venv --quiet --clear --python ">=3.11,<3.15" .lint
	$(UV) pip sync --quiet --python .lint --require-hashes $<
	@touch $@

# What builds the docs site.
.site/ready: docs/requirements.txt | .venv/ready
	$(UV) venv --quiet --clear --python ">=3.11,<3.15" .site
	$(UV) pip sync --quiet --python .site --require-hashes $<
	@touch $@

# Airflow, and what orchestrate/ imports. It writes bytecode once, or each of its commands is slow.
.airflow/ready: orchestrate/requirements.txt | .venv/ready
	$(UV) venv --quiet --clear --python $(BIN)/python .airflow/venv
	$(UV) pip sync --quiet --compile-bytecode --python .airflow/venv --require-hashes $<
	@touch $@

# The taps, the loaders and dbt of meltano.yml, each in a virtual environment of its own; anew if what
# they need has changed, which Meltano does not notice by itself.
.meltano/ready: .venv/ready meltano.yml
	$(BIN)/meltano install --force
	@touch $@

# Those who are measured beside the taps, each in a virtual environment of its own.
benchmarks/.work/%/ready: benchmarks/requirements-%.txt | .venv/ready
	$(UV) venv --quiet --clear --python $(BIN)/python benchmarks/.work/$*
	$(UV) pip sync --quiet --compile-bytecode --python benchmarks/.work/$* $<
	@touch $@
