"""A release is not condemned for what others do: the settings, a person, the machine's memory, disk and time.

Each is told in one line, what ran before runs, the release is on no list, and it is installed once the cause is gone.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from befresh_agent.status.status_socket import ask_agent
from befresh_update.errors import Prevented, Unfit, UpdateError
from befresh_update.steps import Step
from befresh_update.update import Update
from tests.update.machine import PATIENCE_S, SETTINGS, Done, Machine
from tests.update.words import a_long_look, good_release, one_line, silent, status

WRONG = f"wrong = true\n{SETTINGS}"


@pytest.fixture(autouse=True)
def finds_the_stand_ins(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", machine.environment["PATH"])


@contextmanager
def lacking(machine: Machine, what: str) -> Iterator[None]:
    """The machine lacks something for a while, whichever release asks for it."""
    (machine.root / what).touch()
    yield
    (machine.root / what).unlink()


def excused(machine: Machine, done: Done, *told: str) -> None:
    for piece in told:
        one_line(done, piece)
    assert "it is tried again" in done.stderr
    assert machine.current.startswith("1.0.0")
    assert status(machine)["bad"] == {}


def installed(machine: Machine) -> None:
    silent(machine.update())
    assert machine.current.startswith("1.1.0")


# --- The self-test


def test_settings_are_wrong(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    machine.settings(WRONG)
    excused(machine, machine.update(), "1 broken: settings", "sudo befresh-agent config check")
    machine.settings(SETTINGS)
    installed(machine)


def test_a_release_that_has_no_code_for_wrong_settings(machine: Machine) -> None:
    machine.good.add(machine.upstream.release("1.1.0", {"settings_code": 1}))
    machine.settings(WRONG)
    excused(machine, machine.update(), "1.0.0-", "which runs, fails as well")
    machine.settings(SETTINGS)
    installed(machine)


def test_somebody_removed_what_every_release_needs(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    with lacking(machine, "no-zbar"):
        excused(machine, machine.update(), "zbar is not there", "which runs, fails as well")
    installed(machine)


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        pytest.param({"killed_in_test": True}, "it was ended from outside, as when memory runs out", id="killed"),
        pytest.param({"oom": True}, "memory ran out", id="a part of it was killed for memory"),
        pytest.param({"self_test": True, "says_in_test": "MemoryError"}, "memory ran out", id="no memory"),
        pytest.param(
            {"self_test": True, "says_in_test": "sqlite3.OperationalError: database or disk is full"},
            "the disk is full",
            id="no room",
        ),
    ],
)
def test_the_self_test_lacks_something(machine: Machine, faults: dict[str, object], told: str) -> None:
    (machine.root / "proc").mkdir()
    (machine.root / "proc/vmstat").write_text("nr_free_pages 12\noom_kill 6\n")
    machine.upstream.release("1.1.0", faults)
    excused(machine, machine.update(), told)


def test_trouble_of_a_moment_is_no_trouble(machine: Machine) -> None:
    machine.good.add(machine.upstream.release("1.1.0", {"only_once": True}))
    installed(machine)


def test_a_machine_too_slow_for_any_self_test(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    update = Update(machine.layout, lambda _: None, self_test_s=3)
    with lacking(machine, "slow"), pytest.raises(Prevented, match=r"no end within 3 s; 1.0.0-\w+, which runs, fails"):
        update.run()
    assert status(machine)["bad"] == {}
    installed(machine)


def test_installing_again_never_takes_away_what_runs(machine: Machine) -> None:
    machine.settings(WRONG)
    done = machine.install()
    one_line(done, "1 broken: settings")
    assert status(machine)["bad"] == {}
    with lacking(machine, "no-zbar"):
        machine.settings(SETTINGS)
        one_line(machine.install(), "zbar is not there")
    silent(machine.install())


# --- The first minutes


def updated(machine: Machine, at: Step, do: Callable[[], object]) -> UpdateError:
    """How an update ends when something happens at one of its steps."""

    def tell(step: Step) -> None:
        if step is at:
            do()

    with pytest.raises(UpdateError) as raised:
        Update(machine.layout, tell).run()
    assert machine.current.startswith("1.0.0")
    return raised.value


def test_settings_become_wrong_before_it_starts(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    error = updated(machine, Step.PROMISED, lambda: machine.settings(WRONG))
    assert isinstance(error, Prevented)
    assert "it does not start: the settings are wrong" in str(error)
    assert status(machine)["bad"] == {}
    machine.settings(SETTINGS)
    machine.systemctl("restart")
    installed(machine)


def test_no_release_works_on_this_machine_any_more(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    with_sensor = machine.root / "no-sensor"
    error = updated(machine, Step.PROMISED, with_sensor.touch)
    assert isinstance(error, Prevented)
    assert "what ran before is not well either" in str(error)
    assert status(machine)["bad"] == {}
    with_sensor.unlink()
    machine.systemctl("restart")
    installed(machine)


def test_it_is_killed(machine: Machine) -> None:
    a_long_look(machine)
    machine.upstream.release("1.1.0", {"killed": True})
    excused(machine, machine.update(), "it does not stay up: it was ended from outside, as when memory runs out")


def test_the_disk_fills_up(machine: Machine) -> None:
    a_long_look(machine)
    machine.upstream.release("1.1.0", {"memory": "database or disk is full"})
    excused(machine, machine.update(), "its memory fails", "the disk is full")


@pytest.mark.parametrize(
    ("faults", "told"),
    [({"mute": True}, "it gives no answer"), ({"never_ready": True}, "it is not ready")],
    ids=["mute", "never ready"],
)
def test_what_may_be_a_busy_machine_is_believed_once(machine: Machine, faults: dict[str, object], told: str) -> None:
    release = machine.upstream.release("1.1.0", faults)
    excused(machine, machine.update(), told, "a busy machine may be to blame")
    one_line(machine.update(), told)
    assert release in str(status(machine)["bad"])
    silent(machine.update())


def test_somebody_stops_the_agent_meanwhile(machine: Machine) -> None:
    a_long_look(machine)
    good_release(machine, "1.1.0")
    error = updated(machine, Step.RESTARTED, lambda: machine.systemctl("stop"))
    assert isinstance(error, Prevented)
    assert "the agent was stopped by hand; it is tried again; 1.0.0-" in str(error)
    assert ask_agent(machine.layout.runtime / "agent.sock") is None, "who stops it wants it stopped"
    machine.systemctl("start")
    installed(machine)


def test_somebody_starts_the_agent_again_meanwhile(machine: Machine) -> None:
    a_long_look(machine)
    good_release(machine, "1.1.0")
    updating = machine.begin_update()
    until_switched(machine)
    machine.systemctl("restart")
    _, said = updating.communicate(timeout=PATIENCE_S)
    assert (updating.returncode, said) == (0, "")
    assert machine.current.startswith("1.1.0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_somebody_ends_the_updater(machine: Machine, number: signal.Signals) -> None:
    """A shutdown does that, too: the switch is taken back before the end."""
    a_long_look(machine)
    good_release(machine, "1.1.0")
    updating = machine.begin_update()
    until_switched(machine)
    updating.send_signal(number)
    _, said = updating.communicate(timeout=PATIENCE_S)
    assert updating.returncode == 1
    assert "was confirmed; 1.0.0-" in said
    assert len(said.splitlines()) == 1
    assert status(machine)["unconfirmed"] is None
    installed(machine)


def test_the_updater_is_killed_again_and_again(machine: Machine) -> None:
    """That says nothing about the release, as long as the machine itself stays up."""
    good_release(machine, "1.1.0")
    for _ in range(4):
        machine.cut_after("RESTARTED", "update", power=False)
    done = machine.update()
    assert done.returncode == 0
    assert "was interrupted" in done.stderr
    assert status(machine)["bad"] == {}
    assert machine.current.startswith("1.1.0")


def until_switched(machine: Machine) -> None:
    until = time.monotonic() + PATIENCE_S
    answer = None
    while not (answer := ask_agent(machine.layout.runtime / "agent.sock")) or answer["version"] != "1.1.0":
        assert time.monotonic() < until
        time.sleep(0.05)


# --- Setting up, and the updater that a release brings


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'setup: the package index cannot be reached' >&2; exit 1", "the package index cannot be reached"),
        ("kill -9 $$", "setting up 1.1.0-"),
        ("echo 'setup: the disk is full' >&2; exit 1", "the disk is full"),
    ],
    ids=["network", "killed", "disk"],
)
def test_setting_up_lacks_something(machine: Machine, script: str, told: str) -> None:
    machine.upstream.release("1.1.0", files={"scripts/setup.sh": f"#!/bin/sh\n{script}\n"})
    before = machine.current
    for _ in range(2):
        one_line(machine.update(), told)
    assert (machine.current, status(machine)["bad"]) == (before, {})


@pytest.mark.parametrize(
    "ends", ["import os\nos.kill(os.getpid(), 9)\n", "raise SystemExit(78)\n"], ids=["killed", "settings"]
)
def test_the_updater_it_brings_lacks_something(machine: Machine, ends: str) -> None:
    commit = machine.upstream.commit("1.1.0", files={"updater/__main__.py": ends})
    machine.upstream.tag("v1.1.0")
    machine.good.add(f"1.1.0-{commit[:12]}")
    for _ in range(2):
        one_line(machine.update(), "its updater could not be tried")
        assert machine.current.startswith("1.1.0")
        assert status(machine)["bad"] == {}


# --- Forgiveness


def test_a_release_that_proves_good_is_on_no_list(machine: Machine) -> None:
    release = good_release(machine, "1.1.0")
    silent(machine.update())
    silent(machine.update("--rollback"))
    assert list(dict(status(machine)["bad"])) == [release]  # type: ignore[call-overload]
    silent(machine.install())
    assert machine.current == release
    assert status(machine)["bad"] == {}


# --- What is the release's own


def test_a_release_that_fails_where_the_one_before_does_well(machine: Machine) -> None:
    before, release = machine.current, machine.upstream.release("1.1.0", {"self_test": True})
    with pytest.raises(Unfit, match="reads nothing"):
        Update(machine.layout, lambda _: None).run()
    assert machine.current == before
    assert release in str(status(machine)["bad"])
