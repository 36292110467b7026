"""Scenarios are checked before they are played."""

from pathlib import Path

import pytest

from befresh_agent.errors import SettingsError
from befresh_agent.simulation.scenario import find, load

REPOSITORY = Path(__file__).parents[3]


def wrong(tmp_path: Path, content: str) -> SettingsError:
    file = tmp_path / "scenario.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load(file)
    return caught.value


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "config" / "scenarios").glob("*.toml")), ids=lambda file: file.stem
)
def test_every_shipped_scenario_is_sound_and_found_by_its_name(file: Path) -> None:
    assert load(find(file.stem)) == load(file)
    assert set(load(file).known) <= set(load(file).in_the_air)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("title = 'x'\n[[step]]\ndo = 'dance'\n", "come"),
        ("title = 'x'\n[[step]]\ndo = 'show'\n", "picture"),
        ("title = 'x'\n[[step]]\ndo = 'show'\npicture = 'none.jpg'\n", "none.jpg"),
        ("title = 'x'\n[[step]]\ndo = 'break'\nwhat = 'heart'\n", "camera"),
        ("title = 'x'\n[[step]]\ndo = 'away'\nwhat = 'the left one'\n", "Bluetooth"),
        ("title = 'x'\nroster = ['nonsense']\n", "Bluetooth"),
        ("title = [", "scenario"),
        ("[[step]]\ndo = 'come'\n", "title"),
    ],
)
def test_a_wrong_scenario_says_what_is_wrong(tmp_path: Path, content: str, hint: str) -> None:
    assert hint in str(wrong(tmp_path, content))


def test_a_scenario_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load(find("none.toml"))
