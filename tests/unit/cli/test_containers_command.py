import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from befresh_agent.cli import containers
from befresh_agent.errors import DeviceError, InvalidValue

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

    assert "may count anew" in run("renew", KIMCHI).output
    assert run("remove", KIMCHI).exit_code == 0
    assert run("remove", KIMCHI).exit_code == 1
    assert run("renew", KIMCHI).exit_code == 1
    assert run("list", "--json").output == "[]\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["kimchi"], "not a Bluetooth address"),
        (["00:00:00:00:00:00"], "no container's address"),
        (["ff-ff-ff-ff-ff-ff"], "no container's address"),
        ([KIMCHI, "--name", "\t"], "a name cannot be empty"),
        ([KIMCHI, "--name", "김" * 101], "at most 100"),
    ],
)
def test_only_an_address_and_a_name_are_added(words: list[str], why: str) -> None:
    result = run("add", *words)

    assert result.exit_code == 2
    assert why in " ".join(result.output.replace("│", " ").split())
    assert run("list", "--json").output == "[]\n"


def test_a_container_is_meant_by_the_beginning_of_its_address_or_by_its_name() -> None:
    for address, name in ((KIMCHI, "김치통"), ("FB:89:00:00:00:01", "fish")):
        assert f"added, and is called {name}" in run("add", address, "--name", name).output
    assert [one["name"] for one in json.loads(run("list", "--json").output)] == ["김치통", "fish"]

    several = run("remove", "fb89").exception
    assert isinstance(several, InvalidValue)
    assert f"{KIMCHI} 김치통, FB:89:00:00:00:01 fish" in str(several)
    for nobody in ("FB:80", "meat", "::", ""):
        assert isinstance(run("remove", nobody).exception, InvalidValue)

    assert run("remove", "fb-89-e").output == f"{KIMCHI}: removed\n"
    assert run("remove", "Fi").output == "FB:89:00:00:00:01: removed\n"


def test_one_that_begins_so_is_read() -> None:
    run("add", KIMCHI, "--dry-run")

    assert json.loads(run("read", "fb:89", "--dry-run", "--json").stdout)["address"] == KIMCHI


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


def test_labels_are_made_for_one_address_or_for_the_whole_roster(tmp_path: Path) -> None:
    sheet = tmp_path / "labels.html"
    assert run("qr", KIMCHI, "--name", "김치", "--copies", "4", "--output", str(sheet)).exit_code == 0
    assert sheet.read_text().count("김치") == 4
    shown = run("qr", KIMCHI)
    assert (shown.exit_code, KIMCHI in shown.output) == (0, True)
    assert run("add", KIMCHI, "--name", "무").exit_code == 0
    assert run("qr", "--copies", "2", "-o", str(sheet)).exit_code == 0
    assert sheet.read_text().count("<b>무</b>") == 2
    assert run("qr", "--name", "무").exit_code == 2
