"""Kernel modules that Debian does not build: simulated pins with a distance sensor, and a camera that is fed by hand.

Headers and sources are unpacked from Debian's packages, not installed.
"""

import re
import shutil
from pathlib import Path

from tests.machine import cache
from tests.machine.commands import CommandFailed, run
from tests.machine.kernel import Kernel

_HERE = Path(__file__).parent
_OWN = ("befresh_gpio.c", "hcsr04.c")
_SOURCES = ("drivers/gpio/gpio-sim.c", "kernel/irq/irq_sim.c")


def modules(linux: Kernel) -> list[Path]:
    """The built modules' files."""
    content = cache.digest(linux.version, Path(__file__), *(_HERE / name for name in _OWN))
    folder = cache.built("pi-modules", content, lambda folder: _build(linux, folder))
    return sorted(folder.glob("*.ko"))


def _build(linux: Kernel, folder: Path) -> None:
    work = folder / "work"
    headers = _headers(linux, work)
    _make(headers, _gpio(linux, work))
    _make(headers, _loopback(work), "KCFLAGS=-Dstrlcpy=strscpy")  # Debian 12's v4l2loopback is older than its kernel
    for name in ("befresh_gpio", "v4l2loopback"):
        (built,) = work.glob(f"**/{name}.ko")
        run("strip", "--strip-debug", built)
        shutil.copy(built, folder)
    shutil.rmtree(work)


def _headers(linux: Kernel, work: Path) -> Path:
    """The folder to build modules against."""
    common = linux.version.removesuffix("-amd64")
    _unpack(work, f"linux-headers-{linux.version}", f"linux-headers-{common}-common", f"linux-kbuild-{common}")
    headers = work / "usr" / "src" / f"linux-headers-{linux.version}"
    makefile = headers / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src", str(work / "usr" / "src")))
    (headers / "vmlinux").unlink(missing_ok=True)  # type information would need one tool more
    return headers


def _unpack(work: Path, *packages: str) -> None:
    work.mkdir(exist_ok=True)
    run("apt-get", "download", *packages, cwd=work)
    for file in work.glob("*.deb"):
        run("dpkg-deb", "--extract", file, work)
        file.unlink()


def _gpio(linux: Kernel, work: Path) -> Path:
    """The sources of our module; what of the kernel's has to be other than it is must be found, or nothing is built."""
    series = ".".join(linux.version.split(".")[:2])
    _unpack(work, f"linux-source-{series}")
    archive = work / "usr" / "src" / f"linux-source-{series}.tar.xz"
    names = [f"linux-source-{series}/{name}" for name in _SOURCES]
    run("tar", "--extract", "--occurrence=1", "--strip-components=1", f"--file={archive}", *names, cwd=work)
    place = work / "gpio"
    place.mkdir()
    # Not exported to modules; the other does the same.
    interrupts = (work / _SOURCES[1]).read_text()
    interrupts = _replaced(interrupts, r"handle_simple_irq\(irq_to_desc\((\w+)\)\)", r"generic_handle_irq_safe(\1)", 1)
    (place / "irq_sim.c").write_text(interrupts)
    pins = (work / _SOURCES[0]).read_text()
    pins = _replaced(pins, r"(static void gpio_sim_set(?:_multiple)?\(.*?\n)\}", r"\1\thcsr04_written(gc);\n}", 2)
    start = r"(static int __init gpio_sim_init\(void\)\n\{\n\tint ret)"
    pins = _replaced(pins, start, r"\1 = hcsr04_init();\n\n\tif (ret)\n\t\treturn ret", 1)
    (place / "gpio-sim.c").write_text(pins)
    for name in _OWN:
        shutil.copy(_HERE / name, place)
    (place / "Makefile").write_text("obj-m := befresh_gpio.o\n")
    return place


def _replaced(text: str, pattern: str, by: str, times: int) -> str:
    result, count = re.subn(pattern, by, text, flags=re.DOTALL)
    if count != times:
        raise CommandFailed(f"the kernel's source has changed: {pattern} is there {count} times instead of {times}")
    return result


def _loopback(work: Path) -> Path:
    _unpack(work, "v4l2loopback-dkms")
    (place,) = (work / "usr" / "src").glob("v4l2loopback-*")
    return place


def _make(headers: Path, place: Path, *options: str) -> None:
    run("make", "-s", "-C", headers, f"M={place}", *options, "modules")
