"""What a laboratory has built, kept outside the checkout by what it was made from, so that it is built once."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "befresh-agent-lab"
_KEPT_S = 3 * 86400.0
"""What no laboratory has asked for in so long is removed."""


def digest(*parts: str | Path) -> str:
    """A short name for this content: of files what is in them, of texts themselves."""
    sha = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        sha.update(len(content).to_bytes(8) + content)
    return sha.hexdigest()[:16]


def built(name: str, content: str, build: Callable[[Path], None]) -> Path:
    """The folder that `build` filled for this content: now, or at an earlier time. Whole, or not there at all."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with _alone(name):
        folder = _FOLDER / f"{name}-{content}"
        if not folder.exists():
            _remove_old(name)
            work = Path(tempfile.mkdtemp(dir=_FOLDER, prefix=f".{name}-"))
            try:
                build(work)
                work.rename(folder)
            except BaseException:
                shutil.rmtree(work, ignore_errors=True)
                raise
        os.utime(folder)
        return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Another checkout's laboratory may want the same thing at the same time."""
    with (_FOLDER / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_old(name: str) -> None:
    for folder in (*_FOLDER.glob(f"{name}-*"), *_FOLDER.glob(f".{name}-*")):
        if folder.stat().st_mtime < time.time() - _KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)
