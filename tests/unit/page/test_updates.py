import asyncio
import json
from pathlib import Path

import pytest

from befresh_agent.page.maintenance import UpdateState, UpdateStatus
from befresh_agent.runtime.event_loop import within

ANSWER = """{"release": "0.2.0-abc", "enabled": true, "channel": "stable", "origin": "x", "unconfirmed": null,
"kept": [], "bad": {}, "edited": [], "last": {"at": "2026-11-21T12:00:00+00:00", "code": 0, "line": "good"}}"""


def updater(folder: Path, script: str) -> Path:
    file = folder / "befresh-update"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


async def asked(updates: UpdateStatus, told: asyncio.Event) -> None:
    assert updates.state is None
    async with within(90):
        await told.wait()


async def test_what_the_updater_says_is_shown_and_asked_for_once(tmp_path: Path) -> None:
    told = asyncio.Event()
    script = f"echo \"$@\" >>{tmp_path}/asked; cat <<'END'\n{ANSWER}\nEND"
    updates = UpdateStatus(updater(tmp_path, script))
    updates.touched = lambda tabs: told.set()
    await asked(updates, told)
    for _ in range(3):
        state = updates.state
        assert state is not None
        assert (state.release, state.channel, state.last and state.last.line) == ("0.2.0-abc", "stable", "good")
    assert (tmp_path / "asked").read_text() == "update --status --json\n"


async def test_an_updater_that_fails_is_no_trouble(tmp_path: Path) -> None:
    told = asyncio.Event()
    updates = UpdateStatus(updater(tmp_path, "exit 1"))
    updates.touched = lambda tabs: told.set()
    await asked(updates, told)
    assert updates.state is None


async def test_without_an_updater_nothing_is_known(tmp_path: Path) -> None:
    assert UpdateStatus(tmp_path / "nothing").state is None


@pytest.mark.parametrize(
    ("facts", "newest"),
    [
        ({}, "0.2.0"),
        ({"seen": "0.3.0-def"}, "0.3.0"),
        ({"seen": "0.3.0-def", "unconfirmed": "0.2.1-fed"}, "0.2.1"),
        ({"release": None}, None),
    ],
)
def test_the_newest_release_that_is_known_here(facts: dict[str, str | None], newest: str | None) -> None:
    assert UpdateState.model_validate(json.loads(ANSWER) | facts).newest == newest
