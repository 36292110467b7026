"""What every test stands on: a home of its own instead of the developer's, and property tests without deadlines.

`make test` runs several workers; what keeps them apart is here too.
"""

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

# Deadlines would make a busy machine fail; in CI the same examples come every time. `make fuzz` takes many,
# `make mutants` and `make test-fast` few.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("few", deadline=None, derandomize=True, max_examples=30)
hypothesis.settings.register_profile(
    "fuzz", deadline=None, max_examples=1000, suppress_health_check=hypothesis.HealthCheck
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS") or ("ci" if os.environ.get("CI") else "busy"))

# A shell starts what runs in the background with Ctrl-C ignored, and every program that a test starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

OUTSIDE_INFLUENCES = (
    "BEFRESH_",
    "CREDENTIALS_DIRECTORY",
    "GPIOZERO_",
    "KAFKA_SERVER",
    "NOTIFY_SOCKET",
    "PORCUPINE_",
    "REFRIGERATOR_ID",
    "STATE_DIRECTORY",
    "WATCHDOG_",
)

LONGEST_FIRST = ("update", "agent", "delivery", "ble")
"""Folders whose tests wait most: begun early, they do not leave one worker alone at the end."""


@pytest.hookimpl(optionalhook=True)  # `make mutants` goes without xdist
def pytest_xdist_auto_num_workers() -> int:
    """Waiting tests leave a core to others, so there are more workers than cores; each needs 0.3 GB."""
    return min(len(os.sched_getaffinity(0)) + 2, 8)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    places = {folder: place for place, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(here).parts[0], len(places)))
    if config.getoption("--budget") is not None:
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", type=float, help="processor seconds a test may take; without slow ones")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """What `make test-fast` runs stays fast: a test that takes too long there fails until it is marked as slow."""
    budget, before = pyfuncitem.config.getoption("--budget"), sum(os.times()[:4])
    result = yield
    spent = sum(os.times()[:4]) - before
    if budget is not None and spent > budget:
        pytest.fail(
            f"took {spent:.1f} s of processor time where {budget:g} s are allowed: mark it as slow", pytrace=False
        )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The mark `unmeasured`. (pytest-cov's own `no_cover` stops only one of the measurements that a worker has.)"""
    if not item.get_closest_marker("unmeasured"):
        return (yield)
    tracing, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(tracing)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home for the test and every process it starts; its path is short enough for Unix sockets."""
    for name in [name for name in os.environ if name.startswith(OUTSIDE_INFLUENCES)]:
        monkeypatch.delenv(name)
    with tempfile.TemporaryDirectory(prefix="befresh-", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("HOME", folder)
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            place = Path(folder, name.split("_")[1].lower())
            place.mkdir(mode=0o700)
            monkeypatch.setenv(name, str(place))
        yield Path(folder)


@pytest.fixture
def unmeasured_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that the test starts are not measured: that costs memory and time of its own."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command that is run inside a test sets up its log, whose stream goes with the test."""
    yield
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if type(handler) is logging.StreamHandler]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)
