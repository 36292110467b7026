"""What Home Assistant is told once: ids that stay, entities that are allowed, words in Korean."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Quantity
from befresh_agent.home.rules.discovery import BoxProfile, HomeWishes, box_config, fridge_config
from befresh_agent.home.rules.home_topics import HomeTopics
from befresh_agent.i18n.words import SHEET, WORDS

TOPICS = HomeTopics("befresh/17", "homeassistant", 17)
BOX = BoxProfile(address=Address("FB:89:EB:22:95:84"), title="김치통", battery=False, expires_s=1800)
EVERYTHING = HomeWishes(picture=True, may_press=True, may_speak=True, may_update=True)


def english(text: str) -> str:
    return text


def korean(text: str) -> str:
    return WORDS["ko"].get(text) or SHEET["ko"].get(text, text)


def fridge(wishes: HomeWishes = EVERYTHING, page: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fridge_config(TOPICS, wishes, "1.2.3", page, english))
    return found


def box(profile: BoxProfile = BOX) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(box_config(TOPICS, profile, "1.2.3", english))
    return found


def test_a_container_that_is_renamed_keeps_its_entities() -> None:
    before, after = box(), box(replace(BOX, title="반찬통"))
    assert before["components"] == after["components"]
    assert before["device"]["identifiers"] == after["device"]["identifiers"]
    assert after["device"]["name"] == "반찬통"


def test_every_value_that_is_measured_is_there_as_it_is_kept() -> None:
    parts = box()["components"]
    assert parts.keys() >= {quantity.value for quantity in Quantity}
    assert parts["gas"]["unit_of_measurement"] == "Ω"
    assert parts["temperature"]["device_class"] == "temperature"
    assert {parts[quantity.value]["expire_after"] for quantity in Quantity} == {1800}


def test_what_is_not_allowed_is_taken_away() -> None:
    for key, platform in {"press": "button", "say": "notify", "look": "button", "picture": "image"}.items():
        assert fridge(HomeWishes())["components"][key] == {"platform": platform}
        assert "unique_id" in fridge()["components"][key]
    assert box()["components"]["battery"] == {"platform": "sensor"}
    assert "unique_id" in box(replace(BOX, battery=True))["components"]["battery"]


def test_ids_are_ascii_and_no_two_are_alike() -> None:
    parts = [*fridge()["components"].values(), *box(replace(BOX, battery=True))["components"].values()]
    ids = [part["unique_id"] for part in parts]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"befresh_17_[a-z0-9_]+", one) for one in ids)


def test_every_name_is_there_in_korean() -> None:
    whole = json.loads(fridge_config(TOPICS, EVERYTHING, "1", None, korean))
    boxes = json.loads(box_config(TOPICS, replace(BOX, battery=True), "1", korean))
    names = [part["name"] for one in (whole, boxes) for part in one["components"].values()]
    assert [name for name in [*names, whole["device"]["name"]] if not re.search("[가-힣]", name)] == ["befresh-agent"]


def test_the_page_is_named_only_where_others_can_open_it() -> None:
    assert "configuration_url" not in fridge()["device"]
    assert fridge(page="http://192.168.0.20:8480/")["device"]["configuration_url"] == "http://192.168.0.20:8480/"


@pytest.mark.parametrize(
    ("topic", "own"),
    [
        ("befresh/17/food", True),
        ("befresh/17/container/fb89eb229584", True),
        ("befresh/171/food", False),
        ("befresh/17", False),
        ("homeassistant/device/befresh_17/config", True),
        ("homeassistant/device/befresh_17_fb89eb229584/config", True),
        ("homeassistant/device/befresh_171/config", False),
        ("homeassistant/device/befresh_171_fb89eb229584/config", False),
        ("homeassistant/sensor/befresh_17/config", False),
        ("homeassistant/device/befresh_17/state", False),
    ],
)
def test_a_fridge_knows_its_own_topics(topic: str, own: bool) -> None:
    assert TOPICS.is_own(topic) is own
