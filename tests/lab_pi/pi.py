"""A virtual Pi that runs the installed agent, and everything around it: a hand, a button, a camera's view, a voice."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.machine.commands import run
from tests.machine.kernel import Kernel
from tests.machine.qemu import Computer, Machine

from .root import disk
from .shell import Refused, Shell

RADIO = "radio"
HOST = "10.0.2.2"
"""This computer, as the machine sees it."""
_SSH_PORT = 22
_BUTTON = 15
_BOOT_S = 240.0
_LOOK_S = 0.2
_AGENT = "befresh-agent.service"


class Pi:
    """An async context manager; its disk is new each time it is entered."""

    def __init__(self, linux: Kernel, folder: Path) -> None:
        parts = disk(linux)
        self._disk = folder / "disk.qcow2"
        self._base = parts / "disk"
        drive = f"file={self._disk},if=none,id=disk,cache=writeback"
        more = (
            "-cpu",
            "Nehalem",
            "-smp",
            "2",
            "-drive",
            drive,
            "-device",
            "virtio-blk-pci,drive=disk",
            "-device",
            "virtio-rng-pci",
        )
        options = "loglevel=4 audit=0 net.ifnames=0 systemd.show_status=0 cryptomgr.notests=1"
        computer = Computer(
            kernel=linux.image,
            initrd=parts / "initrd",
            command_line=options,
            memory_mb=1024,
            ports=(_SSH_PORT,),
            lines=(RADIO,),
            more=more,
        )
        self.machine = Machine(computer, folder)
        self.shell = Shell(parts / "id_ed25519", self.machine.port(_SSH_PORT), folder)

    async def __aenter__(self) -> Self:
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self._base, self._disk)
        self.machine.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.cut()

    # Power

    async def booted(self) -> None:
        await self.machine.says("the machine is up", _BOOT_S)

    async def cut(self) -> None:
        """The power goes."""
        self.machine.stop()
        await self.shell.hang_up()

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
        await self.shell.put("/run/lab/said.wav", wav)
        await self.shell.run("aplay -q -D plughw:0,1 /run/lab/said.wav")

    # The agent in it

    async def configure(self, toml: str) -> None:
        await self.shell.put("/etc/befresh-agent/config.toml", toml.encode())
        await self.shell.run(f"systemctl restart {_AGENT}", within_s=180)
        await self.ready()

    async def ready(self) -> None:
        """Wait until somebody may come: the agent runs, and feels the button."""
        async with asyncio.timeout(_BOOT_S):
            while True:
                with contextlib.suppress(Refused, KeyError, ValueError):
                    devices = (await self.status())["devices"]
                    if devices["button"]["state"] == "ready" and devices["voice"]["state"] == "ready":
                        return
                await asyncio.sleep(_LOOK_S)

    async def status(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(await self.shell.run("befresh-agent status --json"))
        return shown

    @contextlib.asynccontextmanager
    async def journal(self) -> "AsyncIterator[Journal]":
        """What the agent tells from now on."""
        follow = f"journalctl --unit={_AGENT} --follow --lines=0 --output=cat"
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

    async def says(self, text: str, within_s: float = 120.0) -> str:
        """Wait for the next line with this text; it."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for number in range(self._taken, len(self.told)):
                        if text in self.told[number]:
                            self._taken = number + 1
                            return self.told[number]
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise AssertionError(f"never told {text!r}:\n" + "\n".join(self.told[-40:])) from None
