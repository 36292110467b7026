"""What scenarios are told in: what a run said, and what the maker publishes."""

import json

from tests.update.machine import Done, Machine


def silent(done: Done, code: int = 0) -> None:
    """What cron would make no mail of."""
    assert (done.returncode, done.stdout, done.stderr) == (code, "", ""), done


def one_line(done: Done, text: str, code: int = 1) -> None:
    """What cron mails: exactly one line that says it."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert text in done.stderr


def good_release(machine: Machine, version: str, at: str = "2026-01-01T00:00:00Z") -> str:
    release = machine.upstream.release(version, at=at)
    machine.good.add(release)
    return release


def a_long_look(machine: Machine) -> None:
    """New releases are watched so long that a fault is seen on a busy machine too."""
    machine.settings("[update]\nhealth_s = 5\n")


def status(machine: Machine) -> dict[str, object]:
    told: dict[str, object] = json.loads(machine.update("--status", "--json").stdout)
    return told
