"""Where things live."""

import os
import re
import stat
from pathlib import Path

import pytest

from befresh_agent.errors import BefreshError
from befresh_agent.settings import paths
from befresh_agent.settings.model import AgentSettings

SYSTEM_STATE = paths.SYSTEM_STATE
UNIT = Path(__file__).parents[3] / "systemd" / "befresh-agent.service"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "system")


def test_the_services_folder_is_the_one_that_systemd_makes() -> None:
    assert f"StateDirectory={SYSTEM_STATE.name}\n" in UNIT.read_text(encoding="utf-8")
    assert SYSTEM_STATE.parent == Path("/var/lib")


def test_a_laptop_keeps_state_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert paths.state_dir(AgentSettings()) == tmp_path / "befresh-agent"


def test_an_installed_agent_keeps_state_in_the_services_folder_but_a_dry_run_never_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "system").mkdir()
    assert paths.state_dir(AgentSettings()) == tmp_path / "system"
    assert paths.state_dir(AgentSettings(), dry_run=True) == tmp_path / "befresh-agent"


def test_the_service_manager_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")
    assert paths.state_dir(AgentSettings()) == Path("/var/lib/one")


def test_a_dry_run_keeps_away_from_what_the_service_manager_gave(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert paths.state_dir(AgentSettings(), dry_run=True) == home / ".local" / "state" / "befresh-agent"
    assert paths.runtime_dir(AgentSettings(), dry_run=True) == home / ".local" / "state" / "befresh-agent" / "run"


def test_the_service_has_its_sockets_in_run_and_nobody_else_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "system"))
    assert paths.runtime_dir(AgentSettings()) == Path("/run/befresh-agent")
    assert paths.runtime_dir(AgentSettings(), dry_run=True).parent == tmp_path


def test_files_of_the_state_and_sockets_keep_their_names(tmp_path: Path) -> None:
    assert paths.database_file(tmp_path) == tmp_path / "agent.db"
    assert paths.control_socket(tmp_path) == tmp_path / "agent.sock"
    assert paths.ServiceFiles() == paths.ServiceFiles(
        Path("/etc/befresh-agent/config.toml"), (Path("/etc/credstore"), Path("/etc/credstore.encrypted"))
    )


def test_the_setting_wins(tmp_path: Path) -> None:
    agent = AgentSettings(state_dir=tmp_path / "s", runtime_dir=tmp_path / "r")
    assert paths.state_dir(agent) == tmp_path / "s"
    assert paths.runtime_dir(agent) == tmp_path / "r"


def test_a_tilde_is_the_users_home(home: Path) -> None:
    agent = AgentSettings(state_dir=Path("~/s"), runtime_dir=Path("~/r"))
    assert paths.state_dir(agent) == home / "s"
    assert paths.runtime_dir(agent) == home / "r"


def test_two_state_folders_never_share_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    one, two = (paths.runtime_dir(AgentSettings(state_dir=tmp_path / name)) for name in ("one", "two"))
    assert one != two
    for found in (one, two):
        assert found.parent == tmp_path
        assert re.fullmatch(r"befresh-agent-[0-9a-f]{8}", found.name)
    monkeypatch.chdir(tmp_path)
    assert paths.runtime_dir(AgentSettings(state_dir=Path("one"))) == one, "the same folder, however it is written"


def test_a_long_path_still_gives_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    deep = AgentSettings(state_dir=tmp_path / ("x" * 120))
    assert len(str(paths.control_socket(paths.runtime_dir(deep)))) < 107
    assert re.fullmatch(rf"/tmp/befresh-agent-{os.getuid()}-[0-9a-f]{{8}}", str(paths.runtime_dir(deep)))


def test_letters_of_several_bytes_count_as_such() -> None:
    deep = AgentSettings(state_dir=Path("/") / ("김" * 24))
    assert len(os.fsencode(paths.control_socket(paths.runtime_dir(deep)))) < 107


def test_a_folder_too_deep_for_sockets_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BefreshError, match=r"agent\.runtime_dir"):
        paths.private_dir(tmp_path / ("x" * 100))


def test_a_folder_for_sockets_is_made_for_this_user_alone_and_may_be_there_already(home: Path) -> None:
    folder = home / "a" / ("x" * (80 - len(os.fsencode(home / "a")) - 1))
    mask = os.umask(0)
    for _ in range(2):
        assert paths.private_dir(folder) == folder
    os.umask(mask)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(BefreshError, match=f"^{folder}x is too long a path for sockets"):
        paths.private_dir(Path(f"{folder}x"))


def test_a_folder_for_sockets_that_cannot_be_had_is_told_with_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("")
    with pytest.raises(BefreshError, match=f"{home}/file"):
        paths.private_dir(home / "file")
    (home / "theirs").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    with pytest.raises(BefreshError, match=f"{home}/theirs"):
        paths.private_dir(home / "theirs")
