"""Where things live."""

import os
from pathlib import Path

import pytest

from befresh_agent import places
from befresh_agent.errors import BefreshError
from befresh_agent.settings import AgentSettings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "SYSTEM_STATE", tmp_path / "system")


def test_a_laptop_keeps_state_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert places.state_dir(AgentSettings()) == tmp_path / "befresh-agent"


def test_an_installed_agent_keeps_state_in_the_services_folder_but_a_dry_run_never_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "system").mkdir()
    assert places.state_dir(AgentSettings()) == tmp_path / "system"
    assert places.state_dir(AgentSettings(), dry_run=True) == tmp_path / "befresh-agent"


def test_the_service_manager_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")
    assert places.state_dir(AgentSettings()) == Path("/var/lib/one")


def test_the_setting_wins(tmp_path: Path) -> None:
    agent = AgentSettings(state_dir=tmp_path / "s", runtime_dir=tmp_path / "r")
    assert places.state_dir(agent) == tmp_path / "s"
    assert places.runtime_dir(agent) == tmp_path / "r"


def test_a_tilde_is_the_users_home(home: Path) -> None:
    agent = AgentSettings(state_dir=Path("~/s"), runtime_dir=Path("~/r"))
    assert places.state_dir(agent) == home / "s"
    assert places.runtime_dir(agent) == home / "r"


def test_two_state_folders_never_share_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    one, two = (places.runtime_dir(AgentSettings(state_dir=tmp_path / name)) for name in ("one", "two"))
    assert one != two


def test_a_long_path_still_gives_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    deep = AgentSettings(state_dir=tmp_path / ("x" * 120))
    assert len(str(places.control_socket(places.runtime_dir(deep)))) < 107


def test_letters_of_several_bytes_count_as_such() -> None:
    deep = AgentSettings(state_dir=Path("/") / ("김" * 24))
    assert len(os.fsencode(places.control_socket(places.runtime_dir(deep)))) < 107


def test_a_folder_too_deep_for_sockets_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BefreshError, match=r"agent\.runtime_dir"):
        places.private_dir(tmp_path / ("x" * 100))
