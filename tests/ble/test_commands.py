"""The commands that use the radio, as programs of their own on the stand-in for BlueZ."""

import asyncio
import json
import sys

import pytest

from befresh_agent.domain.bthome import SERVICE_DATA
from tests.bthome import KEY, encrypted

from .bluez import Bluez
from .conftest import KIMCHI
from .peripherals import Peripheral


async def command(*arguments: str) -> tuple[int, str, str]:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "befresh_agent", "containers", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    return program.returncode or 0, out.decode(), err.decode()


async def test_scan_tells_who_is_in_the_air(bluez: Bluez, kimchi: Peripheral) -> None:
    code, out, err = await command("scan", "--seconds", "1", "--json")

    assert code == 0, err
    (heard,) = json.loads(out)
    assert heard["signal_dbm"] in (-60, -61)
    assert heard == heard | {"address": KIMCHI, "name": "NiclaSenseME-9584", "type": "nicla"}
    assert "Connect" not in kimchi.calls


async def test_scan_of_an_adapter_that_is_off_fails_in_one_line(bluez: Bluez) -> None:
    bluez.powered("hci0", on=False)

    code, out, err = await command("scan", "--seconds", "1")

    assert (code, out) == (1, "")
    assert "bluetoothctl show" in err
    assert "Traceback" not in err


async def test_read_tells_every_step_and_the_values(bluez: Bluez, kimchi: Peripheral) -> None:
    code, out, err = await command("read", KIMCHI, "--json")

    assert code == 0, err
    assert json.loads(out)["values"]["temperature"] == 33.95
    steps = [line.split(maxsplit=2)[2] for line in err.splitlines() if KIMCHI in line]
    assert [step for step in steps if step.endswith((": connected", ": disconnected"))]
    assert not kimchi.connected


async def test_reading_somebody_who_is_not_there_fails_in_one_line(
    bluez: Bluez, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFRESH_CONTAINERS_FIND_S", "0.5")
    code, out, err = await command("read", "02:00:00:00:00:99")

    assert (code, out) == (1, "")
    assert "was not heard" in err
    assert "Traceback" not in err


async def test_one_that_broadcasts_is_recognised_and_read_without_a_connection(
    bluez: Bluez, kimchi: Peripheral, monkeypatch: pytest.MonkeyPatch
) -> None:
    kimchi.name, kimchi.service = "thermometer", SERVICE_DATA
    kimchi.service_data = {SERVICE_DATA: encrypted(KIMCHI, 7, 4.5)}

    code, out, _ = await command("scan", "--seconds", "1", "--json")
    assert (code, json.loads(out)[0]["type"]) == (0, "bthome")

    code, _, err = await command("read", KIMCHI)
    assert (code, "secrets.bthome_keys has no key for it" in err) == (1, True)

    monkeypatch.setenv("BEFRESH_SECRETS_BTHOME_KEYS", f"{KIMCHI}={KEY.hex()}")
    code, out, err = await command("read", KIMCHI, "--json")
    assert code == 0, err
    assert json.loads(out)["values"]["temperature"] == 4.5
    assert KEY.hex() not in out + err
    assert "Connect" not in kimchi.calls
