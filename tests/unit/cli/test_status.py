"""The screen of `befresh-agent status`."""

from typing import Any

from rich.console import Console

from befresh_agent.cli.status import screen

ADDRESS = "FB:89:EB:22:95:84"


def container() -> dict[str, Any]:
    values = {"temperature": -10.25, "humidity": 100, "nh3": 1023}
    visits = {"success_rate": 1.0, "visits": 1000, "visit_s": 13.2, "broadcasts": False, "trouble": None}
    return {"address": ADDRESS, "absent": False, "age_s": 7140.0, "signal_dbm": -60, "values": values, **visits}


def test_an_address_is_shown_whole_in_a_narrow_terminal() -> None:
    snapshot = {
        "version": "1.0.0",
        "ready": True,
        "session": None,
        "devices": {"radio": {"state": "ready", "since": "2026-11-21T09:30:00+09:00", "detail": ""}},
        "containers": [container()],
        "outbox": {"waiting": 0, "oldest_s": None, "dead": 0},
        "loop_lag_ms": {"p50": 0.1, "p99": 1.0, "max": 2.0},
    }
    console = Console(width=80)
    with console.capture() as shown:
        console.print(screen(snapshot))
    assert ADDRESS in shown.get()
    assert max(map(len, shown.get().splitlines())) <= 80
