"""The fridge in a real Home Assistant: every entity with the values of the API, commands, restarts in every order."""

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.runtime.event_loop import within
from tests.agent.program import started
from tests.agent.test_page import Browser, by_hand
from tests.home.home_assistant import HomeAssistant, home_assistant
from tests.mosquitto import Mosquitto

pytestmark = [pytest.mark.home, pytest.mark.unmeasured, pytest.mark.timeout(600)]
_UNAVAILABLE_S = 5.0
_FRIDGE = {
    "sensor": ("first", "due", "past", "unnamed", "waiting"),
    "binary_sensor": ("session",),
    "event": ("happened",),
    "update": ("version",),
    "button": ("press",),
    "notify": ("say",),
    "image": ("picture",),
}
MEASURED = ("temperature", "humidity", "pressure", "co2", "gas", "nh3")
DAYS = ("use_by", "heat", "used_days", "used_percent")
_BOX = {"sensor": (*MEASURED, "air", "food", *DAYS), "binary_sensor": ("heard",)}


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    told = {"SERVER": mosquitto.address, "MAY_PRESS": "true", "MAY_SPEAK": "true", "PICTURE": "true"}
    for name, value in told.items():
        monkeypatch.setenv(f"BEFRESH_MQTT_{name}", value)
    monkeypatch.setenv("REFRIGERATOR_ID", "17")
    monkeypatch.setenv("BEFRESH_SOUND_PROMPTS", "ko")
    yield mosquitto
    mosquitto.kill()


def expected(boxes: list[str]) -> set[str]:
    """The entities there must be."""
    return {
        *(f"{platform}.befresh_17_{key}" for platform, keys in _FRIDGE.items() for key in keys),
        *(f"{platform}.befresh_17_{box}_{key}" for box in boxes for platform, keys in _BOX.items() for key in keys),
    }


async def addresses(browser: Browser) -> list[str]:
    return [box["address"].replace(":", "").lower() for box in await browser.json("/api/v1/containers")]


def are_there(boxes: list[str]) -> Any:
    return lambda states: states.keys() == expected(boxes) and states["sensor.befresh_17_due"]["state"].isdecimal()


def are_gone(states: dict[str, dict[str, Any]]) -> bool:
    return bool(states) and all(one["state"] == "unavailable" for one in states.values())


def no_trouble(home: HomeAssistant) -> None:
    """Home Assistant found nothing to complain about; that its broker went away meanwhile is not the fridge's fault."""
    lines = [line for line in home.log.splitlines() if re.search(r"(WARNING|ERROR).*(mqtt|template|befresh)", line)]
    assert [line for line in lines if "mqtt.client" not in line] == []


async def test_it_accepts_every_entity_and_shows_what_the_api_says(broker: Mosquitto, tmp_path: Path) -> None:
    async with home_assistant(tmp_path / "home") as home, by_hand() as (program, browser):
        await home.connect(broker.port)
        boxes = await addresses(browser)
        await home.until(are_there(boxes))
        await it_registers(home, browser)
        await home.until(lambda states: states["sensor.befresh_17_due"]["state"] != "unavailable")
        await asyncio.sleep(1)
        await shows_the_same(home, browser)
        await home.do("notify/send_message", entity_id="notify.befresh_17_say", message="우유가 내일까지예요")
        address = (await browser.json("/api/v1/containers"))[0]["address"]
        await browser.http.patch(f"/api/v1/containers/{address}", json={"name": "김치통"})
        renamed = f"sensor.befresh_17_{address.replace(':', '').lower()}_temperature"
        await home.until(lambda states: "김치통" in states[renamed]["attributes"]["friendly_name"])
        assert (await browser.http.delete(f"/api/v1/containers/{address}")).status_code == 204
        left = [one for one in boxes if one != address.replace(":", "").lower()]
        await home.until(lambda states: states.keys() == expected(left))
        began = time.monotonic()
        program.kill()
        await home.until(are_gone)
        assert time.monotonic() - began < _UNAVAILABLE_S
        no_trouble(home)


async def it_registers(home: HomeAssistant, browser: Browser) -> None:
    """A session that somebody opens in Home Assistant."""
    await home.do("button/press", entity_id="button.befresh_17_press")
    await home.until(lambda states: states["binary_sensor.befresh_17_session"]["state"] == "on")
    await browser.register("우유", "show", "milk")
    happened = (await home.until(lambda states: states["event.befresh_17_happened"]["state"] != "unknown"))[
        "event.befresh_17_happened"
    ]["attributes"]
    assert (happened["event_type"], happened["name"]) == ("registered", "우유")
    await home.do("button/press", entity_id="button.befresh_17_press")
    await home.until(lambda states: states["binary_sensor.befresh_17_session"]["state"] == "off")
    await home.until(lambda states: states["image.befresh_17_picture"]["state"] != "unknown")


async def shows_the_same(home: HomeAssistant, browser: Browser) -> None:
    async with within(60):
        while (shown := as_shown(await home.states())) != (said := await as_said(browser)):
            print(shown, said, sep="\n")
            await asyncio.sleep(0.5)
    assert shown["foods"]


