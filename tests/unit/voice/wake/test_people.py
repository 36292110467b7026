import json
import stat
from pathlib import Path

import pytest

from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.voice.wake.people import TaughtPeople, head_of, heads_in, recordings_of, write_private


def taught(people: TaughtPeople, name: str, mark: bytes = b"1", *, keep: bool = True) -> None:
    new = people.begin(name)
    write_private(head_of(new), mark)
    write_private(recordings_of(new) / "01.wav", b"sound")
    people.finish(name, new, {"taught_at": "2026-11-30T18:00:00+09:00", "sayings": 1}, keep_recordings=keep)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "wake"


@pytest.fixture
def people(folder: Path) -> TaughtPeople:
    return TaughtPeople(folder)


def test_everybody_who_taught_is_listed_and_listened_for(people: TaughtPeople, folder: Path) -> None:
    taught(people, "민아")
    taught(people, "Jo", keep=False)
    assert [(one.name, one.recordings, one.lesson["sayings"]) for one in people.list()] == [
        ("Jo", 0, 1),
        ("민아", 1, 1),
    ]
    assert [one.file.parent.name for one in heads_in(folder)] == ["Jo", "민아"]


def test_nobody_else_on_the_machine_can_hear_it(people: TaughtPeople, folder: Path) -> None:
    taught(people, "mina")
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_lesson_that_is_not_finished_changes_nothing(people: TaughtPeople, folder: Path) -> None:
    taught(people, "mina", b"old")
    write_private(head_of(people.begin("mina")), b"new")
    assert [one.file.read_bytes() for one in heads_in(folder)] == [b"old"]
    assert [one.name for one in people.list()] == ["mina"]


def test_the_last_lesson_can_be_taken_back(people: TaughtPeople, folder: Path) -> None:
    taught(people, "mina", b"first")
    taught(people, "mina", b"second")
    assert people.undo("mina")
    assert [one.file.read_bytes() for one in heads_in(folder)] == [b"first"]
    assert not people.undo("mina")
    assert not heads_in(folder)
    assert list(folder.iterdir()) == []


def test_recordings_can_be_deleted_and_everything_forgotten(people: TaughtPeople, folder: Path) -> None:
    taught(people, "mina")
    taught(people, "mina")
    assert people.delete_recordings("mina") == 2
    assert not list(folder.rglob("*.wav"))
    assert len(heads_in(folder)) == 1
    people.forget("mina")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../escape", "a/b", ".hidden", ""])
def test_a_name_is_no_way_out_of_the_folder(people: TaughtPeople, name: str) -> None:
    with pytest.raises(InvalidValue):
        people.begin(name)


def test_who_has_not_taught_cannot_be_forgotten(people: TaughtPeople) -> None:
    for act in (people.forget, people.undo, people.delete_recordings):
        with pytest.raises(DeviceError, match="befresh-agent wake list"):
            act("nobody")


def test_a_lesson_that_cannot_be_read_is_still_listed(people: TaughtPeople, folder: Path) -> None:
    taught(people, "mina")
    (folder / "mina" / "lesson.json").write_text("not json")
    assert [(one.name, one.lesson) for one in people.list()] == [("mina", {})]
    (folder / "mina" / "lesson.json").write_text(json.dumps([1]))
    assert [one.lesson for one in people.list()] == [{}]
