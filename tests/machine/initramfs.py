"""A root in memory: a few programs with their libraries, kernel modules, and an init script."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.machine.commands import program, run


class Initramfs:
    """Put in what it needs, then pack it."""

    def __init__(self, root: Path) -> None:
        self._root = root
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
        """A program of this machine, with the libraries it is linked against."""
        shutil.copy(source, self._target(path))
        for library in re.findall(r"(?:=> |^\t)(/\S+)", run("ldd", source), re.MULTILINE):
            if not self._target(library).exists():
                shutil.copy(Path(library).resolve(), self._target(library))

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
