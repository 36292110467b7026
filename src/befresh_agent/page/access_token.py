"""The token that lets a phone in, one file of the state directory, for its owner alone; and wrong tokens, counted by
peer.

Whoever guesses, or has an old one, shuts out nobody but themselves. Times are monotonic seconds.
"""

import os
import secrets
from pathlib import Path

from befresh_agent.domain.endpoints import is_here
from befresh_agent.errors import BefreshError, told
from befresh_agent.runtime.remedies import closed
from befresh_agent.settings.model import PageSettings

_FILE = "page-token"

_BYTES = 24


def asked_for(page: PageSettings) -> bool:
    """Whether everybody needs a token; a page behind a proxy is reached from outside, wherever it listens."""
    return page.token == "always" or bool(page.proxies) or not is_here(page.host)


class AccessToken:
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
                self._value, self._stamp = self._path.read_text(encoding="utf-8").strip(), stamp
        except PermissionError as error:
            raise closed(self._path) from error
        except OSError as error:
            raise BefreshError(told(error, self._path)) from error
        return self._value

    def renew(self) -> None:
        """Make a new one; the old one, and every cookie with it, is worth nothing from now on.

        Raises `BefreshError` when it cannot be kept.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(secrets.token_urlsafe(_BYTES))
        except PermissionError as error:
            raise closed(self._path) from error
        except OSError as error:
            raise BefreshError(told(error, self._path)) from error

    def _write(self, value: str) -> None:
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{value}\n")
        fresh.rename(self._path)


_TRIES, _WITHIN_S = 10, 60.0
"""So many wrong tokens within so many seconds."""

_MOST_PEERS = 1000


class WrongTokens:
    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}
        """By peer, who was wrong last at the end."""

    def __len__(self) -> int:
        return len(self._wrong)

    def too_many(self, peer: str, now: float) -> bool:
        """Count one more; whether that is one too many."""
        recent = [at for at in self._wrong.pop(peer, []) if now - at < _WITHIN_S]
        self._wrong[peer] = [*recent, now][-_TRIES - 1 :]
        if len(self._wrong) > _MOST_PEERS:
            del self._wrong[next(iter(self._wrong))]
        return len(recent) >= _TRIES
