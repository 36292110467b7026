"""What goes wrong around a running agent, under the real systemd. After each a food is registered and delivered."""

import time

from .everyday import a_food, close_session, open_session, show, speak, wake
from .household import CONTAINER, FOOD, Household, container, package, table
from .pi import AGENT, SLOW_S

# Both ends of the loopback.
_THIEF = "systemd-run --quiet --unit=lab-thief sh -c '{0} hw:1,0 & {0} hw:1,1; wait'".format(
    "arecord -q -f S16_LE -r 48000 -c 2 /dev/null -D"
)


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
        first = await house.pi.vision_worker()
        await house.pi.shell.run(f"kill -KILL {first}")
        await show(house, journal, package())
        second = await house.pi.vision_worker()
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    assert first != second
    return "the same session went on with another one, which read a package"


async def the_voice_process_is_killed(house: Household) -> str:
    """In mid-session."""
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        first = await house.pi.pid("voice")
        await house.pi.shell.run(f"kill -KILL {first}")
        await journal.says("voice is lost")
        await journal.says("voice is ready again")
        await journal.says("voice is live")
        second = await house.pi.pid("voice")
        await wake(house, journal)
        await speak(house, journal)
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    assert first != second
    return "the next one heard the wake phrase and a name in the same session"


async def the_microphone_is_taken(house: Household) -> str:
    """By another program; what is shown meanwhile is kept without a name."""
    before = len(await house.foods())
    async with house.pi.journal() as journal:
        await house.pi.shell.run(_THIEF)
        try:
            await open_session(house, journal)
            await house.pi.show(package())
            await journal.says("registered an unnamed food", within_s=2 * SLOW_S)
        finally:
            await house.pi.shell.run("systemctl stop lab-thief")
        await house.pi.show(table())
        await journal.says("voice is live", "voice is ready again")
        await show(house, journal, container())
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    assert [food["ftypeId"] for food in (await house.foods())[before:]] == [1]
    return "one food waits for its name, the next one got one by voice and was delivered"


async def the_camera_goes_and_comes(house: Household) -> str:
    """Out of its socket, in mid-session."""
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        await house.pi.sees("a camera", lambda: _is_live(house, "camera"))
        await house.pi.shell.run("systemctl stop lab-camera")
        await journal.says("camera is lost")
        await house.pi.shell.run("until rmmod v4l2loopback; do sleep 0.5; done; test ! -e /dev/video0")
        assert (await house.pi.status())["devices"]["camera"]["state"] == "lost"
        await house.pi.shell.run("modprobe v4l2loopback && systemctl start lab-camera")
        await journal.says("camera is live again")
        await show(house, journal, package())
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    return "gone, shown as lost, and back in the same session, in which a package was read"


async def bluetooth_is_killed(house: Household) -> str:
    if not (await house.pi.status())["containers"]:
        await a_food(house)
    before = await house.pi.unit("NRestarts")
    async with house.pi.journal() as journal:
        await house.pi.shell.run("systemctl kill --signal=KILL bluetooth && systemctl restart bluetooth")
        read = await journal.says(f"{CONTAINER} read in", within_s=2 * SLOW_S)
    assert await house.pi.unit("NRestarts") == before
    return f"the same agent read a container afterwards ({read.partition(' read in ')[2].partition(':')[0]})"


async def the_broker_is_away(house: Household) -> str:
    before = len(await house.foods())
    async with house.pi.journal() as journal:
        house.kafka.down()
        try:
            await open_session(house, journal)
            await show(house, journal, container())
            await close_session(house, journal)
            await journal.says("broker out of reach")
            assert (await house.pi.status())["outbox"]["broker"], "status says nothing about the broker"
        finally:
            house.kafka.up()
        await journal.says(f"for {FOOD} delivered", within_s=2 * SLOW_S)
    assert len(await house.foods()) == before + 1
    return "the message waited on disk, and arrived once"


FAULTS = (
    the_agent_is_killed,
    the_watchdog_is_starved,
    the_vision_worker_is_killed,
    the_voice_process_is_killed,
    the_microphone_is_taken,
    the_camera_goes_and_comes,
    bluetooth_is_killed,
    the_broker_is_away,
)


async def _started_again(house: Household, before: str) -> None:
    """Wait until systemd has started the agent once more, and it is at work."""

    async def once_more() -> bool:
        return int(await house.pi.unit("NRestarts")) > int(before) and await house.pi.unit("ActiveState") == "active"

    await house.pi.sees("a new start", once_more)
    await house.pi.at_work()


async def _is_live(house: Household, device: str) -> bool:
    return bool((await house.pi.status())["devices"][device]["state"] == "live")
