"""The program's life: killed, interrupted, restarted, started with no hardware at all."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from tests.agent.program import Program, asked, exported, scenario, started


def names(messages: list[dict[str, Any]]) -> list[str]:
    return [food["name"] for message in messages for food in message["body"].get("foodList", [])]


async def test_what_was_confirmed_survives_a_kill_and_is_delivered_once() -> None:
    async with started(*scenario("one-apple")) as program:
        await program.until("registered 사과")
        program.kill()
        await program.ended()
    assert await exported() == []
    for _ in range(2):
        async with started(*scenario("nothing"), "--exit-when-done") as program:
            assert await program.ended() == 0
    assert names(await exported()) == ["사과"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_polite_stop_settles_the_open_session(number: signal.Signals) -> None:
    """As systemd, Ctrl-C, and a window that closes do it."""
    async with started(*scenario("one-apple")) as program:
        await program.until("registered 사과")
        program.terminate(number)
        async with asyncio.timeout(15):
            assert await program.ended() == 0
    assert names(await exported()) == ["사과"]


async def test_killing_the_helpers_does_not_stop_the_session() -> None:
    async with started(*scenario("one-carton"), "--exit-when-done") as program:
        await program.until("vision is live")
        await program.until("voice is live")
        for pid in (await _both_helpers(program)).values():
            os.kill(pid, signal.SIGKILL)
        assert await program.ended() == 0, "\n".join(program.lines)
    assert names(await exported()) == ["두부"]


async def test_an_agent_that_can_open_no_more_files_ends_in_order() -> None:
    """It could start no helper and answer nobody, for ever; the service manager starts it afresh."""
    async with started("run", REFRIGERATOR_ID="17") as program:
        await until_ready(program)
        used = len(list(Path(f"/proc/{program.process.pid}/fd").iterdir()))
        resource.prlimit(program.process.pid, resource.RLIMIT_NOFILE, (used + 2, used + 2))
        assert await program.ended(60) == 1
    assert [line for line in program.lines if "no more files can be opened" in line]
    assert not [line for line in program.lines if "ended by a crash" in line]


async def until_ready(program: Program) -> None:
    """Until it answers what its status is."""
    async with asyncio.timeout(60):
        while (await asked("status", "--json"))[0] != 0:
            await asyncio.sleep(0.2)


async def test_the_helpers_die_with_a_killed_agent() -> None:
    async with started(*scenario("one-apple")) as program:
        await program.until("vision is live")
        helpers = await _both_helpers(program)
        program.kill()
        await program.ended()
    async with asyncio.timeout(10):
        while any(_runs(pid) for pid in helpers.values()):
            await asyncio.sleep(0.05)


async def _both_helpers(program: Program) -> dict[str, int]:
    async with asyncio.timeout(90):
        while (helpers := program.children()).keys() != {"multiprocessing.forkserver", "befresh_agent.voice"}:
            await asyncio.sleep(0.05)
    return helpers


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_two_agents_never_share_a_state_directory() -> None:
    async with started(*scenario("one-apple")) as first:
        await first.until("button is ready")
        async with started(*scenario("nothing")) as second:
            assert await second.ended() == 1
            assert str(first.process.pid) in second.lines[-1]


@pytest.mark.parametrize("page", ["true", "false"])
async def test_fastapi_is_loaded_only_where_the_page_is_on(page: str) -> None:
    told = {"BEFRESH_PAGE_ENABLED": page, "PYTHONPROFILEIMPORTTIME": "1"}
    async with started(*scenario("nothing"), **told) as program:
        await program.until("page is ready" if page == "true" else "voice is ready")
        program.terminate()
        await program.ended()
    imported = {line.rpartition("|")[2].strip() for line in program.lines if line.startswith("import time:")}
    assert "befresh_agent.app" in imported
    assert ("fastapi" in imported) == (page == "true")


async def test_a_dry_runs_food_is_never_delivered_by_a_real_agent() -> None:
    async with started(*scenario("nothing"), "--exit-when-done") as program:
        await program.ended()
    async with started("run", REFRIGERATOR_ID="17") as program:
        assert await program.ended() == 1
        assert "simulated fridge" in program.lines[-1]


@pytest.fixture
def service_manager(home: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    path = home / "notify"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(path))
    listening.settimeout(60)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    return listening


async def test_it_is_ready_with_every_device_absent_and_says_what_is_missing(service_manager: socket.socket) -> None:
    async with started("run", REFRIGERATOR_ID="17") as program:
        assert await asyncio.to_thread(service_manager.recv, 100) == b"READY=1"
        status = await _status_when_lost(program, "button")
        assert status["ready"]
        assert status["session"] is None
        assert status["devices"]["button"]["detail"]
        assert set(status["loop_lag_ms"]) == {"p50", "p99", "max"}
        program.terminate()
        assert await asyncio.to_thread(service_manager.recv, 100) == b"STOPPING=1"
        assert await program.ended() == 0
    service_manager.close()
    assert (await asked("status", "--json"))[0] == 1


async def test_a_ready_agent_feeds_the_watchdog(service_manager: socket.socket) -> None:
    async with started("run", REFRIGERATOR_ID="17", WATCHDOG_USEC="600000") as program:
        assert await asyncio.to_thread(service_manager.recv, 100) == b"READY=1"
        for _ in range(3):
            assert await asyncio.to_thread(service_manager.recv, 100) == b"WATCHDOG=1"
        program.terminate()
        assert await program.ended() == 0
    service_manager.close()


async def _status_when_lost(program: Program, device: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            code, answers = await asked("status", "--json")
            if code == 0 and answers[0]["devices"].get(device, {}).get("state") == "lost":
                status: dict[str, Any] = answers[0]
                return status
            assert program.process.returncode is None


async def test_output_that_ends_early_ends_the_run_in_order() -> None:
    command = f"{sys.executable} -m befresh_agent run --dry-run | head -n 2"
    shell = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        lines, complaints = await shell.communicate()
    assert len(lines.splitlines()) == 2
    assert complaints == b""


async def test_a_run_that_stays_on_says_when_its_story_came_to_a_halt() -> None:
    async with started(*scenario("impossible")) as program:
        assert "registered" in await program.until("the person gave up")
        program.terminate()
        assert await program.ended() == 0


async def test_a_run_stopped_early_says_so_and_accuses_nobody() -> None:
    async with started(*scenario("one-apple"), "--exit-when-done", "--speed", "0.3") as program:
        await program.until("registered 사과")
        program.terminate()
        assert await program.ended() == 1
    assert "stopped before everything was played" in program.lines
    assert not any("✕" in line for line in program.lines)


@pytest.mark.parametrize("speed", ["0.5", "8"])
async def test_the_story_is_the_same_at_any_speed(speed: str) -> None:
    async with started(*scenario("one-apple"), "--speed", speed) as program:
        await program.until("registered 사과")
