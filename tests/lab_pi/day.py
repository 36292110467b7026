"""A day in minutes: a machine in which time that nobody uses costs none. Nobody outside takes part in it."""

import os
import time
from pathlib import Path

from tests.machine.kernel import kernel

from .household import ORIGIN
from .pi import DREAMING, Pi

HOURS = float(os.environ.get("HOURS") or 24)
_SETTINGS = f"""
[fridge]
id = 17
[camera]
source = "/dev/video0"
[update]
origin = "{ORIGIN}"
"""
_END = "next monday 05:45"
"""After the weekly update by cron and by the timer, each of which is at 03:17 or up to two hours later."""
_SETTLED_S = 900
"""What is not needed at once, like the page, has begun by then."""
_MOST_GROWTH_KB = 5000
_PATIENCE_S = 7200.0
_TIMER = "befresh-agent-update.timer"


async def a_day_passes(folder: Path) -> str:
    """The weekly update is due in it, by cron and by systemd's timer; the agent is as well at its end."""
    async with Pi(kernel(), folder, _SETTINGS, DREAMING) as pi:
        pi.machine.start()
        await pi.at_work()
        await pi.shell.run("systemctl stop lab-camera")
        await pi.shell.run(f"date --set \"$(date --date '{_END} {HOURS:g} hours ago')\"")
        await pi.shell.run(f"systemctl start {_TIMER}; sleep {_SETTLED_S}")
        before, restarts, began = await _memory_kb(pi), await pi.unit("NRestarts"), time.monotonic()
        await pi.shell.run(f"sleep {HOURS * 3600:.0f}", within_s=_PATIENCE_S)
        minutes = (time.monotonic() - began) / 60
        assert await pi.unit("NRestarts") == restarts
        growth = await _memory_kb(pi) - before
        assert growth < _MOST_GROWTH_KB, f"{growth} kB more memory"
        assert (await pi.status())["ready"]
        ran = await pi.shell.run(f"journalctl --since=-{HOURS * 3600:.0f}s --output=cat --identifier=CRON")
        assert "befresh-update update --scheduled" in ran, ran
        assert await pi.unit("Result", "befresh-agent-update.service") == "success"
        assert await pi.unit("ExecMainStartTimestamp", "befresh-agent-update.service")
        last = await pi.shell.run("befresh-agent update --status")
        assert "code: 0, line: good" in last, last
    return f"{HOURS:g} hours in {minutes:.0f} min; cron and the timer looked for updates; {growth:+d} kB of memory"


async def _memory_kb(pi: Pi) -> int:
    return int(await pi.shell.run(f"ps --no-headers --format rss --pid {await pi.unit('MainPID')}"))
