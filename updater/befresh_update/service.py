"""The running agent: what systemd knows of it, and what it says of itself at its socket."""

import json
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from befresh_update.circumstances import ENDED, SETTINGS
from befresh_update.errors import WRONG_SETTINGS, Prevented, Slow, Unfit, UpdateError
from befresh_update.layout import SERVICE
from befresh_update.program import ProgramFailed, run

_ANSWER_S = 5.0
_READY_S = 60.0
_PROPERTIES = "ActiveState,MainPID,UnitFileState,NRestarts,Result,ExecMainStatus"
_UNCLEAR = ("unknown", "deactivating", "reloading")
"""What systemd cannot tell just now, or is on the way to something else."""
_STOPS_S = 30.0
_PATIENCE = 3
"""So many answers in a row may fail: a Pi can be busy for a moment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What systemd knows."""

    state: str
    """`active`, `inactive`, `failed`, `activating`..."""
    pid: int
    enabled: bool
    restarts: int
    """So often it was started again by systemd."""
    result: str
    """How it ended: `success`, `exit-code`, `signal`, `oom-kill`, `timeout`..."""
    status: int
    """Its exit code, or the signal that ended it."""


class Service:
    """The service and its socket."""

    def __init__(self, control_socket: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._socket = control_socket
        self._sleep = sleep

    def standing(self) -> Standing:
        try:
            shown = _systemctl("show", f"--property={_PROPERTIES}", SERVICE)
        except ProgramFailed:
            shown = ""  # systemd does not run here, as while a card is being prepared
        facts = dict(line.partition("=")[::2] for line in shown.splitlines())
        enabled = facts.get("UnitFileState", "").startswith("enabled")
        numbers = [int(facts.get(name) or 0) for name in ("MainPID", "NRestarts", "ExecMainStatus")]
        pid, restarts, status = numbers
        return Standing(facts.get("ActiveState", "unknown"), pid, enabled, restarts, facts.get("Result", ""), status)

    def restart(self) -> None:
        """Returns when the agent said READY. Raises `Unfit` or `Prevented`."""
        try:
            _systemctl("reset-failed", SERVICE)
            _systemctl("restart", SERVICE)
        except ProgramFailed as failed:
            raise (
                Slow("it does not start in time") if failed.timed_out else self._ended("it does not start")
            ) from failed

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
        """Look on for so long. Raises `Unfit` as soon as the agent is not, or does not stay, well; or `Prevented`."""
        self._until_ready(version, min(_READY_S, for_s))
        failures, complaint = 0, None
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0:
            self._sleep(min(2.0, for_s / 5, left))
            complaint = self._complaint(version)
            failures = failures + 1 if complaint else 0
            if complaint and failures >= _PATIENCE:
                raise complaint
        if complaint:
            raise complaint

    def _until_ready(self, version: str, for_s: float) -> None:
        """Until it answers well for the first time."""
        until = time.monotonic() + for_s
        while complaint := self._complaint(version):
            if time.monotonic() > until:
                raise complaint
            self._sleep(0.2)

    def _complaint(self, version: str) -> Unfit | None:
        """What is wrong with it, but may pass. Raises `Unfit` or `Prevented` when it is over."""
        standing = self._settled()
        if standing.state in _UNCLEAR:
            return Slow(f"systemd calls it {standing.state}")
        if standing.state != "active" or standing.restarts:
            raise self._ended("it does not stay up")
        return _own_complaint(self.answer(), version)

    def _ended(self, how: str) -> UpdateError:
        """It does not run: by its own doing, or not."""
        standing = self._settled()
        if standing.state == "inactive":
            return Prevented("the agent was stopped by hand")
        if standing.result == "exit-code" and standing.status == WRONG_SETTINGS:
            return Prevented(f"{how}: {SETTINGS}")
        if standing.result == "oom-kill" or (standing.result == "signal" and standing.status == signal.SIGKILL):
            return Prevented(f"{how}: {ENDED}")
        return Slow(f"{how} ({standing.result})") if standing.result in {"timeout", "watchdog"} else Unfit(how)

    def _settled(self) -> Standing:
        """What systemd knows, once it is not on the way to something else."""
        until = time.monotonic() + _STOPS_S
        while (standing := self.standing()).state in _UNCLEAR and time.monotonic() < until:
            self._sleep(0.2)
        return standing


def _own_complaint(status: dict[str, Any] | None, version: str) -> Unfit | None:
    """What is wrong with the agent by its own account."""
    if status is None:
        return Slow("it gives no answer")
    if status.get("version") != version:
        return Unfit(f"it calls itself {status.get('version')}")
    if not status.get("ready"):
        return Slow("it is not ready")
    if error := (status.get("outbox") or {}).get("error"):
        return Unfit(f"its memory fails: {error}")
    return None


def _systemctl(*words: str) -> str:
    return run(["systemctl", *words], what=f"systemctl {words[0]}", timeout_s=150)
