"""What goes wrong around a running agent, under the real systemd. After each a food is registered and delivered."""

import time

from .everyday import a_food, close_session, open_session, show
from .household import CONTAINER, FOOD, Household, package
from .pi import AGENT, SLOW_S


async def the_agent_is_killed(house: Household) -> str:
    before = await house.pi.unit("NRestarts")
    began = time.monotonic()
    await house.pi.shell.run(f"systemctl kill --signal=KILL --kill-who=main {AGENT}")
    await _started_again(house, before)
    return f"systemd started it again, at work after {time.monotonic() - began:.0f} s; {await a_food(house)}"


async def the_watchdog_is_starved(house: Household) -> str:
    before = await house.pi.unit("NRestarts")
    began = time.monotonic()
    await house.pi.shell.run(f"kill -STOP {await house.pi.unit('MainPID')}")
    await _started_again(house, before)
    seconds = time.monotonic() - began
    told = await house.pi.shell.run(f"journalctl --unit={AGENT} --boot --output=cat --lines=300")
    assert "Watchdog timeout" in told, told[-2000:]
    return f"systemd noticed and started it again, at work after {seconds:.0f} s; {await a_food(house)}"


async def the_vision_worker_is_killed(house: Household) -> str:
    """In mid-session."""
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        await house.pi.sees("a vision worker", lambda: _is_live(house, "vision"))
        first = await house.pi.pid("vision.worker")
        await house.pi.shell.run(f"kill -KILL {first}")
        await show(house, journal, package())
        second = await house.pi.pid("vision.worker")
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    assert first != second
    return "the same session went on with another one, which read a package"


async def bluetooth_is_killed(house: Household) -> str:
    if not (await house.pi.status())["containers"]:
        await a_food(house)
    before = await house.pi.unit("NRestarts")
    async with house.pi.journal() as journal:
        await house.pi.shell.run("systemctl kill --signal=KILL bluetooth && systemctl restart bluetooth")
        read = await journal.says(f"{CONTAINER} read in", within_s=2 * SLOW_S)
    assert await house.pi.unit("NRestarts") == before
    return f"the same agent read a container afterwards ({read.partition(' read in ')[2].partition(':')[0]})"


FAULTS = (
    the_agent_is_killed,
    the_watchdog_is_starved,
    the_vision_worker_is_killed,
    bluetooth_is_killed,
)


async def _started_again(house: Household, before: str) -> None:
    """Wait until systemd has started the agent once more, and it is at work."""

    async def once_more() -> bool:
        return int(await house.pi.unit("NRestarts")) > int(before) and await house.pi.unit("ActiveState") == "active"

    await house.pi.sees("a new start", once_more)
    await house.pi.at_work()


async def _is_live(house: Household, device: str) -> bool:
    return bool((await house.pi.status())["devices"][device]["state"] == "live")
