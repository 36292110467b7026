"""The files of config/backend fit together: what one names, another has. `make test-backend` runs them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from befresh_agent.settings.model import KafkaSettings

BACKEND = Path(__file__).parents[2] / "config" / "backend"
COMPOSE: dict[str, Any] = yaml.safe_load((BACKEND / "compose.yaml").read_text())
TELEGRAF: dict[str, Any] = tomllib.loads((BACKEND / "telegraf.conf").read_text())
BOARDS = sorted((BACKEND / "grafana" / "dashboards").glob("*.json"))


def provisioned(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((BACKEND / "grafana" / "provisioning" / name).read_text())
    return read


def test_every_topic_that_a_fridge_may_be_told_is_made_and_read() -> None:
    (line,) = COMPOSE["services"]["topics"]["command"]
    made = set(re.findall(r"([a-z-]+):\d+", line.partition("; do")[0]))
    read = {topic for one in TELEGRAF["inputs"]["kafka_consumer"] for topic in one["topics"]}
    settings = KafkaSettings.model_fields
    told = {
        example
        for name, field in settings.items()
        if name.endswith("_topic")
        for example in (field.examples or [field.default])
    }
    assert made == read == told


def test_what_containers_see_of_this_folder_is_there() -> None:
    mounts = [one for service in COMPOSE["services"].values() for one in service.get("volumes", ())]
    folders = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    assert folders
    assert [folder for folder in folders if not (BACKEND / folder).exists()] == []
    assert {mount.split(":")[0] for mount in mounts} - {*folders} == set(COMPOSE["volumes"])


def test_telegraf_is_told_every_variable_it_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", (BACKEND / "telegraf.conf").read_text()))
    assert asked == set(COMPOSE["services"]["telegraf"]["environment"])


def test_the_two_profiles_are_the_same_but_for_their_copies() -> None:
    """One broker is not run by `make test-backend`: what it is set to differs in these names only."""
    house, three = (COMPOSE["services"][name]["environment"] for name in ("kafka", "kafka-1"))
    differing = {key for key in house.keys() | three.keys() if house.get(key) != three.get(key)}
    copies = ("FACTOR", "REPLICAS", "MIN_ISR", "QUORUM_VOTERS", "ADVERTISED_LISTENERS")
    assert {key for key in differing if not key.endswith(copies)} == set()
    assert {house[key] for key in differing if key.endswith(("FACTOR", "REPLICAS", "MIN_ISR"))} == {1}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_every_panel_asks_the_store_that_is_provisioned(board: Path) -> None:
    (source,) = provisioned("datasources/befresh.yaml")["datasources"]
    read = json.loads(board.read_text())
    asking = [*read["templating"]["list"], *read["panels"], *(one for p in read["panels"] for one in p["targets"])]
    assert {one["datasource"]["uid"] for one in asking} == {source["uid"]}
    assert source["jsonData"]["dbName"] == TELEGRAF["outputs"]["influxdb"][0]["database"]
    numbers = [panel["id"] for panel in read["panels"]]
    assert sorted(numbers) == sorted({*numbers})


def test_every_alert_compares_what_the_store_answers() -> None:
    (source,) = provisioned("datasources/befresh.yaml")["datasources"]
    (group,) = provisioned("alerting/rules.yaml")["groups"]
    for rule in group["rules"]:
        assert [one["datasourceUid"] for one in rule["data"]] == [source["uid"], "__expr__", "__expr__"]
        assert [one["refId"] for one in rule["data"]] == [one["model"]["refId"] for one in rule["data"]]
        assert rule["condition"] == rule["data"][-1]["refId"]
