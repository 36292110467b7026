"""The running agent: what systemd knows of it, and what it says of itself at its socket."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from befresh_update.errors import Unfit
from befresh_update.layout import SERVICE
from befresh_update.program import ProgramFailed, run

_ANSWER_S = 5.0
_READY_S = 60.0
_PATIENCE = 3
"""So many answers in a row may fail: a Pi can be busy for a moment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What systemd knows."""

    state: str
    """`active`, `inactive`, `failed`, `activating`..."""
    pid: int
    enabled: bool


class Service:
    """The service and its socket."""

    def __init__(self, control_socket: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._socket = control_socket
        self._sleep = sleep

    def standing(self) -> Standing:
        try:
            shown = _systemctl("show", "--property=ActiveState,MainPID,UnitFileState", SERVICE)
        except ProgramFailed:
            shown = ""  # systemd does not run here, as while a card is being prepared
        facts = dict(line.partition("=")[::2] for line in shown.splitlines())
        enabled = facts.get("UnitFileState", "").startswith("enabled")
        return Standing(facts.get("ActiveState", "unknown"), int(facts.get("MainPID") or 0), enabled)

    def restart(self) -> None:
        """Returns when the agent said READY. Raises `Unfit`."""
        try:
            _systemctl("reset-failed", SERVICE)
            _systemctl("restart", SERVICE)
        except ProgramFailed as failed:
            raise Unfit("it does not start") from failed

    def stop(self) -> None:
        _systemctl("stop", SERVICE)

    def answer(self) -> dict[str, Any] | None:
        """The agent's status; None when it gives none."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_S)
            try:
                connection.connect(str(self._socket))
                return dict(json.loads(b"".join(iter(lambda: connection.recv(65536), b""))))
            except (OSError, ValueError, TypeError):
                return None

    def busy(self) -> str:
        """What the agent must not be interrupted in; empty when nothing."""
        status = self.answer() or {}
        outbox = status.get("outbox") or {}
        if status.get("session") is not None:
            return "a session is open"
        if outbox.get("waiting") and not outbox.get("broker") and not outbox.get("error"):
            return "messages are on their way"
        return ""

    def watch(self, version: str, for_s: float) -> None:
        """Look on for so long. Raises `Unfit` as soon as the agent is not, or does not stay, well."""
        pid = self._until_ready(version, min(_READY_S, for_s))
        failures = 0
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0:
            self._sleep(min(2.0, for_s / 5, left))
            standing = self.standing()
            if standing.state != "active" or standing.pid != pid:
                raise Unfit("it ended and was started again")
            complaint = _complaint(self.answer(), version)
            failures = failures + 1 if complaint else 0
            if failures >= _PATIENCE:
                raise Unfit(complaint)
        if failures:
            raise Unfit(complaint)

    def _until_ready(self, version: str, for_s: float) -> int:
        """The process that answers well for the first time."""
        until = time.monotonic() + for_s
        while True:
            standing = self.standing()
            if standing.state != "active":
                raise Unfit(f"it does not stay up ({standing.state})")
            complaint = _complaint(self.answer(), version)
            if not complaint:
                return standing.pid
            if time.monotonic() > until:
                raise Unfit(complaint)
            self._sleep(0.2)


def _complaint(status: dict[str, Any] | None, version: str) -> str:
    """What is wrong with the agent by its own account; empty when nothing."""
    if status is None:
        return "it gives no answer"
    if status.get("version") != version:
        return f"it calls itself {status.get('version')}"
    if not status.get("ready"):
        return "it is not ready"
    if error := (status.get("outbox") or {}).get("error"):
        return f"its memory fails: {error}"
    return ""


def _systemctl(*words: str) -> str:
    return run(["systemctl", *words], what=f"systemctl {words[0]}", timeout_s=150)
