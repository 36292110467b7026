"""A virtual Pi that runs the installed agent, and everything around it: a hand, a button, a camera's view, a voice."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.machine.commands import run
from tests.machine.kernel import Kernel
from tests.machine.qemu import Computer, Machine, NoBoot

from .root import disk
from .shell import Refused, Shell

RADIO = "radio"
HOST = "10.0.2.2"
"""This computer, as the machine sees it."""
AGENT = "befresh-agent.service"
SLOW_S = 240.0
"""So long an emulated machine may take for what a Pi does in seconds."""
USUAL = ("-smp", "2")
DREAMING = ("-smp", "1", "-icount", "shift=1,sleep=off")
"""Time that nobody uses costs none; nobody outside can keep pace with it."""
_BOOT_S = 900.0
_SSH_PORT = 22
_BUTTON = 15
_LOOK_S = 0.5
# A kernel that is kept waiting takes its timer for broken, and mistakes how fast the processor counts.
_TIME = "no_timer_check tsc=unstable clocksource=hpet"
# As Raspberry Pi OS boots: Bluetooth is blocked, and memory is not limited by control groups.
_UNKIND = "rfkill.default_state=0 cgroup_disable=memory"
_MEMORY_MB = int(os.environ.get("MEMORY_MB") or 512)
_OPTIONS = f"{_TIME} {_UNKIND} loglevel=4 audit=0 net.ifnames=0 systemd.show_status=0 cryptomgr.notests=1"


class Pi:
    """An async context manager; its disk is new each time it is entered, and stays when the power goes."""

    def __init__(self, linux: Kernel, folder: Path, settings: str, processor: tuple[str, ...] = USUAL) -> None:
        parts = disk(linux)
        self._disk = folder / "disk.qcow2"
        self._base = parts / "disk"
        (folder / "settings.toml").write_text(settings)
        drive = f"file={self._disk},if=none,id=disk,cache=writeback"
        # With a source of chance from the start the kernel changes less of its own code while two processors run it.
        more = ["-cpu", "Nehalem,+rdrand", *processor, "-drive", drive, "-device", "virtio-blk-pci,drive=disk"]
        more += ["-device", "virtio-rng-pci", "-fw_cfg", f"name=opt/befresh/settings,file={folder}/settings.toml"]
        computer = Computer(
            kernel=linux.image,
            initrd=parts / "initrd",
            command_line=_OPTIONS,
            memory_mb=_MEMORY_MB,
            ports=(_SSH_PORT,),
            lines=(RADIO,),
            more=tuple(more),
        )
        self.machine = Machine(computer, folder)
        self.shell = Shell(parts / "id_ed25519", self.machine.port(_SSH_PORT), folder)

    async def __aenter__(self) -> Self:
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self._base, self._disk)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.cut()

    # Power

    async def cut(self) -> None:
        """The power goes."""
        self.machine.stop()
        await self.shell.hang_up()

    async def at_work(self) -> None:
        """Wait, from the switching on or the agent's new start, until somebody may come: the button is felt.

        Raises `NoBoot` when the machine has ended.
        """
        await self.sees("the agent at work", self._may_come, _BOOT_S)

    async def _may_come(self) -> bool:
        if not self.machine.runs:
            raise NoBoot(self.machine.said()[-3000:])
        devices = (await self.status())["devices"]
        return all(devices[name]["state"] == "ready" for name in ("button", "voice"))

    async def sees(self, what: str, true: Callable[[], Awaitable[bool]], within_s: float = SLOW_S) -> None:
        """Wait until it is true; the machine may not answer meanwhile."""
        why: Exception | None = None
        try:
            async with asyncio.timeout(within_s):
                while True:
                    try:
                        if await true():
                            return
                    except (Refused, KeyError, ValueError) as refused:
                        why = refused
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            said = f"{why}\n{self.machine.said()[-1000:]}"
            raise AssertionError(f"never saw {what} within {within_s:g} s: {said}") from why

    # Around it

    async def press(self, seconds: float = 0.25) -> None:
        pull = f"/run/lab/pins/sim_gpio{_BUTTON}/pull"
        await self.shell.run(f"echo pull-up >{pull}; sleep {seconds}; echo pull-down >{pull}")

    async def hand(self, millimetres: int) -> None:
        """So far away from the distance sensor; 0: the sensor does not answer."""
        await self.shell.run(f"echo {millimetres} >/sys/module/befresh_gpio/parameters/distance_mm")

    async def show(self, gray: bytes) -> None:
        """A picture of 640x480 gray bytes before the camera."""
        await self.shell.put("/run/lab/picture", gray)

    async def say(self, wav: bytes) -> None:
        """Into the microphone."""
        await self.shell.put("/run/lab/saying.wav", wav)
        await self.shell.run("mv /run/lab/saying.wav /run/lab/said.wav")
        await self.shell.run("while [ -e /run/lab/said.wav ]; do sleep 0.1; done; sleep 0.5")

    # The agent in it

    async def status(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(await self.shell.run("lab-status"))
        return shown

    async def unit(self, fact: str, unit: str = AGENT) -> str:
        """What systemd knows of it."""
        return (await self.shell.run(f"systemctl show --property={fact} --value {unit}")).strip()

    async def pid(self, module: str) -> str:
        """Of the agent's process that runs this Python module."""
        return (await self.shell.run(f"pgrep --newest --full 'python.* -m [b]efresh_agent.{module}'")).strip()

    async def vision_worker(self) -> str:
        """The newest process of the agent that reads pictures."""
        return (await self.shell.run("pgrep --newest --full '[m]ultiprocessing.forkserver'")).strip()

    @contextlib.asynccontextmanager
    async def journal(self) -> "AsyncIterator[Journal]":
        """What the agent tells from now on."""
        here = (await self.shell.run("journalctl --quiet --lines=0 --show-cursor")).rpartition("cursor: ")[2].strip()
        follow = f"journalctl --unit={AGENT} --follow --after-cursor='{here}' --output=cat"
        async with self.shell.lines(f"{follow} | grep --line-buffered --invert-match bleak") as lines:
            journal = Journal(lines)
            reading = asyncio.create_task(journal.read())
            try:
                yield journal
            finally:
                reading.cancel()
                await asyncio.wait([reading])


class Journal:
    """Lines, as they come."""

    def __init__(self, lines: asyncio.StreamReader) -> None:
        self._lines = lines
        self.told: list[str] = []
        self._taken = 0

    async def read(self) -> None:
        async for line in self._lines:
            self.told.append(line.decode(errors="replace").rstrip())

    async def says(self, *texts: str, within_s: float = SLOW_S) -> str:
        """Wait for the next line with one of these texts; it."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for number in range(self._taken, len(self.told)):
                        if any(text in self.told[number] for text in texts):
                            self._taken = number + 1
                            return self.told[number]
                    await asyncio.sleep(_LOOK_S / 5)
        except TimeoutError:
            raise AssertionError(f"never told {' or '.join(texts)}:\n" + "\n".join(self.told[-40:])) from None
