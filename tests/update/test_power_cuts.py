"""The power goes away after each step: what starts afterwards is a good release, and the next run completes."""

import pytest

from tests.update.machine import Machine, Shelf
from tests.update.words import a_long_look, good_release, silent

ON_THE_WAY = ("LOCKED", "FETCHED", "CHOSEN")
BUILT = ("BUILT", "TRIED", "COPIED", "PROMISED", "SWITCHED", "RESTARTED", "WATCHED")
CONFIRMED = ("CONFIRMED", "PRUNED", "ADOPTED")


@pytest.fixture(scope="session")
def built(shelf: Shelf, installed: Machine) -> Machine:
    """The next release is there, complete, and not yet switched to."""
    with shelf.brought_back("installed", installed) as machine:
        good_release(machine, "1.1.0")
        machine.cut_after("BUILT", "update")
        shelf.save(machine, "built")
        return machine


def cut_and_go_on(machine: Machine, step: str) -> None:
    machine.cut_after(step, "update")
    machine.boot()
    machine.check()
    assert machine.current.startswith("1.1.0" if step in CONFIRMED else "1.0.0")
    machine.register("우유")
    silent(machine.update())
    machine.check()
    assert machine.current.startswith("1.1.0")
    assert (machine.layout.updater / "current").readlink().name == machine.current


@pytest.mark.parametrize("step", ON_THE_WAY)
def test_power_cut_before_it_is_built(machine: Machine, step: str) -> None:
    good_release(machine, "1.1.0")
    cut_and_go_on(machine, step)


@pytest.mark.parametrize("step", [*BUILT, *CONFIRMED])
def test_power_cut_after_it_is_built(shelf: Shelf, built: Machine, step: str) -> None:
    with shelf.brought_back("built", built) as machine:
        cut_and_go_on(machine, step)


@pytest.mark.parametrize("step", ["STOPPED", "SETTLED", "BACK"])
def test_power_cut_while_going_back(machine: Machine, step: str) -> None:
    before = machine.current
    a_long_look(machine)
    machine.upstream.release("1.1.0", {"dies_after": 0.2})
    machine.cut_after(step, "update")
    machine.boot()
    machine.check()
    assert machine.current == before
    silent(machine.update())


@pytest.mark.parametrize("step", ["BUILT", "SWITCHED"])
def test_power_cut_while_it_is_installed_for_the_first_time(empty_machine: Machine, step: str) -> None:
    machine = empty_machine
    clone = machine.clone()
    machine.cut_after(step, "install", str(clone), updater=clone / "updater")
    machine.boot()
    silent(machine.install())
    machine.systemctl("restart")
    machine.register("사과")
    machine.check()


def test_a_release_that_brings_the_machine_down_is_not_tried_for_ever(shelf: Shelf, built: Machine) -> None:
    with shelf.brought_back("built", built) as machine:
        for _ in range(3):
            machine.cut_after("RESTARTED", "update")
            machine.boot()
        silent(machine.update())
        machine.check()
        assert machine.current.startswith("1.0.0")


def test_at_boot_without_any_updater_that_works(shelf: Shelf, built: Machine) -> None:
    """What then takes the switch back is a few lines of plain shell."""
    with shelf.brought_back("built", built) as machine:
        machine.cut_after("SWITCHED", "update")
        for module in machine.layout.updater.rglob("command.py"):
            module.write_text("this is no Python\n")
        assert machine.current.startswith("1.1.0")
        assert machine.updater("recover").returncode == 1
        assert machine.current.startswith("1.0.0")
        assert not (machine.layout.state / "pending").exists()
