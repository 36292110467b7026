"""Scenarios are checked before they are played."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from befresh_agent.errors import SettingsError
from befresh_agent.settings.loader import read
from befresh_agent.simulation.scenario import ScenarioStep, direction, find_scenario, load_scenario

REPOSITORY = Path(__file__).parents[3]


def wrong(tmp_path: Path, content: str) -> SettingsError:
    file = tmp_path / "scenario.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_scenario(file)
    return caught.value


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "config" / "scenarios").glob("*.toml")), ids=lambda file: file.stem
)
def test_every_shipped_scenario_is_sound_and_found_by_its_name(file: Path) -> None:
    assert load_scenario(find_scenario(file.stem)) == load_scenario(file)
    assert set(load_scenario(file).known) <= set(load_scenario(file).in_the_air)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("title = 'x'\n[[step]]\ndo = 'dance'\n", "come"),
        ("title = 'x'\n[[step]]\ndo = 'show'\n", "picture"),
        ("title = 'x'\n[[step]]\ndo = 'ask'\n", "name"),
        ("title = 'x'\n[[step]]\ndo = 'show'\npicture = 'none.jpg'\n", "none.jpg"),
        ("title = 'x'\n[[step]]\ndo = 'break'\nwhat = 'heart'\n", "camera"),
        ("title = 'x'\n[[step]]\ndo = 'away'\nwhat = 'the left one'\n", "Bluetooth"),
        ("title = 'x'\nroster = ['nonsense']\n", "Bluetooth"),
        ("title = [", "scenario.toml:1"),
        ("title = 'x'\n\n[[step]]\ndo = 'come'\n[[step]]\ndo = 'presss'\n", "scenario.toml:6: step.do"),
        ("title = 'x'\n\n[[step]]\ndo = 'come'\n[[step]]\ndo = 'presss'\n", "did you mean press?"),
        ("title = 'x'\n[past]\nhours = 1\nnames = {x = 'y'}\n", "scenario.toml:4: [past.names]"),
        ("[[step]]\ndo = 'come'\n", "title"),
    ],
)
def test_a_wrong_scenario_says_what_is_wrong(tmp_path: Path, content: str, hint: str) -> None:
    assert hint in str(wrong(tmp_path, content))


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match=r"none\.toml.*demo.*trouble"):
        load_scenario(find_scenario("none.toml"))


def test_a_copy_elsewhere_finds_the_pictures_that_come_with_the_agent(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_bytes(find_scenario("demo").read_bytes())
    assert load_scenario(copy).step == load_scenario(find_scenario("demo")).step


def test_a_picture_beside_the_scenario_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    mine = tmp_path / "pictures" / "milk.jpg"
    mine.write_bytes(b"mine")
    copy = tmp_path / "mine.toml"
    copy.write_bytes(find_scenario("demo").read_bytes())
    assert mine in [step.picture for step in load_scenario(copy).step]


@pytest.mark.parametrize("kind", get_args(ScenarioStep.model_fields["do"].annotation))
def test_every_kind_of_step_can_be_told_to_a_spectator(kind: str) -> None:
    step = ScenarioStep.model_construct(do=kind, picture=Path("milk.jpg"), name="우유", what="camera", tells=None)
    text = direction(step, "일반 등록")
    assert text is None if kind == "wait" else text and "{" not in text


def test_a_name_that_is_none_lists_those_that_come_with_the_agent() -> None:
    with pytest.raises(SettingsError, match=r"by-hand, demo, .*trouble, week; did you mean demo\?") as caught:
        find_scenario("dem")
    assert "Errno" not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "title = 'x'\n[[step]]\ndo = 'show'\npicture = 'a.jpg'\n[[step]]\ndo = 'show'\npicture = 'b.jpg'\n"
    file = tmp_path / "scenario.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_scenario(file)
    assert [(one.line, one.value) for one in caught.value.mistakes] == [(4, "a.jpg"), (7, "b.jpg")]


def test_a_wrong_setting_of_a_scenario_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text("title = 'x'\n[settings.fridge]\nid = -3\n[settings.frige]\nid = 3\n")
    configuration = read(None, None, {}, weaker=load_scenario(file).given, service=None)
    assert [(one.source, one.line, one.key) for one in configuration.mistakes] == [
        (str(file), 3, "fridge.id"),
        (str(file), 5, "frige"),
    ]


@pytest.mark.parametrize(
    ("until", "left_h"),
    [("18:30", 0.5), ("17:30", 23.5), ("18:00", 0), ("tomorrow 18:30", 24.5), ("tomorrow 9:00", 15), ("closed", None)],
)
def test_how_long_it_is_until_a_time_of_day(until: str, left_h: float | None) -> None:
    now = datetime(2026, 12, 1, 18, tzinfo=UTC)
    left_s = ScenarioStep(do="lapse", until=until).seconds_left(now)
    assert left_s == (None if left_h is None else left_h * 3600)
