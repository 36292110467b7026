"""The switch from one release to another over real folders, links and databases; only systemd is played."""

import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from befresh_update.channel import Release
from befresh_update.errors import Later, Prevented, Slow, Unfit, UpdateError
from befresh_update.journal import Journal, Pending
from befresh_update.layout import READY, Layout
from befresh_update.program import ProgramFailed
from befresh_update.releases import Releases
from befresh_update.repository import Repository
from befresh_update.service import Service, Standing
from befresh_update.steps import Step
from befresh_update.switching import Switching
from befresh_update.wishes import Places

OLD = Release("1.0.0", "a" * 40)
NEW = Release("2.0.0", "b" * 40)
GOOD_STEPS = [Step.COPIED, Step.PROMISED, Step.SWITCHED, Step.RESTARTED, Step.WATCHED, Step.CONFIRMED]
WAY_BACK = [Step.STOPPED, Step.SETTLED, Step.BACK]


class Systemd(Service):
    """Notes what it is told, and fails as `fails` says: by the call, and by the release's version."""

    def __init__(self, socket: Path, current: Callable[[], Release | None]) -> None:
        super().__init__(socket)
        self._current = current
        self.calls: list[str] = []
        self.fails: dict[str, BaseException] = {}
        self.state = "active"
        self.meanwhile: Callable[[str], None] = lambda version: None
        """What happens while that version is watched."""

    @property
    def _running(self) -> str:
        current = self._current()
        return current.version if current else "nothing"

    def _called(self, call: str, version: str) -> None:
        self.calls.append(f"{call} {version}")
        if error := self.fails.get(f"{call.split()[0]} {version}"):
            raise error

    def standing(self) -> Standing:
        return Standing(self.state, pid=1, enabled=True, restarts=0, result="success", status=0)

    def restart(self) -> None:
        self._called("restart", self._running)

    def stop(self) -> None:
        self._called("stop", self._running)

    def watch(self, version: str, for_s: float) -> None:
        self.meanwhile(version)
        self._called(f"watch {for_s:g}", version)


