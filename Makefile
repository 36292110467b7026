# Every target first sets up what it needs (scripts/setup.sh), which is silent when nothing is missing.
#   make run ARGS="--speed 4"       more options for the dry run
#   make setup PYTHON=python3.12    another interpreter than the system's
#   make lock ARGS=--upgrade        newer versions; without it pins move only where they must

BIN := .venv/bin
WORKERS := auto
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

.PHONY: help setup run play test chaos test-updates test-kafka test-page week lab-ble lab-pi lab-pi-base lab-pi-core check bench bench-vision bench-codes fuzz lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

setup: ## install what running, tests and checks need
	@scripts/setup.sh dev

run: ## watch a whole fridge at work: the dry run, without hardware or broker
	@scripts/setup.sh run
	@$(BIN)/befresh-agent run --dry-run --exit-when-done $(ARGS)

play: ## play with a fridge yourself, in the browser: press its button, show it food, cut its broker
	@scripts/setup.sh run
	@$(BIN)/befresh-agent run --dry-run --by-hand $(ARGS)

test: setup ## run the tests and measure their coverage; WORKERS=1 runs one after the other
	$(BIN)/pytest --cov --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup ## lint, formatting, types, direction of imports, promises of the repository
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit/test_repository.py

bench: setup ## run every benchmark
	@for bench in $(sort $(wildcard benchmarks/bench_*.py)); do echo "== $$bench"; PYTHONPATH=. $(BIN)/python $$bench || exit 1; done

bench-vision: setup ## compare ways to read dates: PHOTOS=folder (with dates.csv) ARGS="--as-of 2019-06-01"
	@$(BIN)/python benchmarks/bench_vision.py $(PHOTOS) $(ARGS)

bench-codes: setup ## compare ways to read QR codes: PHOTOS=folder (with qr.csv)
	@$(BIN)/python benchmarks/bench_codes.py $(PHOTOS) $(ARGS)

fuzz: setup ## ten minutes of hostile texts, codes and pictures; SECONDS=60 for fewer
	$(BIN)/python scripts/fuzz.py $(SECONDS)

lock: setup ## pin the dependencies of pyproject.toml anew, with hashes
	$(LOCK) pyproject.toml --extra all --group dev --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --extra all --group build --constraint requirements/dev.lock --output-file requirements/run.lock
	$(LOCK) --group lab --constraint requirements/dev.lock --output-file requirements/lab.lock

clean: ## remove .venv and all caches
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

chaos: setup ## a quarter of an hour of bad luck: every fault at length; BEFRESH_SEED=n repeats a run
	$(BIN)/pytest -m chaos -rP tests/delivery

test-kafka: setup ## deliver to a real Apache Kafka, fetched by Maven (needs Java 17); KAFKA_VERSION=4.1.0 takes another
	$(BIN)/pytest -m kafka tests/kafka

test-page: ## drive the page of a dry run with Chromium; pictures of it in build/screenshots
	@scripts/setup.sh browser
	$(BIN)/pytest -m browser $(ARGS) tests/browser

lab-ble: ## real kernel and BlueZ in QEMU, twelve containers in the air; ROUNDS=20 takes more than four
	@scripts/setup.sh lab
	ROUNDS=$(ROUNDS) $(BIN)/pytest -m lab -s tests/lab_ble

week: setup ## seven days of virtual time with random faults of all kinds: flat memory, every promise kept
	$(BIN)/pytest -m week -rP tests/unit/containers

test-updates: ## further variants of the update scenarios, and a hundred and twenty power cuts in the midst of a step
	@scripts/setup.sh updates
	$(BIN)/pytest -m updates tests/update

lab-pi: ## what people do and what goes wrong, in a virtual Pi in QEMU (root, minutes each); TIMES=2 CUTS=10 SEED=7 HOURS=24 ARGS="-k killed"
	@scripts/setup.sh lab
	TIMES=$(TIMES) CUTS=$(CUTS) SEED=$(SEED) HOURS=$(HOURS) $(BIN)/pytest -m lab -s tests/lab_pi $(ARGS)

lab-pi-base: ## what the virtual Pi is made of, the agent apart: Debian, packages, drivers
	@scripts/setup.sh lab
	PYTHONPATH=. $(BIN)/python -m tests.lab_pi.root

lab-pi-core: ## the happy evening in the virtual Pi, and the agent killed in it: some minutes
	@scripts/setup.sh lab
	$(BIN)/pytest -m lab -s tests/lab_pi -k "an_evening or the_agent_is_killed"
