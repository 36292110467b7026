"""Where everything of an installation lives. `scripts/install.sh` names the same places; a test holds the two together.

/opt/befresh-agent/
    repo.git                     what was fetched
    releases/<version>-<commit>/ one complete release each, with its own .venv; `.ready` is written last
    current                      link to the release that runs
    updater/                     this program: befresh-update, and links `current` and `previous` to its copies
    state/                       what an update must remember; root's alone, so that the service cannot touch it
"""

from dataclasses import dataclass
from pathlib import Path

READY = ".ready"
SERVICE = "befresh-agent.service"
SERVICE_USER = "befresh"
PYTHON = "/usr/bin/python3"
SELF_TEST = ("doctor", "--self-test")
"""What a new release is asked to do, without devices, before it is let near the fridge."""


@dataclass(frozen=True, slots=True)
class Layout:
    """All places; `root` stands before every path, so that a rehearsal can have a machine of its own."""

    root: Path = Path("/")

    @property
    def home(self) -> Path:
        return self.root / "opt/befresh-agent"

    @property
    def repository(self) -> Path:
        return self.home / "repo.git"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def updater(self) -> Path:
        return self.home / "updater"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def settings(self) -> Path:
        return self.root / "etc/befresh-agent/config.toml"

    @property
    def data(self) -> Path:
        return self.root / "var/lib/befresh-agent"

    @property
    def runtime(self) -> Path:
        return self.root / "run/befresh-agent"