class MendedRepository(Repository):
    """Files changed by hand are put right by git; here it is noted."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.mended: list[tuple[str, str]] = []
        self.refuses = False

    def mend(self, commit: str, folder: Path) -> None:
        if self.refuses:
            raise UpdateError("git is gone")
        self.mended.append((commit, folder.name))


class Machine:
    """A machine on which the old release runs, and the new one is built."""

    def __init__(self, root: Path, user: str | None = None) -> None:
        self.layout = Layout(root)
        self.repository = MendedRepository(self.layout.repository)
        self.releases = Releases(self.layout, self.repository)
        for release in (OLD, NEW):
            self.releases.folder(release.id).mkdir(parents=True)
            (self.releases.folder(release.id) / READY).write_text(f"{release.commit}\n")
        self.releases.point_at(OLD.id)
        self.journal = Journal(self.layout.state)
        self.layout.state.mkdir()
        self.journal.confirm(OLD.id)
        self.database = self.layout.data / "agent.db"
        self.layout.data.mkdir(parents=True)
        with closing(sqlite3.connect(self.database)) as connection:
            connection.executescript("CREATE TABLE items (id TEXT PRIMARY KEY, name TEXT);")
        self.register("김치")
        self.systemd = Systemd(root / "socket", lambda: self.releases.current)
        self.told: list[Step] = []
        self.seen: dict[Step, tuple[Release | None, Pending | None]] = {}
        places = Places(self.database, root / "socket")
        self.switching = Switching(self.layout, self.releases, self.journal, self.systemd, places, user, self._tell)

    def _tell(self, step: Step) -> None:
        self.told.append(step)
        self.seen[step] = self.releases.current, self.journal.pending

    def switch(self, last_look: Callable[[], None] = lambda: None) -> None:
        self.switching.switch(NEW, self.releases.current, health_s=30, last_look=last_look)

    def register(self, name: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("INSERT INTO items VALUES (?, ?)", (os.urandom(4).hex(), name))

    def foods(self, path: Path | None = None) -> list[str]:
        with closing(sqlite3.connect(path or self.database)) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM items ORDER BY rowid")]

    def runs(self, release: Release | None) -> bool:
        """That release alone, with no promise left open."""
        return self.releases.current == release and self.journal.pending is None


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_good_release_runs_and_is_confirmed(machine: Machine) -> None:
    machine.switch()
    assert machine.runs(NEW)
    assert machine.journal.confirmed == [OLD.id, NEW.id]
    assert machine.told == GOOD_STEPS
    assert machine.systemd.calls == ["restart 2.0.0", "watch 30 2.0.0"]
    assert machine.foods(machine.switching.copy_before(NEW.id)) == ["김치"]


def test_the_promise_stands_before_the_link_is_changed_and_until_it_is_confirmed(machine: Machine) -> None:
    machine.switch()
    promise = Pending(NEW.id, OLD.id)
    assert machine.seen == {
        Step.COPIED: (OLD, None),
        Step.PROMISED: (OLD, promise),
        Step.SWITCHED: (NEW, promise),
        Step.RESTARTED: (NEW, promise),
        Step.WATCHED: (NEW, promise),
        Step.CONFIRMED: (NEW, None),
    }


def test_whoever_uses_the_fridge_at_the_last_moment_is_not_disturbed(machine: Machine) -> None:
    def somebody() -> None:
        raise Later("a session is open")

    with pytest.raises(Later, match="a session is open"):
        machine.switch(somebody)
    assert machine.runs(OLD)
    assert machine.systemd.calls == []
    assert machine.told == [Step.COPIED]


@pytest.mark.parametrize(
    ("call", "error", "why"),
    [
        ("restart 2.0.0", Unfit("it does not start"), "it does not start"),
        ("watch 2.0.0", Unfit("it is not ready"), "it is not ready"),
        ("restart 2.0.0", ProgramFailed("systemctl restart", 1, "no bus"), "systemctl restart: no bus"),
    ],
)
def test_an_unfit_release_is_taken_back_and_condemned(machine: Machine, call: str, error: Exception, why: str) -> None:
    machine.systemd.fails[call] = error
    with pytest.raises(Unfit) as raised:
        machine.switch()
    assert str(raised.value) == f"{NEW.id} was taken back: {why}; {OLD.id} runs again"
    assert machine.runs(OLD)
    assert machine.journal.bad == {NEW.id: why}
    assert machine.journal.confirmed == [OLD.id]
    assert machine.told[-3:] == WAY_BACK
    assert machine.systemd.calls[-3:] == ["stop 2.0.0", "restart 1.0.0", "watch 1 1.0.0"]
    assert machine.repository.mended == [(OLD.commit, OLD.id)]


def test_a_release_that_is_slow_is_condemned_only_the_second_time(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Slow("it is not ready")
    with pytest.raises(Prevented) as raised:
        machine.switch()
    blame = "a busy machine may be to blame; it is tried again"
    assert str(raised.value) == f"{NEW.id} was taken back: it is not ready; {blame}; {OLD.id} runs again"
    assert machine.runs(OLD)
    assert machine.journal.bad == {}
    with pytest.raises(Unfit, match="it is not ready"):
        machine.switch()
    assert machine.journal.bad == {NEW.id: "it is not ready"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Prevented("the disk is full"), "the disk is full; it is tried again"),
        (UpdateError("systemd is gone"), "systemd is gone; that was not its doing; it is tried again"),
        (
            ProgramFailed("systemctl restart", 78, "no"),
            "systemctl restart: no; the settings are wrong (see: sudo befresh-agent config check); it is tried again",
        ),
    ],
)
def test_what_is_not_the_releases_own_doing_condemns_it_never(machine: Machine, error: Exception, told: str) -> None:
    machine.systemd.fails["restart 2.0.0"] = error
    for _ in range(3):
        with pytest.raises(Prevented) as raised:
            machine.switch()
        assert str(raised.value) == f"{NEW.id} was taken back: {told}; {OLD.id} runs again"
        assert machine.runs(OLD)
    assert machine.journal.bad == {}


def test_an_agent_that_was_stopped_by_hand_meanwhile_is_not_started(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    machine.systemd.state = "inactive"
    with pytest.raises(Unfit, match=rf"it is not ready; {OLD.id} runs again, once it is started$"):
        machine.switch()
    assert machine.runs(OLD)
    assert machine.systemd.calls[-1] == "stop 2.0.0"
    assert machine.journal.bad == {NEW.id: "it is not ready"}


def test_a_first_release_whose_agent_was_stopped_by_hand_is_tried_again(machine: Machine) -> None:
    machine.releases.point_nowhere()
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    machine.systemd.state = "inactive"
    with pytest.raises(Prevented, match=r"nothing ran before it; .*no release is installed, once it is started$"):
        machine.switch()
    assert machine.journal.bad == {}


def test_on_the_way_back_the_promise_stands_until_the_old_release_is_linked(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    with pytest.raises(Unfit):
        machine.switch()
    promise = Pending(NEW.id, OLD.id)
    assert [machine.seen[step] for step in WAY_BACK] == [(NEW, promise), (NEW, promise), (OLD, promise)]


def test_what_was_registered_while_the_new_one_ran_is_kept(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    machine.systemd.meanwhile = lambda version: machine.register("두부") if version == NEW.version else None
    with pytest.raises(Unfit):
        machine.switch()
    assert machine.foods() == ["김치", "두부"]


def test_what_becomes_of_a_damaged_database_is_told_with_the_way_back(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    machine.systemd.meanwhile = lambda version: damage(machine.database) if version == NEW.version else None
    with pytest.raises(Unfit) as raised:
        machine.switch()
    way_back = f"{OLD.id} runs again; the newer database is kept as {machine.database}.newer-1"
    assert str(raised.value) == f"{NEW.id} was taken back: it is not ready; {way_back}"


def test_the_database_is_touched_as_the_services_user_alone(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user="nobody-of-that-name")
    with pytest.raises(UpdateError, match="the copy of the database: "):
        machine.switch()
    assert machine.told == []
    assert machine.runs(OLD)
    interrupted(machine)
    assert "nobody-of-that-name" in machine.switching.go_back(Pending(NEW.id, OLD.id), running=False)[1]


def test_when_the_old_release_does_not_come_back_either_both_are_told(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = Unfit("it is not ready")
    machine.systemd.fails["watch 1.0.0"] = Unfit("it gives no answer")
    with pytest.raises(Prevented) as raised:
        machine.switch()
    why = "what ran before is not well either; it is tried again"
    assert str(raised.value).endswith(f"it is not ready; {why}; {OLD.id} runs again, but it gives no answer")
    assert machine.runs(OLD)
    assert machine.journal.bad == {}


def test_whoever_stops_an_update_gets_the_old_release_back_and_condemns_nothing(machine: Machine) -> None:
    machine.systemd.fails["watch 2.0.0"] = KeyboardInterrupt()
    with pytest.raises(UpdateError) as raised:
        machine.switch()
    assert str(raised.value) == f"stopped before {NEW.id} was confirmed; {OLD.id} runs again"
    assert not isinstance(raised.value, Unfit)
    assert machine.runs(OLD)
    assert machine.journal.bad == {}


def test_a_first_release_that_is_unfit_leaves_none_installed(machine: Machine) -> None:
    machine.releases.point_nowhere()
    machine.systemd.fails["restart 2.0.0"] = Unfit("it does not start")
    with pytest.raises(Prevented, match=r"nothing ran before it; it is tried again; no release is installed$"):
        machine.switch()
    assert machine.runs(None)
    assert machine.systemd.calls == ["restart 2.0.0", "stop 2.0.0"]


def test_a_first_release_that_is_good_is_confirmed(machine: Machine) -> None:
    machine.releases.point_nowhere()
    machine.switch()
    assert machine.runs(NEW)
    assert machine.seen[Step.PROMISED] == (None, Pending(NEW.id, ""))


def damage(database: Path) -> None:
    database.write_bytes(b"no database" * 500)


def interrupted(machine: Machine) -> None:
    """The power went away after the link was changed."""
    machine.switching.copy_before(NEW.id).write_bytes(machine.database.read_bytes())
    machine.journal.promise(Pending(NEW.id, OLD.id))
    machine.releases.point_at(NEW.id)


def test_a_switch_that_nobody_confirmed_is_taken_back_at_the_next_start(machine: Machine) -> None:
    interrupted(machine)
    told = machine.switching.recover(running=False)
    assert told == f"the update to {NEW.id} was interrupted; {OLD.id} runs again"
    assert machine.runs(OLD)
    assert machine.journal.bad == {}
    assert machine.systemd.calls == []
    assert machine.switching.recover(running=False) == ""


def test_an_agent_that_may_run_is_stopped_before_its_database_is_looked_at(machine: Machine) -> None:
    interrupted(machine)
    machine.systemd.fails["stop 2.0.0"] = ProgramFailed("systemctl stop", 1, "no bus")
    machine.switching.recover(running=True)
    assert machine.systemd.calls == ["stop 2.0.0"]
    assert machine.told == WAY_BACK
    assert machine.runs(OLD)


def test_a_release_that_brings_the_machine_down_three_times_is_condemned(machine: Machine) -> None:
    for _ in range(2):
        interrupted(machine)
        machine.switching.recover(running=False)
    assert machine.journal.bad == {}
    interrupted(machine)
    told = machine.switching.recover(running=False)
    why = "that was too often: it is not tried again"
    assert told == f"the update to {NEW.id} was interrupted; {why}; {OLD.id} runs again"
    assert machine.journal.bad == {NEW.id: "its first minutes were cut short too often"}


def test_only_the_machine_that_goes_down_counts_and_not_the_updater_that_is_ended(machine: Machine) -> None:
    for _ in range(5):
        interrupted(machine)
        machine.switching.recover(running=True)
    assert machine.journal.bad == {}


def test_what_was_confirmed_and_is_taken_back_is_nothing_to_go_back_to(machine: Machine) -> None:
    machine.switch()
    machine.switching.go_back(Pending(NEW.id, OLD.id), running=True)
    assert machine.runs(OLD)
    assert machine.journal.confirmed == [OLD.id]


def test_a_release_before_that_is_gone_leaves_none_installed(machine: Machine) -> None:
    interrupted(machine)
    machine.releases.forget(OLD.id)
    assert machine.switching.go_back(Pending(NEW.id, OLD.id), running=False) == ["no release is installed"]
    assert machine.runs(None)


def test_going_back_does_not_wait_for_git(machine: Machine) -> None:
    interrupted(machine)
    machine.repository.refuses = True
    assert machine.switching.go_back(Pending(NEW.id, OLD.id), running=False) == [f"{OLD.id} runs again"]


def test_a_database_that_is_in_use_stays_and_keeps_nobody_from_going_back(machine: Machine) -> None:
    interrupted(machine)
    handle = os.open(machine.database.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    first, second = machine.switching.go_back(Pending(NEW.id, OLD.id), running=False)
    os.close(handle)
    assert first == f"{OLD.id} runs again"
    assert second.startswith("the database stays as it is: the copy of the database: ")
    assert "is in use" in second
    assert machine.runs(OLD)


def test_a_database_that_the_new_release_damaged_is_put_aside(machine: Machine) -> None:
    interrupted(machine)
    damage(machine.database)
    told = machine.switching.recover(running=False)
    way_back = f"{OLD.id} runs again; the newer database is kept as {machine.database}.newer-1"
    assert told == f"the update to {NEW.id} was interrupted; {way_back}"
    assert machine.foods() == ["김치"]


def test_what_the_old_form_has_no_place_for_is_counted(machine: Machine) -> None:
    interrupted(machine)
    with closing(sqlite3.connect(machine.database)) as connection:
        connection.executescript(
            "CREATE TABLE fresh (id TEXT, name TEXT); INSERT INTO fresh SELECT * FROM items;"
            "DROP TABLE items; ALTER TABLE fresh RENAME TO items;"
            "INSERT INTO items SELECT * FROM items; PRAGMA user_version = 2;"
        )
    lines = machine.switching.go_back(Pending(NEW.id, OLD.id), running=False)
    assert lines[1:] == [f"1 entries of the database are whole in {machine.database}.newer-1 only"]
    assert machine.foods() == ["김치"]


def test_copies_from_before_releases_that_are_gone_are_forgotten(machine: Machine) -> None:
    for release in ("1.0.0-aaa", "1.1.0-bbb", "2.0.0-ccc"):
        machine.switching.copy_before(release).write_text("")
    machine.switching.forget_copies({"1.1.0-bbb"})
    left = sorted(path.name for path in machine.layout.data.iterdir())
    assert left == ["agent.db", "agent.db.before-1.1.0-bbb"]
