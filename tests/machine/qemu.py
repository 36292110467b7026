"""A computer in QEMU, without KVM: started, listened to, and switched off in any case."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.machine.commands import program
from tests.ports import free_port

_GUEST = "10.0.2.15"
_LOOK_S = 0.05


class NoBoot(Exception):
    """It ended or kept silent; the end of what its console said."""


@dataclass(frozen=True, slots=True)
class Computer:
    """What it is made of."""

    kernel: Path
    initrd: Path
    command_line: str = ""
    memory_mb: int = 320
    ports: tuple[int, ...] = ()
    """Of the guest, each reached from here through a port of this machine."""
    lines: tuple[str, ...] = ()
    """Serial lines hvc0, hvc1 ... of the guest, each a socket in the machine's folder."""
    more: tuple[str, ...] = ()
    """Further options of QEMU."""


class Machine:
    """`folder` takes the console's log and the sockets; the path must be short enough for them."""

    def __init__(self, computer: Computer, folder: Path) -> None:
        self.computer = computer
        self._console = folder / "console.log"
        self._folder = folder
        self._ports = {port: free_port() for port in computer.ports}
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._console.write_text("")
        for name in self.computer.lines:
            self.line(name).unlink(missing_ok=True)  # of a run before this one
        # Whatever happens to the tests, the machine does not outlive them.
        guard = (program("setpriv"), "--pdeathsig", "KILL", program("nice"), "-n", "5")
        self._process = subprocess.Popen(
            [*map(str, guard), "qemu-system-x86_64", *self._options()], stdin=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """As if the plug were pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def port(self, guest_port: int) -> int:
        return self._ports[guest_port]

    def line(self, name: str) -> Path:
        return self._folder / f"{name}.sock"

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def type(self, name: str, text: str) -> None:
        """Type a line of text on a serial line."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.line(name)))
            line.sendall(text.encode() + b"\n")

    def said(self) -> str:
        return self._console.read_text(errors="replace")

    async def says(self, text: str, within_s: float) -> None:
        """Wait until its console has said this."""
        latest = time.monotonic() + within_s
        while text not in self.said():
            if not self.runs or time.monotonic() > latest:
                raise NoBoot(f"never said {text!r}:\n{self.said()[-3000:]}")
            await asyncio.sleep(_LOOK_S)

    def _options(self) -> Iterable[str]:
        pc = self.computer
        yield from ("-accel", "tcg", "-cpu", "max", "-M", "q35", "-m", str(pc.memory_mb), "-nodefaults", "-no-reboot")
        yield from ("-display", "none", "-serial", f"file:{self._console}")
        yield from ("-kernel", str(pc.kernel), "-initrd", str(pc.initrd))
        yield from ("-append", f"console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable {pc.command_line}")
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{here}-{_GUEST}:{there}" for there, here in self._ports.items())
        yield from ("-netdev", f"user,id=net{forwards}", "-device", "virtio-net-pci,netdev=net,romfile=")
        yield from ("-device", "virtio-serial-pci")
        for name in pc.lines:
            yield from ("-chardev", f"socket,id={name},path={self.line(name)},server=on,wait=off")
            yield from ("-device", f"virtconsole,chardev={name}")
        yield from pc.more
