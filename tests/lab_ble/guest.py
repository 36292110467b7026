"""The machine of laboratory B: a kernel, dbus-daemon and bluetoothd, 25 MB in memory, up in seconds.

Its Bluetooth controller is a serial line (as on a Pi) behind which containers are played; its system bus is a port. Its
programs are this computer's, or those of the Debian that SUITE names.
"""

import os
import platform
import shutil
from pathlib import Path

from tests.machine import cache
from tests.machine.commands import program, run
from tests.machine.debian import unpacked
from tests.machine.initramfs import Initramfs
from tests.machine.kernel import Kernel, kernel
from tests.machine.qemu import Computer

BUS_PORT = 5555
RADIO, COMMANDS = "radio", "commands"
_HERE = Path(__file__).parent
_BUSYBOX = ("cat", "echo", "insmod", "ip", "killall", "mount", "sed", "sh", "sleep", "su")
_MODULES = ("virtio_pci", "virtio_console", "virtio_net", "af_alg", "algif_hash", "algif_skcipher", "cmac", "ecb")
_BLUETOOTH = ("ecdh_generic", "bluetooth", "hci_uart")
_PACKAGES = ("bluez", "busybox-static", "dbus-daemon", "socat")
_PROGRAMS = ("dbus-daemon", "btattach", "socat")
_BLUETOOTHD = ("usr/libexec/bluetooth/bluetoothd", "usr/lib/bluetooth/bluetoothd")


def computer(suite: str = os.environ.get("SUITE", "")) -> Computer:
    """The machine's parts, built when they are not there yet."""
    linux = kernel()
    debian = unpacked(suite, *_PACKAGES) if suite else Path("/")
    versions = str(debian) if suite else run("dpkg-query", "--show", *_PACKAGES)
    sources = (Path(__file__), _HERE / "init", _HERE / "bus.conf")
    content = cache.digest(linux.version, versions, *sources)
    folder = cache.built("ble", content, lambda folder: _build(linux, debian, folder))
    # Without `notests` an older kernel tests its ciphers for seconds.
    command_line = f"cryptomgr.notests=1 agent_uid={os.getuid()}"
    return Computer(linux.image, folder / "initrd", command_line, ports=(BUS_PORT,), lines=(RADIO, COMMANDS))


def _build(linux: Kernel, debian: Path, folder: Path) -> None:
    assert platform.machine() == "x86_64", "the machine's programs are this computer's, and they must fit the kernel"
    root = Initramfs(folder / "root", debian)
    root.busybox(*_BUSYBOX)
    for name in _PROGRAMS:
        root.program(program(name) if debian == Path("/") else debian / "usr" / "bin" / name, f"/bin/{name}")
    root.program(next(path for one in _BLUETOOTHD if (path := debian / one).exists()), "/bin/bluetoothd")
    root.modules(linux.modules(*_MODULES, *_BLUETOOTH))
    root.text("/etc/bus.conf", (_HERE / "bus.conf").read_text())
    root.text("/etc/bluetooth/main.conf", "[Policy]\nAutoEnable=true\n")
    for place in ("/run/dbus", "/var/lib/bluetooth"):
        root.folder(place)
    root.text("/init", (_HERE / "init").read_text(), 0o755)
    root.pack(folder / "initrd")
    shutil.rmtree(folder / "root")
