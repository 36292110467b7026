"""Machines for the update scenarios: bare, installed, and with the next release built but not yet switched to."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.update.machine import Machine, Shelf

FIRST = "1.0.0"


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Short enough for sockets, and in memory where there is room: thousands of files are made durable here."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 500_000_000
    folder = Path(tempfile.mkdtemp(prefix="bu-", dir=memory if roomy else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shelf(place: Path) -> Shelf:
    return Shelf(place)


@pytest.fixture(scope="session")
def bare(shelf: Shelf) -> Machine:
    """The first release is published; nothing is installed."""
    machine = Machine(shelf.place)
    machine.make()
    machine.good.add(machine.upstream.release(FIRST, by_pip=True))
    shelf.save(machine, "bare")
    return machine


@pytest.fixture(scope="session")
def installed(shelf: Shelf, bare: Machine) -> Machine:
    """The first release runs, and knows a food."""
    with shelf.brought_back("bare", bare) as machine:
        done = machine.install()
        assert (done.returncode, done.stderr) == (0, "")
        machine.power_off()
        machine.boot()
        machine.register("김치")
        machine.check()
        shelf.save(machine, "installed")
        return machine


@pytest.fixture
def empty_machine(shelf: Shelf, bare: Machine) -> Iterator[Machine]:
    with shelf.brought_back("bare", bare) as machine:
        yield machine


@pytest.fixture
def machine(shelf: Shelf, installed: Machine) -> Iterator[Machine]:
    """The first release runs; whatever the test does to it, in the end a good release must run with all data."""
    with shelf.brought_back("installed", installed) as machine:
        yield machine
        machine.check()
