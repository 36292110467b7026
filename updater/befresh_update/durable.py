"""Changes that are there, or are not there, after a power cut: files, links, and folders full of files."""

import os
from collections.abc import Iterable
from pathlib import Path

from befresh_update.program import run


def write(path: Path, text: str, mode: int = 0o666) -> None:
    """The file has the old content or all of the new; `mode` as the umask leaves it."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(beside, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def add_line(path: Path, line: str) -> None:
    write(path, (path.read_text(encoding="utf-8") if path.exists() else "") + line + "\n")


def link(path: Path, target: str) -> None:
    """The link leads to the old target or to the new one; it is never missing."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(path)
    sync_folder(path.parent)


def remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all_beside(path: Path) -> None:
    """Everything on that file system: for thousands of new files cheaper than one by one, and nothing is missed."""
    run(["sync", "--file-system", path], what="sync", timeout_s=600)