def as_shown(states: dict[str, dict[str, Any]]) -> dict[str, Any]:
    def state(name: str) -> str:
        return str(states[f"sensor.befresh_17_{name}"]["state"])

    boxes = sorted({found[1] for name in states if (found := re.search(r"befresh_17_([0-9a-f]{12})_", name))})
    first = states["sensor.befresh_17_first"]
    return {
        "first": first["state"],
        "foods": [(one["id"], one["name"], one["use_by"], one["days_left"]) for one in first["attributes"]["foods"]],
        "counts": (state("due"), state("unnamed")),
        "containers": {
            box: {
                **{name: known(state(f"{box}_{name}")) for name in MEASURED},
                "air": known(state(f"{box}_air")),
                "food": state(f"{box}_food"),
                **{name: known(state(f"{box}_{name}")) for name in DAYS},
            }
            for box in boxes
        },
    }


def known(state: str) -> float | str | None:
    """A number, or a word; None where there is no value now."""
    if state in ("unknown", "unavailable"):
        return None
    try:
        return float(state)
    except ValueError:
        return state


async def as_said(browser: Browser) -> dict[str, Any]:
    foods, boxes = await browser.json("/api/v1/foods"), await browser.json("/api/v1/containers")
    items = [(one["id"], one["name"], one["use_by"], one["days_left"]) for one in foods["items"]]
    return {
        "first": items[0][1],
        "foods": items,
        "counts": (str(foods["counts"]["soon"]), str(foods["counts"]["unnamed"])),
        "containers": {
            box["address"].replace(":", "").lower(): {
                **{name: (box["values"] or {}).get(name) for name in MEASURED},
                "air": box["trend"]["state"] if box["values"] else None,
                "food": box["food"],
                **days(box["days"]),
            }
            for box in boxes
        },
    }


def days(told: dict[str, Any]) -> dict[str, Any]:
    """As the page tells them; Home Assistant is told in Korean."""
    share = told["used_share"]
    return {
        "use_by": told["use_by"],
        "heat": next(iter(told["said"]["ko"]), None),
        "used_days": told["used_days"],
        "used_percent": None if share is None else round(100 * share, 1),
    }


async def test_the_same_entities_after_restarts_in_every_order(broker: Mosquitto, tmp_path: Path) -> None:
    """Of agent, broker and Home Assistant; each time everything that is there is there again."""
    async with home_assistant(tmp_path / "home") as home:
        await home.connect(broker.port)
        async with by_hand() as (program, browser):
            boxes = await addresses(browser)
            await home.until(are_there(boxes))
            program.terminate()
            await program.ended()
        await home.until(are_gone)
        await home.stop()
        await home.start()  # the agent is away: what the broker kept makes them, unavailable
        assert (await home.until(are_gone)).keys() == expected(boxes)
        async with running() as program:
            await home.until(are_there(boxes))
            broker.kill()
            broker.start()  # it kept nothing
            await home.until(are_gone)
            await home.until(are_there(boxes))
            home.kill()
            await home.start()
            await home.until(are_there(boxes))
            program.kill()
            broker.kill()
            home.kill()
            broker.start()
            await home.start()
        async with running():
            await home.until(are_there(boxes))
        no_trouble(home)


def running() -> Any:
    return started("run", "--dry-run", "--by-hand", "--verbose")


async def test_the_automations_of_the_documentation_work(broker: Mosquitto, tmp_path: Path) -> None:
    copied = re.findall(r"```yaml\n(.*?)```", Path("docs/home-assistant.md").read_text(), re.DOTALL)
    as_list = "".join("- " + one.replace("\n", "\n  ").rstrip() + "\n" for one in copied)
    async with home_assistant(tmp_path / "home", as_list) as home, by_hand() as (_, browser):
        await home.connect(broker.port)
        await browser.http.post("/api/v1/foods", json={"name": "우유", "use_by": "2020-01-02"})
        await home.until(lambda states: states.get("sensor.befresh_17_past", {}).get("state") == "1")
        message = re.search(r"message: >\n(.*?)\n\n|message: >\n(.*)", copied[0], re.DOTALL)
        assert message is not None
        assert "우유 (-" in await home.rendered((message[1] or message[2]).strip())
        assert len(copied) == 2
        assert await home.rendered("{{ states.automation | map(attribute='state') | list }}") == "['on', 'on']"
        assert not re.search(r"(ERROR|WARNING).*automation", home.log), home.log


async def test_the_calendar_of_foods_is_one_of_its_calendars(broker: Mosquitto, tmp_path: Path) -> None:
    async with home_assistant(tmp_path / "home") as home, by_hand() as (_, browser):
        await browser.http.post("/api/v1/foods", json={"name": "우유, 저지방", "use_by": "2027-02-03"})
        address = f"{str(browser.http.base_url).partition('/play')[0].rstrip('/')}/food.ics"
        done = await home.add("remote_calendar", {"calendar_name": "fridge", "url": address})
        assert done["type"] == "create_entry", done
        async with within(60):
            while not (events := await home.events("calendar.fridge", "2027-02-01T00:00:00Z", "2027-02-10T00:00:00Z")):
                await asyncio.sleep(0.5)
        assert [(one["summary"], one["start"]) for one in events] == [("우유, 저지방", {"date": "2027-02-03"})]
