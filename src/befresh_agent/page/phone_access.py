"""Whether phones in the house may come in, as it was chosen on the page, and the address by which they do.

The choice is kept beside the token, below the user's file, which is never written to; what the user has set counts
first. Known without FastAPI: the agent starts without it where the page is off.
"""

import json
import socket
from pathlib import Path

from befresh_agent.domain.endpoints import is_here
from befresh_agent.errors import BefreshError, told
from befresh_agent.settings.model import PageSettings


def outside() -> str:
    """The address by which other machines of the house reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # nothing is sent: the system only chooses the way
            return str(way.getsockname()[0])
        except OSError:
            return socket.gethostname()


_FILE = "page-settings.json"

EVERYWHERE = "0.0.0.0"


class OwnSettings:
    """The file is read anew each time: `befresh-agent page` looks into it as well."""

    def __init__(self, state: Path) -> None:
        self._path = state / _FILE

    @property
    def phones(self) -> bool:
        """Whether phones in the house may come in."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(kept, dict) and kept.get("phones") is True

    def let_phones_in(self, on: bool) -> None:
        """Raises `BefreshError` when that cannot be kept."""
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"phones": on}) + "\n", encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise BefreshError(told(error, self._path)) from error

    def may_open(self, page: PageSettings) -> bool:
        """Whether it is for the page to say: the user has not said where it listens, and no proxy stands before it."""
        return "host" not in page.model_fields_set and is_here(page.host) and not page.proxies

    def in_force(self, page: PageSettings) -> PageSettings:
        """The page's settings with what was chosen on the page."""
        return page.model_copy(update={"host": EVERYWHERE}) if self.phones and self.may_open(page) else page
