"""The whole program before a real MQTT broker: what Home Assistant is shown is what the API says, and ends with it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.runtime.event_loop import within
from tests.agent.test_page import Browser, by_hand
from tests.mosquitto import Mosquitto

BASE = "befresh/17"
CONFIG = "homeassistant/device/{}/config"
_UNAVAILABLE_S = 5.0


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    monkeypatch.setenv("REFRIGERATOR_ID", "17")
    monkeypatch.setenv("BEFRESH_MQTT_SERVER", mosquitto.address)
    yield mosquitto
    mosquitto.kill()


@pytest.mark.slow
async def test_what_is_shown_is_what_the_api_says_and_a_killed_agent_is_told_as_gone(broker: Mosquitto) -> None:
    async with by_hand() as (program, browser):
        await broker.until(f"{BASE}/status", b"online", 60)
        await browser.do("press")
        async with broker.client() as listener:
            await listener.subscribe(f"{BASE}/event")
            await browser.register("우유", "show", "milk")
            event = json.loads(str((await asyncio.wait_for(anext(aiter(listener.messages)), 20)).payload, "utf-8"))
        assert (event["event_type"], event["name"]) == ("registered", "우유")
        await browser.do("press")
        await agrees(broker, browser)
        box = (await browser.json("/api/v1/containers"))[0]["address"]
        device = f"befresh_17_{box.replace(':', '').lower()}"
        before = await config(broker, device)
        await browser.http.patch(f"/api/v1/containers/{box}", json={"name": "김치통"})
        async with within(40):
            while (now := await config(broker, device))["device"]["name"] != "김치통":
                await asyncio.sleep(0.2)
        assert now["components"] == before["components"]  # its ids stay
        assert (await browser.http.delete(f"/api/v1/containers/{box}")).status_code == 204
        async with within(40):
            while any(device.removeprefix("befresh_17_") in topic for topic in await broker.kept()):
                await asyncio.sleep(0.2)
        program.kill()
        assert await broker.until(f"{BASE}/status", b"offline", 20) < _UNAVAILABLE_S


async def config(broker: Mosquitto, device: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await broker.kept(CONFIG.format(device)))[CONFIG.format(device)])
    return found


async def agrees(broker: Mosquitto, browser: Browser) -> None:
    """Everything that is shown, within a moment, is what the API says at the same time."""
    async with within(60):
        while (shown := await as_shown(broker)) != (said := await as_said(browser)):
            print(shown, said, sep="\n")
            await asyncio.sleep(0.5)
    assert shown["foods"]
    assert any(values["temperature"] is not None for values in shown["containers"].values())
    assert any(values["used_days"] for values in shown["containers"].values())


async def as_shown(broker: Mosquitto) -> dict[str, Any]:
    kept = {topic: payload for topic, payload in (await broker.kept(f"{BASE}/#")).items() if payload[:1] == b"{"}
    food, health = (json.loads(kept[f"{BASE}/{word}"]) for word in ("food", "health"))
    boxes = {topic.rpartition("/")[2]: json.loads(kept[topic]) for topic in kept if "/container/" in topic}
    shown = ("temperature", "humidity", "pressure", "co2", "gas", "nh3", "air", "food", "use_by", "heat", "used_days")
    return {
        "first": food["first"],
        "foods": [(one["id"], one["name"], one["use_by"], one["days_left"]) for one in food["foods"]],
        "counts": (food["due"], food["unnamed"], food["total"]),
        "session": health["session"] == "ON",
        "containers": {key: {name: box.get(name) for name in shown} for key, box in boxes.items()},
    }


async def as_said(browser: Browser) -> dict[str, Any]:
    foods, boxes = await browser.json("/api/v1/foods"), await browser.json("/api/v1/containers")
    items = [(one["id"], one["name"], one["use_by"], one["days_left"]) for one in foods["items"]]
    nothing = dict.fromkeys(("temperature", "humidity", "pressure", "co2", "gas", "nh3"))
    return {
        "first": items[0][1] if items else None,
        "foods": items,
        "counts": (foods["counts"]["soon"], foods["counts"]["unnamed"], foods["total"]),
        "session": (await browser.json("/api/v1/now"))["stage"] != "closed",
        "containers": {
            box["address"].replace(":", "").lower(): {
                **(box["values"] or nothing),
                "air": box["trend"]["state"],
                "food": box["food"],
                "use_by": box["days"]["use_by"],
                "heat": next(iter(box["days"]["said"]["ko"]), None),
                "used_days": box["days"]["used_days"],
            }
            for box in boxes
        },
    }
