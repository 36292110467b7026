"""The token that lets a phone in: one file in the state directory, for its owner alone."""

import ipaddress
import os
import secrets
from pathlib import Path

from befresh_agent.errors import BefreshError

_FILE = "page-token"
_BYTES = 24


def needed(host: str) -> bool:
    """Whether an address to listen at can be reached from outside this machine."""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


class Token:
    """`value` is the token as it is in the file now, so a new one counts at once."""

    def __init__(self, state: Path) -> None:
        self._path = state / _FILE
        self._stamp = 0
        self._value = ""

    def value(self) -> str:
        """The token, made where there is none. Raises `BefreshError` when it can be neither read nor kept."""
        try:
            if not self._path.exists():
                self.renew()
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._value, self._stamp = self._path.read_text().strip(), stamp
        except OSError as error:
            raise BefreshError(f"{self._path}: {error.strerror}") from error
        return self._value

    def renew(self) -> None:
        """Make a new one; the old one, and every cookie with it, is worth nothing from now on."""
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(_BYTES) + "\n")
        fresh.rename(self._path)
