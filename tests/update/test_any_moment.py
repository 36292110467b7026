"""The power goes away in the midst of a step: before any single change to the disk, by whichever process makes it.

Which change is drawn by the seed in the test's name, among as many as the whole command was seen to make.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.update.change_counter import ChangeCounter, somewhere
from tests.update.machine import Machine, Shelf
from tests.update.words import good_release, silent

pytestmark = [pytest.mark.updates, pytest.mark.timeout(900)]  # several runs of everything, on a busy machine too
RENAMES = "ALTER TABLE items RENAME COLUMN name TO title;"


@dataclass(frozen=True)
class Play:
    """A command in the midst of which the power goes away."""

    words: tuple[str, ...]
    prepare: Callable[[Machine], object]
    """What a machine with the first release goes through before."""
    complete: Callable[[Machine], object]
    """What follows once the machine is on again; a good release must run before it and after it."""
    on: bool = True


def publish(machine: Machine) -> None:
    good_release(machine, "1.1.0")


def build(machine: Machine) -> None:
    publish(machine)
    machine.cut_after("BUILT", "update")


def switch(machine: Machine) -> None:
    publish(machine)
    machine.cut_after("SWITCHED", "update")


def build_what_will_not_do(machine: Machine) -> None:
    """It changes the database against the rules, registers a food, and dies."""
    faults = {"registers": "두부", "dies_after": 0.2, "name_column": "title"}
    machine.upstream.release("1.1.0", faults, migration=RENAMES)
    machine.cut_after("BUILT", "update")


def live_on_another_form(machine: Machine) -> None:
    machine.good.add(machine.upstream.release("1.1.0", {"name_column": "title"}, migration=RENAMES))
    silent(machine.update())
    machine.register("두부")


def update(machine: Machine) -> None:
    silent(machine.update())
    assert machine.current.startswith("1.1.0")


def stay(machine: Machine) -> None:
    assert machine.update().returncode in {0, 1}
    assert machine.current.startswith("1.0.0")


def go_back(machine: Machine) -> None:
    if machine.current.startswith("1.1.0"):
        assert machine.update("--rollback").returncode == 0
    assert machine.current.startswith("1.0.0")


PLAYS = {
    "an update": Play(("update",), publish, update),
    "the switch": Play(("update",), build, update),
    "the way back": Play(("update",), build_what_will_not_do, stay),
    "going back by hand": Play(("update", "--rollback"), live_on_another_form, go_back),
    "recovery at boot": Play(("recover",), switch, update, on=False),
}


@pytest.fixture(scope="session")
def changes(place: Path) -> ChangeCounter:
    return ChangeCounter(place)


@pytest.fixture(scope="session")
def prepared(shelf: Shelf, installed: Machine) -> Callable[[str], Machine]:
    """The machine of a play, saved; what it knows."""
    known: dict[str, Machine] = {}

    def prepare(name: str) -> Machine:
        if name not in known:
            with shelf.brought_back("installed", installed) as machine:
                PLAYS[name].prepare(machine)
                shelf.save(machine, name)
                known[name] = machine
        return known[name]

    return prepare


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", PLAYS)
def test_power_cut_at_any_moment(
    shelf: Shelf, prepared: Callable[[str], Machine], changes: ChangeCounter, name: str, seed: int
) -> None:
    play, like = PLAYS[name], prepared(name)
    if name not in changes.totals:
        with shelf.brought_back(name, like, on=play.on) as machine:
            changes.totals[name] = changes.count(machine, *play.words)
    with shelf.brought_back(name, like, on=play.on) as machine:
        changes.cut(machine, somewhere(seed, changes.totals[name]), *play.words)
        machine.boot()
        what_was_registered_by_it(machine)
        machine.check()
        play.complete(machine)
        what_was_registered_by_it(machine)
        machine.check()


@pytest.mark.parametrize("seed", range(20))
def test_power_cut_while_it_is_installed(shelf: Shelf, bare: Machine, changes: ChangeCounter, seed: int) -> None:
    name = "installing"
    if name not in changes.totals:
        with shelf.brought_back("bare", bare) as machine:
            clone = machine.clone()
            changes.totals[name] = changes.count(machine, "install", str(clone), door=clone / DOOR)
    with shelf.brought_back("bare", bare) as machine:
        clone = machine.clone()
        changes.cut(machine, somewhere(seed, changes.totals[name]), "install", str(clone), door=clone / DOOR)
        machine.boot()
        silent(machine.install())
        machine.systemctl("restart")
        machine.register("사과")
        machine.check()


DOOR = Path("updater") / "befresh-update"


def what_was_registered_by_it(machine: Machine) -> None:
    """A food of the new release's own: once confirmed it must be there; before that it may."""
    if "두부" in machine.foods:
        return
    if (machine.layout.data / "confirmed").exists() or "두부" in machine.agent("foods"):
        machine.foods.append("두부")
