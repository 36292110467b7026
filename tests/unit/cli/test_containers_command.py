import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from befresh_agent.cli import containers
from befresh_agent.errors import DeviceError

KIMCHI = "FB:89:EB:22:95:84"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(containers.app, list(arguments))


def test_nobody_is_on_the_roster_of_a_new_fridge() -> None:
    assert run("list", "--json").output == "[]\n"
    assert run("list").output == "no containers\n"


def test_containers_are_added_listed_and_removed() -> None:
    added = run("add", KIMCHI.lower().replace(":", "-"), "--json")
    assert json.loads(added.output) == {"address": KIMCHI, "added": True}
    assert "was on the roster already" in run("add", KIMCHI).output

    (entry,) = json.loads(run("list", "--json").output)
    assert entry["address"] == KIMCHI
    assert entry["last"] is None
    assert KIMCHI in run("list").output

    assert run("remove", KIMCHI).exit_code == 0
    assert run("remove", KIMCHI).exit_code == 1
    assert run("list", "--json").output == "[]\n"


@pytest.mark.parametrize("command", ["add", "remove", "read"])
def test_what_is_no_address_is_wrong_usage(command: str) -> None:
    result = run(command, "kimchi")

    assert result.exit_code == 2
    assert "not a Bluetooth address" in result.output


def test_a_dry_run_keeps_its_own_roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert run("add", KIMCHI, "--dry-run").exit_code == 0

    assert run("list", "--json").output == "[]\n"


def test_one_that_broadcasts_is_read_too() -> None:
    result = run("read", "02:00:00:00:00:F1", "--dry-run", "--json")

    assert json.loads(result.stdout)["values"]["temperature"] == 3.99


def test_reading_without_bluetooth_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")

    assert isinstance(run("read", KIMCHI).exception, DeviceError)


def test_scanning_lists_the_loudest_first() -> None:
    heard = json.loads(run("scan", "--dry-run", "--seconds", "0.1", "--json").output)

    assert {one["type"] for one in heard} == {"nicla", "bthome"}
    assert {one["name"][:13] for one in heard if one["type"] == "nicla"} == {"NiclaSenseME-"}
    signals = [one["signal_dbm"] for one in heard]
    assert signals == sorted(signals, reverse=True)
    assert heard[0]["address"] in run("scan", "--dry-run", "--seconds", "0.1").output


def test_scanning_without_bluetooth_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")

    assert isinstance(run("scan", "--seconds", "0.1").exception, DeviceError)
