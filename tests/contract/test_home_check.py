"""The doctor before a real MQTT broker, and before addresses of Apprise."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from befresh_agent.doctor.check import CheckState, ExaminedMachine
from befresh_agent.doctor.checks import home_check
from befresh_agent.settings.model import Settings
from tests.mosquitto import Mosquitto
from tests.ports import free_port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path, users={"fridge": "right"})
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


def patient(server: str = "", word: str = "", urls: str = "") -> ExaminedMachine:
    given = {"mqtt_password": SecretStr(word) if word else None, "notify_urls": SecretStr(urls) if urls else None}
    mqtt = {"server": server, "username": "fridge"}
    return ExaminedMachine(Settings.model_validate({"mqtt": mqtt, "secrets": given}))


@pytest.mark.parametrize(("word", "state"), [("right", CheckState.OK), ("wrong-one", CheckState.BROKEN)])
async def test_it_logs_in(broker: Mosquitto, word: str, state: CheckState) -> None:
    (found,) = await home_check.home_assistant(patient(broker.address, word))
    assert found.state is state, found
    assert word not in found.detail
    assert (state is CheckState.OK) or "secrets.mqtt_password" in found.remedy


async def test_a_broker_that_is_not_there_has_a_remedy() -> None:
    (found,) = await home_check.home_assistant(patient(f"127.0.0.1:{free_port()}", "x"))
    assert (found.state, found.remedy) == (CheckState.BROKEN, "start the broker, or correct mqtt.server")


async def test_nothing_is_missed_where_nothing_is_set() -> None:
    assert [one.state for one in await home_check.home_assistant(patient())] == [CheckState.ABSENT]
    assert [one.state for one in await home_check.notices(patient())] == [CheckState.ABSENT]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("urls", "state", "detail"),
    [
        ("json://127.0.0.1:9/secret-part ntfy://127.0.0.1/topic", CheckState.OK, "json, ntfy"),
        ("json://127.0.0.1:9/ nosuch://secret-part", CheckState.BROKEN, "nosuch: no address that Apprise knows"),
    ],
)
async def test_addresses_are_looked_at_and_not_told(urls: str, state: CheckState, detail: str) -> None:
    (found,) = await home_check.notices(patient(urls=urls))
    assert (found.state, found.detail) == (state, detail)
