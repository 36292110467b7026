"""Another release of Debian than this machine's: its packages are fetched and unpacked, never installed or run here."""

import re
from pathlib import Path

from tests.machine import cache
from tests.machine.commands import run


def mirror() -> str:
    """Where this machine has its own packages from."""
    for file in (*sorted(Path("/etc/apt").glob("sources.list*/*")), Path("/etc/apt/sources.list")):
        if file.is_file() and (found := re.search(r"https?://\S+?/debian(?=/?\s)", file.read_text())):
            return found[0]
    return "http://deb.debian.org/debian"


def unpacked(suite: str, *packages: str) -> Path:
    """A folder with the files of these packages and of all they need."""

    def build(folder: Path) -> None:
        included = f"--include={','.join(packages)}"
        run("mmdebstrap", "--variant=extract", included, suite, folder / "root", f"deb {mirror()} {suite} main")

    return cache.built(f"debian-{suite}", cache.digest(suite, *packages), build) / "root"
