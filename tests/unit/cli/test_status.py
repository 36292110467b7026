"""The screen of `befresh-agent status`."""

from typing import Any

import pytest

from befresh_agent.cli.listing import moment
from befresh_agent.cli.status import screen

ADDRESS = "FB:89:EB:22:95:84"


def container() -> dict[str, Any]:
    values = {"temperature": -10.25, "humidity": 100, "nh3": 1023}
    visits = {"success_rate": 1.0, "visits": 1000, "visit_s": 13.2, "broadcasts": False, "trouble": None}
    return {"address": ADDRESS, "absent": False, "age_s": 7200.0, "signal_dbm": -60, "values": values, **visits}


SNAPSHOT: dict[str, Any] = {
    "version": "1.0.0",
    "ready": True,
    "time": "2026-11-21T11:30:00+09:00",
    "session": None,
    "devices": {"radio": {"state": "ready", "since": "2026-11-21T09:30:00+09:00", "detail": "one \x1b[31m two"}},
    "containers": [container()],
    "outbox": {"waiting": 0, "oldest_s": None, "dead": 0},
    "loop_lag_ms": {"p50": 0.1, "p99": 1.0, "max": 2.0},
}


def shown(width: int | None) -> list[str]:
    return [line.plain for line in screen(SNAPSHOT, width)]


@pytest.mark.parametrize("width", [60, 80, 120, 300])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    lines = shown(width)
    assert sum(ADDRESS in line for line in lines) == 1
    assert max(map(len, lines)) <= width
    assert sum(moment(SNAPSHOT["devices"]["radio"]["since"]) in line for line in lines) == 2, "and two hours ago"


def test_a_pipe_gets_whole_lines() -> None:
    lines = shown(None)
    assert "queue\t0 waiting, 0 dead" in lines
    assert any(line.startswith(f"{ADDRESS}\there\t") for line in lines)


def test_nothing_steers_the_terminal() -> None:
    assert "\x1b" not in "".join(shown(60))
    assert "one \\x1b[31m two" in "".join(shown(80))


def test_a_database_of_a_newer_release_is_seen() -> None:
    assert not any("newer release" in line for line in shown(120))
    told = {**SNAPSHOT, "database": {"newer": {"version": 5, "known": 3}}}
    lines = [line.plain for line in screen(told, 120)]
    assert any("made by a newer release (schema 5; this release knows 3)" in line for line in lines)
