"""What belongs to another user. Root may open everything, so other users' files are made by changing who asks."""

import os
import pwd
from pathlib import Path

import pytest

from befresh_agent.errors import BelongsToAnother
from befresh_agent.runtime import remedies

HOME = "/var/lib/befresh-agent"


def closed(monkeypatch: pytest.MonkeyPatch, owner: str, words: str) -> BelongsToAnother:
    monkeypatch.setattr("sys.argv", ["befresh-agent", *words.split()])
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd((owner, "x", 1, 1, "", "/", "/bin/sh")))
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    return remedies.closed(Path("/"))


def test_on_an_installed_fridge_one_command_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    error = closed(monkeypatch, "befresh", "outbox name 01a2 우유")
    assert error.detail == "/ belongs to befresh"
    assert error.remedy == "do it by: sudo befresh-agent outbox name 01a2 '우유'"


def test_nobody_is_told_to_run_a_second_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert closed(monkeypatch, "befresh", "run").remedy.endswith("sudo systemctl restart befresh-agent")


def test_elsewhere_another_place_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert closed(monkeypatch, "kim", "status").remedy.startswith("do it as kim, or set agent.state_dir")


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(_: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert remedies.user_name(12) == "user 12"
    assert "another user" in str(remedies.closed(tmp_path / "none" / "file")) or os.geteuid() != 0
    assert remedies.is_another_users(tmp_path) is False
