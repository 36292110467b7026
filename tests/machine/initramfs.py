"""A root in memory: a few programs with their libraries, kernel modules, and an init script.

The programs are this machine's, or those of another Debian that was unpacked somewhere.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.machine.commands import program, run

_LIBRARIES, _LOADER = "usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2"


class Initramfs:
    """Put in what it needs, then pack it."""

    def __init__(self, root: Path, debian: Path = Path("/")) -> None:
        self._root, self._debian = root, debian
        for folder in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "modules"):
            (root / folder).mkdir(parents=True)

    def text(self, path: str, content: str, mode: int = 0o644) -> None:
        target = self._target(path)
        target.write_text(content)
        target.chmod(mode)

    def folder(self, path: str) -> None:
        self._target(path).mkdir(parents=True, exist_ok=True)

    def busybox(self, *applets: str) -> None:
        """The static one, under these names."""
        shutil.copy(program("busybox"), self._root / "bin" / "busybox")
        for applet in applets:
            (self._root / "bin" / applet).symlink_to("busybox")

    def program(self, source: Path, path: str) -> None:
        """A program with the libraries it is linked against."""
        shutil.copy(source, self._target(path))
        for place, library in self._libraries(source).items():
            if not self._target(place).exists():
                shutil.copy(library, self._target(place))

    def _libraries(self, program: Path) -> dict[str, Path]:
        """Where each has its place, and where it is now."""
        if self._debian == Path("/"):
            linked = re.findall(r"(?:=> |^\t)(/\S+)", run("ldd", program), re.MULTILINE)
            return {place: Path(place).resolve() for place in linked}
        folder = self._debian / _LIBRARIES
        linked = re.findall(r"=> (/\S+)", run(folder / _LOADER, "--list", "--library-path", folder, program))
        return {f"/lib64/{_LOADER}": folder / _LOADER} | {
            f"/{_LIBRARIES}/{Path(one).name}": Path(one) for one in linked
        }

    def modules(self, files: Iterable[Path]) -> None:
        """Listed in /modules/list in the order to load them."""
        names = []
        for file in files:
            copy = Path(shutil.copy(file, self._root / "modules"))
            if copy.suffix == ".xz":
                run("xz", "--decompress", copy)
                copy = copy.with_suffix("")
            names.append(copy.name)
        self.text("/modules/list", "".join(f"{name}\n" for name in names))

    def pack(self, archive: Path) -> None:
        names = "".join(f"{path.relative_to(self._root)}\n" for path in sorted(self._root.rglob("*")))
        options = ("--create", "--format=newc", "--quiet", "--owner=0:0", f"--file={archive}")
        run("cpio", *options, cwd=self._root, text=names)

    def _target(self, path: str) -> Path:
        target = self._root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target
