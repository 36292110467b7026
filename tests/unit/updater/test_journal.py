"""What an update remembers over a power cut."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from befresh_update.errors import Later, UpdateError
from befresh_update.journal import Journal, Outcome, Pending


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "state")
    with journal.locked():
        return journal


def noted(journal: Journal, code: int, line: str) -> Outcome:
    """How the run ended, as it is remembered."""
    journal.note(code, line)
    outcome = journal.outcome
    assert outcome is not None
    assert (outcome.code, outcome.line) == (code, line)
    return outcome


def text(tmp_path: Path, name: str) -> str:
    return (tmp_path / "state" / name).read_text(encoding="utf-8")


def test_a_promise_stands_until_it_is_fulfilled(journal: Journal, tmp_path: Path) -> None:
    assert journal.pending is None
    journal.promise(Pending("2.0.0-bbb", "1.0.0-aaa"))
    assert Journal(tmp_path / "state").pending == Pending("2.0.0-bbb", "1.0.0-aaa")
    assert text(tmp_path, "pending") == "next 2.0.0-bbb\nprevious 1.0.0-aaa\n"
    journal.fulfil()
    assert journal.pending is None
    journal.fulfil()


def test_at_the_first_installation_there_is_nothing_to_go_back_to(journal: Journal, tmp_path: Path) -> None:
    journal.promise(Pending("1.0.0-aaa", ""))
    assert journal.pending == Pending("1.0.0-aaa", "")
    (tmp_path / "state" / "pending").write_text("next 1.0.0-aaa\n")
    assert journal.pending == Pending("1.0.0-aaa", "")
    (tmp_path / "state" / "pending").write_text("")
    assert journal.pending is None


def test_what_is_bad_is_remembered_with_the_first_reason(journal: Journal, tmp_path: Path) -> None:
    journal.condemn("2.0.0-bbb", "it does not start")
    journal.condemn("2.0.0-bbb", "something else")
    journal.condemn("2.1.0-ccc", "it is not ready")
    assert journal.bad == {"2.0.0-bbb": "it does not start", "2.1.0-ccc": "it is not ready"}
    assert text(tmp_path, "bad") == "2.0.0-bbb it does not start\n2.1.0-ccc it is not ready\n"


def test_the_latest_that_proved_good_stands_last_and_each_once(journal: Journal) -> None:
    for release in ("a", "b", "a"):
        journal.confirm(release)
    assert journal.confirmed == ["b", "a"]
    journal.retract("b")
    journal.retract("never")
    assert journal.confirmed == ["a"]


def test_of_many_that_proved_good_the_last_twenty_one_are_remembered(journal: Journal) -> None:
    for number in range(30):
        journal.confirm(str(number))
    assert journal.confirmed == [str(number) for number in range(9, 30)]


def test_three_interruptions_are_too_many_for_one_release(journal: Journal) -> None:
    assert not journal.interrupted("2.0.0-bbb")
    assert not journal.interrupted("2.0.0-bbb")
    assert not journal.interrupted("2.1.0-ccc")
    assert journal.interrupted("2.0.0-bbb")
    assert journal.interrupted("2.0.0-bbb")


def test_what_may_not_be_its_fault_counts_the_second_time(journal: Journal) -> None:
    assert not journal.doubted("2.0.0-bbb")
    assert not journal.doubted("2.1.0-ccc")
    assert journal.doubted("2.0.0-bbb")
    assert journal.doubted("2.0.0-bbb")


@pytest.mark.parametrize("by", [Journal.pardon, Journal.confirm])
def test_whoever_is_pardoned_or_proves_good_begins_anew_and_nobody_else(
    journal: Journal, by: Callable[[Journal, str], None]
) -> None:
    for release in ("2.0.0-bbb", "2.1.0-ccc"):
        journal.condemn(release, "it is not ready")
        journal.doubted(release)
        journal.interrupted(release)
        journal.interrupted(release)
    by(journal, "2.0.0-bbb")
    assert journal.bad == {"2.1.0-ccc": "it is not ready"}
    assert not journal.doubted("2.0.0-bbb")
    assert journal.doubted("2.1.0-ccc")
    assert not journal.interrupted("2.0.0-bbb")
    assert journal.interrupted("2.1.0-ccc")
    by(journal, "never-heard-of")
    assert journal.bad == {"2.1.0-ccc": "it is not ready"}


def test_how_a_run_ended_and_when_the_last_good_one_did(journal: Journal) -> None:
    assert journal.outcome is None
    began = time.time()
    assert noted(journal, 1, "no network").good_at == 0
    good = noted(journal, 0, "")
    assert began <= good.at == good.good_at <= time.time()
    later = noted(journal, 75, "잠시 뒤에")
    assert later.at > later.good_at == good.at


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('{"at":1,"code":0,"line":"x","good_at":1,"more":2}', Outcome(1, 0, "x", 1)),
        ('{"at":1.5,"code":1}', Outcome(1.5, 1, "", 0)),
        ('{"at":0,"code":75,"line":7,"good_at":true}', Outcome(0, 75, "", 0)),
        ('{"at":253402300799,"code":0,"good_at":-1}', Outcome(253402300799, 0, "", 0)),
    ],
)
def test_an_outcome_of_another_release_of_this_program_is_read_as_far_as_it_is_understood(
    journal: Journal, tmp_path: Path, said: str, outcome: Outcome
) -> None:
    (tmp_path / "state" / "outcome").write_text(said)
    assert journal.outcome == outcome


@pytest.mark.parametrize(
    "garbled",
    [
        "",
        "{",
        "[]",
        '{"at": 1}',
        '{"code": 1}',
        '{"at": true, "code": 1}',
        '{"at": -1, "code": 1}',
        '{"at": 253402300800, "code": 1}',
        '{"at": "1", "code": 1}',
        '{"at": 1, "code": "1"}',
        "[" * 100_000,
    ],
)
def test_an_outcome_that_cannot_be_read_is_none(journal: Journal, tmp_path: Path, garbled: str) -> None:
    (tmp_path / "state" / "outcome").write_text(garbled)
    assert journal.outcome is None
    assert noted(journal, 1, "no network").good_at == 0


def test_an_outcome_is_one_line_that_people_can_read(journal: Journal, tmp_path: Path) -> None:
    journal.note(1, "냉장고")
    assert "냉장고" in text(tmp_path, "outcome")
    assert text(tmp_path, "outcome").endswith("}\n")
    assert set(json.loads(text(tmp_path, "outcome"))) == {"at", "code", "line", "good_at"}


def test_where_updates_come_from_is_written_when_it_changes(journal: Journal, tmp_path: Path) -> None:
    assert journal.origin == ""
    journal.note_origin("https://example.org/fridge.git")
    assert journal.origin == "https://example.org/fridge.git"
    before = (tmp_path / "state" / "origin").stat().st_ino
    journal.note_origin("https://example.org/fridge.git")
    assert (tmp_path / "state" / "origin").stat().st_ino == before
    journal.note_origin("/home/kim/fridge")
    assert text(tmp_path, "origin") == "/home/kim/fridge\n"


def test_the_branch_is_written_when_it_is_known_and_changes(journal: Journal, tmp_path: Path) -> None:
    journal.note_branch("")
    assert journal.branch == ""
    assert not (tmp_path / "state" / "branch").exists()
    journal.note_branch("main")
    assert (journal.branch, text(tmp_path, "branch")) == ("main", "main\n")
    before = (tmp_path / "state" / "branch").stat().st_ino
    for unchanged in ("main", ""):
        journal.note_branch(unchanged)
    assert (journal.branch, (tmp_path / "state" / "branch").stat().st_ino) == ("main", before)
    journal.note_branch("stable")
    assert text(tmp_path, "branch") == "stable\n"


def test_of_two_updates_at_once_the_second_comes_later(journal: Journal, tmp_path: Path) -> None:
    with journal.locked():
        with pytest.raises(Later, match="another update runs"), Journal(tmp_path / "state").locked():
            pytest.fail("both run")
        assert (tmp_path / "state" / "lock").stat().st_mode & 0o777 == 0o600
    with journal.locked():
        pass


def test_whoever_has_patience_waits_for_the_other_update(journal: Journal, tmp_path: Path) -> None:
    handle = os.open(tmp_path / "state" / "lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    released = threading.Timer(0.3, os.close, [handle])
    released.start()
    with journal.locked(patience_s=60):
        assert released.finished.is_set()
    released.join()


def test_patience_ends(journal: Journal, tmp_path: Path) -> None:
    with journal.locked():
        began = time.monotonic()
        with pytest.raises(Later), Journal(tmp_path / "state").locked(patience_s=0.3):
            pytest.fail("both run")
        assert 0.3 <= time.monotonic() - began < 30


def test_where_nothing_can_be_written_nothing_is_updated(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    locked = Journal(tmp_path / "file" / "state").locked()
    with pytest.raises(UpdateError, match=r"nothing can be updated here: .*file/state: Not a directory"), locked:
        pytest.fail("locked nowhere")
