import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter

import pytest

from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.freshness import Freshness
from befresh_agent.domain.trend import State
from befresh_agent.page.answers import SAID
from befresh_agent.page.words import KOREAN, language_of, translate

TEMPLATES = list(files("befresh_agent.page").joinpath("templates").iterdir())
TABS = {"Now", "Food", "Containers", "Delivery", "Health", "Fridge"}


def said_in(text: str) -> set[str]:
    return set(re.findall(r'\bt\("([^"]+)"', text)) | set(re.findall(r"\bt\('([^']+)'", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_every_sentence_of_a_template_is_there_in_korean(template: Traversable) -> None:
    assert said_in(template.read_text()) - set(KOREAN) == set()


def test_every_tab_and_every_state_is_there_in_korean() -> None:
    states = {*DeviceState, *State, *Freshness, "waiting", "delivered", "journal", "refused"}
    assert ({str(state) for state in states} | TABS) - set(KOREAN) == set()


def test_every_answer_to_a_form_is_there_in_korean() -> None:
    assert set(SAID.values()) <= set(KOREAN)


def test_a_translation_names_the_same_values() -> None:
    for english, korean in KOREAN.items():
        assert {name for _, name, _, _ in Formatter().parse(english) if name} == {
            name for _, name, _, _ in Formatter().parse(korean) if name
        }, english


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ko", "ko"), ("en-GB,ko;q=0.9", "en"), ("de", "en"), ("", "en"), ("en;q=0.1,ko;q=0.2", "ko"), ("ko;q=x", "en")],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert language_of("auto", accepted) == language
    assert language_of("ko", accepted) == "ko"


def test_values_are_filled_in() -> None:
    assert translate("ko", "{count} days left", count=3) == "3일 남음"
    assert translate("en", "{count} days left", count=3) == "3 days left"
