# Every target first sets up what it needs (scripts/setup.sh), which is silent when nothing is missing.
#   make run ARGS="--speed 4"       more options for the dry run
#   make setup PYTHON=python3.12    another interpreter than the system's
#   make lock ARGS=--upgrade        newer versions; without it pins move only where they must

BIN := .venv/bin
WORKERS := auto
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)
LOCK := $(COMPILE) --universal
TRAINING := scripts/train_date_reader/requirements
HOME_ASSISTANT := tests/home/requirements

.PHONY: help setup run play test test-fast mutants chaos test-updates test-kafka test-backend test-page test-home week lab-ble lab-pi lab-pi-base lab-pi-core check bench bench-voice bench-vision bench-pool bench-codes fuzz lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

setup: ## install what running, tests and checks need
	@scripts/setup.sh dev

run: ## watch a whole fridge at work, from its beginning: the dry run, without hardware or broker
	@scripts/setup.sh run
	@$(BIN)/befresh-agent run --dry-run --exit-when-done --fresh $(ARGS)

play: ## play with a fridge yourself, in the browser: press its button, show it food, ask it, cut its broker
	@scripts/setup.sh run
	@BEFRESH_SOUND_PROMPTS=$${BEFRESH_SOUND_PROMPTS:-ko} $(BIN)/befresh-agent run --dry-run --by-hand $(ARGS)

test: setup ## run the tests and measure their coverage; WORKERS=1 runs one after the other
	$(BIN)/pytest --cov --cov-report html:build/coverage --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# What reads pictures, speaks, serves pages or starts commands takes its time. A test that takes too long here fails.
test-fast: setup ## a verdict in half a minute: the rules, the database and most stages
	@HYPOTHESIS=few PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/pytest -q -p xdist.plugin -p pytest_asyncio.plugin -p pytest_timeout \
		--numprocesses 2 --budget 1 tests/unit $(patsubst %,--ignore tests/unit/%,cli doctor page simulation updater vision voice)

mutants: setup ## whether the nearest tests notice when a rule is changed: docs/testing.md; RULES="expiry name" takes only these
	@$(BIN)/python scripts/mutants.py $(RULES)

check: setup ## lint, formatting, types, direction of imports, the code's figures, promises of the repository
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/code_figures.py
	$(BIN)/pytest -q tests/unit/test_repository.py

bench: setup ## run every benchmark
	@for bench in $(sort $(wildcard benchmarks/bench_*.py)); do echo "== $$bench"; PYTHONPATH=. $(BIN)/python $$bench || exit 1; done

bench-voice: setup ## how well the wake phrase and names are heard: voices, kitchens; ARGS="--voices 9 --human FOLDER"
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_voice.py
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_wake.py $(ARGS)

bench-vision: setup ## compare ways to read dates: PHOTOS=folder (with dates.csv) ARGS="--as-of 2019-06-01"
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_vision.py $(PHOTOS) $(ARGS)
	@if [ -f "$(PHOTOS)/qr.csv" ]; then $(BIN)/python benchmarks/bench_codes.py $(PHOTOS); fi

bench-pool: setup ## what more vision workers bring: PHOTOS=folder (with dates.csv) ARGS="--as-of 2019-06-01"
	@$(BIN)/python benchmarks/bench_pool.py $(PHOTOS) $(ARGS)

bench-codes: setup ## compare ways to read QR codes: PHOTOS=folder (with qr.csv)
	@$(BIN)/python benchmarks/bench_codes.py $(PHOTOS) $(ARGS)

fuzz: setup ## ten minutes of hostile texts, codes and pictures; SECONDS=60 for fewer
	$(BIN)/python scripts/fuzz.py $(SECONDS)

lock: setup ## pin the dependencies of pyproject.toml anew, with hashes
	$(LOCK) pyproject.toml --extra all --group dev --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --extra all --group build --constraint requirements/dev.lock --output-file requirements/run.lock
	$(LOCK) --group lab --constraint requirements/dev.lock --output-file requirements/lab.lock
	$(BIN)/uv pip compile --quiet --python-version 3.13 --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(HOME_ASSISTANT).txt --output-file $(HOME_ASSISTANT).lock
	for group in whisper whisper-model vosk vosk-model source-build; do \
		$(LOCK) --group $$group --constraint requirements/run.lock --no-emit-package numpy --no-binary srt \
			--output-file requirements/$$group.lock || exit 1; done
	$(COMPILE) --python-platform x86_64-manylinux_2_28 $(TRAINING).txt --output-file $(TRAINING).lock

clean: ## remove .venv and all caches
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

chaos: setup ## a quarter of an hour of bad luck: every fault at length; BEFRESH_SEED=n repeats a run
	$(BIN)/pytest -m chaos -rP tests

test-kafka: setup ## deliver to a real Apache Kafka, fetched by Maven (needs Java 17); KAFKA_VERSION=4.1.0 takes another
	$(BIN)/pytest -m kafka tests/kafka

test-backend: setup ## config/backend without Docker: three brokers, Telegraf, InfluxDB, Grafana's queries (needs Java, Go)
	@scripts/backend-engines.sh
	$(BIN)/pytest -m backend tests/backend

test-page: ## drive the page of a dry run with Chromium, and nginx before it; pictures of it in build/screenshots
	@scripts/setup.sh browser
	$(BIN)/pytest -m browser $(ARGS) tests/browser tests/unit/page/test_proxy.py

test-home: ## show the fridge to a real Home Assistant over a real broker (needs Python 3.13)
	@scripts/setup.sh home
	$(BIN)/pytest -m home -rP $(ARGS) tests/home

lab-ble: ## real kernel and BlueZ in QEMU, twelve containers in the air; ROUNDS=20 takes more than four, SUITE=trixie its BlueZ
	@scripts/setup.sh lab
	ROUNDS=$(ROUNDS) SUITE=$(SUITE) $(BIN)/pytest -m lab -s tests/lab_ble

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
