"""What an update can meet, one test each. After every one a complete, verified release runs and all data is there.

That is checked by the fixture `machine` when the test is over; the tests say what else must be true.
"""

import fcntl
import json
import os
import shutil

import pytest

from tests.update.machine import Machine
from tests.update.upstream import git
from tests.update.words import a_long_look, good_release, one_line, silent, status


def test_first_install(empty_machine: Machine) -> None:
    machine = empty_machine
    silent(machine.install())
    machine.power_off()
    machine.boot()
    machine.register("사과")
    machine.check()
    silent(machine.install())
    machine.check()


def test_no_change(machine: Machine) -> None:
    before = machine.current
    silent(machine.update())
    assert machine.current == before


def test_good(machine: Machine) -> None:
    before, release = machine.current, machine.upstream.release("1.1.0", by_pip=True)
    machine.good.add(release)
    silent(machine.update())
    assert machine.current == release
    machine.register("우유")
    assert status(machine)["kept"] == [before, release]
    assert status(machine)["seen"] is None


@pytest.mark.updates
def test_only_three_releases_are_kept(machine: Machine) -> None:
    """The latest three, whatever a clock that leapt wrote beside their files."""
    releases = []
    for version, year in (("1.1.0", 2038), ("1.2.0", 2026), ("1.3.0", 1980)):
        releases.append(good_release(machine, version))
        silent(machine.update())
        at = (year - 1970) * 31_557_600
        os.utime(machine.layout.releases / releases[-1] / ".ready", (at, at))
    releases.append(good_release(machine, "1.4.0"))
    silent(machine.update())
    del releases[0]
    assert status(machine)["kept"] == releases
    copies = sorted(path.name for path in machine.layout.data.glob("agent.db.before-*"))
    assert copies == [f"agent.db.before-{release}" for release in releases]


def test_self_test_fails(machine: Machine) -> None:
    before, release = machine.current, machine.upstream.release("1.1.0", {"self_test": True})
    one_line(machine.update(), "its self-test: vision: the reader reads nothing")
    assert machine.current == before
    silent(machine.update())  # it was told once, and is not tried again
    assert release in str(status(machine)["bad"])
    good_release(machine, "1.1.1")
    silent(machine.update())
    assert machine.current.startswith("1.1.1")


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        pytest.param({"start": True}, "it does not start", id="does not start"),
        pytest.param({"dies_after": 0.2}, "it does not stay up", id="dies"),
        pytest.param({"memory": "it is upside down"}, "its memory fails: it is upside down", id="memory"),
        pytest.param({"says": "0.9.0"}, "it calls itself 0.9.0", id="another version", marks=pytest.mark.updates),
    ],
)
def test_health_fails(machine: Machine, faults: dict[str, object], why: str) -> None:
    a_long_look(machine)
    before, release = machine.current, machine.upstream.release("1.1.0", faults)
    done = machine.update()
    one_line(done, why)
    assert f"{before} runs again" in done.stderr
    assert machine.current == before
    silent(machine.update())
    assert release in str(status(machine)["bad"])
    assert status(machine)["seen"] == release, "a person may want to know that there is a newer one"


def test_dirty_checkout(machine: Machine) -> None:
    """Somebody changed what runs: the next release comes without it, and going back brings what was published."""
    program = machine.layout.current / "src" / "befresh_agent" / "agent.py"
    program.write_text(program.read_text() + "# by hand\n")
    assert status(machine)["edited"] == ["src/befresh_agent/agent.py"]
    release = good_release(machine, "1.1.0")
    silent(machine.update())
    assert machine.current == release
    silent(machine.update("--rollback"))
    assert machine.current.startswith("1.0.0")


def test_a_package_with_another_hash(machine: Machine) -> None:
    machine.upstream.release("1.1.0", lock_hash="0" * 64)
    one_line(machine.update(), "setting up 1.1.0-")
    assert status(machine)["bad"] == {}  # an index may be wrong for a day


