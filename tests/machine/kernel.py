"""Debian's kernel: its package is fetched and unpacked, never installed on this machine."""

import re
from pathlib import Path

from tests.machine import cache
from tests.machine.commands import CommandFailed, run

# 6.1 has a bug in list handling that a connection timing out meets (hci_chan_del): Bluetooth hangs until it is booted.
_WANTED = ("linux-image-6.12-amd64", "linux-image-amd64")


class Kernel:
    """An unpacked kernel package."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (modules,) = (folder / "lib" / "modules").iterdir()
        self.version = modules.name
        self.image = folder / "boot" / f"vmlinuz-{self.version}"

    def modules(self, *names: str) -> list[Path]:
        """The files of these modules and of all they need, in the order in which they can be loaded."""
        found: dict[Path, None] = {}
        for name in names:
            shown = run("modprobe", "-d", self.folder, "-S", self.version, "--show-depends", name)
            found |= dict.fromkeys(Path(path) for path in re.findall(r"^insmod (\S+)", shown, re.MULTILINE))
        return list(found)


def kernel() -> Kernel:
    """The newest suitable one, from this machine's mirror."""
    package = _package()
    return Kernel(cache.built("kernel", cache.digest(package, Path(__file__)), lambda folder: _fetch(package, folder)))


def _package() -> str:
    for wanted in _WANTED:
        try:
            shown = run("apt-cache", "depends", wanted)
        except CommandFailed:
            continue
        if found := re.search(r"Depends: (linux-image-\S+)", shown):
            return found[1]
    raise CommandFailed(f"no package {' or '.join(_WANTED)} is known here: run apt-get update as root")


def _fetch(package: str, folder: Path) -> None:
    run("apt-get", "download", package, cwd=folder)
    (file,) = folder.glob("*.deb")
    run("dpkg-deb", "--extract", file, folder)
    file.unlink()
    for library in folder.glob("usr/lib/modules"):  # where newer releases put them
        (folder / "lib").mkdir(exist_ok=True)
        library.rename(folder / "lib" / "modules")
    (modules,) = (folder / "lib" / "modules").iterdir()
    run("depmod", "-b", folder, modules.name)
