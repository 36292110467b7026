"""Asking another program: what it says, and that one which never ends is gone in time."""

from pathlib import Path

import pytest

from befresh_agent.runtime.subprocesses import run_bounded


async def test_it_answers_to_what_it_is_given() -> None:
    assert await run_bounded("sh", "-c", "cat; exit 3", given=b"hello", limit_s=30) == (3, b"hello")


async def test_without_anything_given_there_is_nothing_to_read() -> None:
    assert await run_bounded("cat", limit_s=30) == (0, b"")


async def test_one_that_never_ends_does_not_outlive_the_question(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(TimeoutError):
        await run_bounded("sh", "-c", f"echo $$ >{note}; exec sleep 600", limit_s=1)
    assert not Path(f"/proc/{note.read_text().strip()}").exists()


async def test_one_that_cannot_start_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        await run_bounded("/no/such/program", limit_s=1)