def test_concurrent_run(machine: Machine) -> None:
    with (machine.layout.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        one_line(machine.update(), "another update runs", code=75)
        silent(machine.update("--scheduled"), code=75)


def test_busy_session(machine: Machine) -> None:
    before = machine.current
    good_release(machine, "1.1.0")
    (machine.layout.data / "session").touch()
    one_line(machine.update(), "a session is open", code=75)
    assert machine.current == before
    (machine.layout.data / "session").unlink()
    silent(machine.update())
    assert machine.current.startswith("1.1.0")


def test_a_stopped_agent_is_left_alone(machine: Machine) -> None:
    good_release(machine, "1.1.0")
    machine.systemctl("stop")
    one_line(machine.update(), "stopped by hand", code=75)
    machine.systemctl("start")


@pytest.mark.parametrize(
    "damage",
    [
        "garbled pack",
        pytest.param("no objects", marks=pytest.mark.updates),
        pytest.param("gone", marks=pytest.mark.updates),
        "half a config",
        pytest.param("stale lock", marks=pytest.mark.updates),
    ],
)
def test_broken_repository(machine: Machine, damage: str) -> None:
    release = good_release(machine, "1.1.0")
    repository = machine.layout.repository
    if damage == "garbled pack":
        git(repository, "gc", "--quiet")
        for pack in repository.glob("objects/pack/*.pack"):
            pack.chmod(0o600)
            with pack.open("r+b") as file:
                file.seek(pack.stat().st_size // 2)
                file.write(b"\0" * 512)
    elif damage == "no objects":
        shutil.rmtree(repository / "objects")
    elif damage == "gone":
        shutil.rmtree(repository)
    elif damage == "half a config":
        (repository / "config").write_text("[core\n")
    else:
        (repository / "refs" / "tags" / "v1.1.0.lock").parent.mkdir(parents=True, exist_ok=True)
        (repository / "refs" / "tags" / "v1.1.0.lock").touch()
        (repository / "packed-refs.lock").touch()
    silent(machine.update())
    assert machine.current == release


def test_no_network(machine: Machine) -> None:
    machine.settings('[update]\nhealth_s = 0.6\norigin = "https://127.0.0.1:1/befresh-agent.git"\n')
    one_line(machine.update(), "nothing could be fetched from https://127.0.0.1:1/befresh-agent.git")


def test_clock_not_set(machine: Machine) -> None:
    """To a clock that says 1970, what runs here was made in the future."""
    good_release(machine, "1.1.0", at="2096-01-01T00:00:00Z")
    silent(machine.update())
    good_release(machine, "1.2.0")
    one_line(machine.update(), "the clock is not set", code=75)
    assert machine.current.startswith("1.1.0")


@pytest.mark.parametrize(
    "brings",
    [
        pytest.param({"updater/befresh_update/command.py": "this is no Python\n"}, id="syntax"),
        pytest.param({"updater/__main__.py": "exit(1)\n"}, id="always fails", marks=pytest.mark.updates),
        pytest.param({"updater/befresh_update/update.py": "import gone\n"}, id="import", marks=pytest.mark.updates),
    ],
)
def test_updater_broken_by_the_release(machine: Machine, brings: dict[str, str]) -> None:
    """The release itself is good: it stays, with the updater from before, which brings the next one."""
    broken = machine.upstream.commit("1.1.0", files=brings)
    machine.upstream.tag("v1.1.0")
    machine.good.add(f"1.1.0-{broken[:12]}")
    one_line(machine.update(), "its updater does not work")
    assert machine.current.startswith("1.1.0")
    silent(machine.update())
    good_release(machine, "1.2.0")
    silent(machine.update())
    assert machine.current.startswith("1.2.0")
    assert (machine.layout.updater / "current").readlink().name.startswith("1.2.0")


def test_an_updater_that_falls_over_later(machine: Machine) -> None:
    """It passed its examination; the door takes the one before it then."""
    good_release(machine, "1.1.0")
    silent(machine.update())
    module = machine.layout.updater / "current" / "befresh_update" / "channel.py"
    module.write_text(module.read_text().replace("repository.tags()", "repository.no_such_thing()"))
    release = good_release(machine, "1.2.0")
    done = machine.update()
    assert done.returncode == 0
    assert "fell over" in done.stderr
    assert machine.current == release


def test_going_back_by_hand_and_not_forward_again(machine: Machine) -> None:
    before = machine.current
    good_release(machine, "1.1.0")
    silent(machine.update())
    machine.register("두부")
    silent(machine.update("--rollback"))
    assert machine.current == before
    one_line(machine.update("--rollback"), "there is no release to go back to")
    told = json.loads(machine.update("--rollback", "--json").stdout)
    assert told == {"error": "there is no release to go back to", "exit_code": 1}
    silent(machine.update())
    assert machine.current == before
    release = good_release(machine, "1.1.1")
    silent(machine.update())
    assert machine.current == release


def test_nothing_to_go_back_to(machine: Machine) -> None:
    one_line(machine.update("--rollback"), "there is no release to go back to")
    told = json.loads(machine.update("--rollback", "--json").stdout)
    assert told == {"error": "there is no release to go back to", "exit_code": 1}


def test_check_only_looks(machine: Machine) -> None:
    before = machine.current
    release = good_release(machine, "1.1.0")
    told = json.loads(machine.update("--check", "--json").stdout)
    assert (told["release"], told["due"], told["channel"]) == (before, release, "signed tags, ring 99")
    assert machine.current == before


def test_switched_off(machine: Machine) -> None:
    machine.settings("[update]\nhealth_s = 0.6\nenabled = false\n")
    before = machine.current
    release = good_release(machine, "1.1.0")
    silent(machine.update("--scheduled"))
    assert machine.current == before
    silent(machine.update())  # by hand it still works
    assert machine.current == release


def test_wrong_settings(machine: Machine) -> None:
    machine.settings("[update]\nchannel = 3\n")
    one_line(machine.update(), "update.channel = 3: give a str", code=78)


def test_settings_that_others_may_write(machine: Machine) -> None:
    (machine.root / "etc/befresh-agent/config.toml").chmod(0o666)
    one_line(machine.update(), "others may write it", code=78)
