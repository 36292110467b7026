"""A support archive: what a helper who is not there needs to see, without secrets and addresses.

In: the doctor's findings, the settings in force, what the running agent says of itself, the end of its log.
"""

import asyncio
import io
import json
import os
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.configuration import load
from befresh_agent.doctor.check import Check
from befresh_agent.doctor.program import ask
from befresh_agent.doctor.redaction import Redaction, secrets
from befresh_agent.errors import BefreshError, SettingsError
from befresh_agent.places import control_socket, runtime_dir
from befresh_agent.settings import Settings
from befresh_agent.status import control

_FOLDER = "befresh-agent-support"
_LINES = 2000
_LOG_S = 15.0


@dataclass(frozen=True, slots=True)
class _Known:
    settings: Settings
    file: Path | None
    trouble: str


async def bundle(target: Path, checks: list[Check], file: Path | None = None) -> list[str]:
    """Write the archive, for this user alone; the names of its parts. Raises `BefreshError`; replaces nothing."""
    known = _known(file)
    redaction = Redaction(secrets(known.settings, known.file))
    texts = {
        "doctor.json": _json([check.to_json() for check in checks]),
        "settings.json": _json(known.settings.model_dump(mode="json")) + known.trouble,
        "status.json": await asyncio.to_thread(_status, known.settings),
        "log.txt": await _log(),
    }
    members = {name: redaction.of(text) for name, text in texts.items()}
    await asyncio.to_thread(_write, target, members)
    return list(members)


def _known(file: Path | None) -> _Known:
    try:
        configuration = load(file)
    except SettingsError as error:
        source = Path(error.source)
        return _Known(Settings(), source if source.is_file() else file, f"\n(the defaults, because of: {error})")
    return _Known(configuration.settings, configuration.file, "")


def _status(settings: Settings) -> str:
    try:
        return _json(control.ask(control_socket(runtime_dir(settings.agent))))
    except BefreshError as error:
        return str(error)


async def _log() -> str:
    command = ("journalctl", "--unit=befresh-agent", f"--lines={_LINES}", "--no-pager", "--output=short-iso")
    answer = await ask(*command, limit_s=_LOG_S)
    return answer.out if answer.good else f"no log: {answer.trouble}"


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)


def _write(target: Path, members: Mapping[str, str]) -> None:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        _hand_over(descriptor)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in members.items():
                content = text.encode()
                about = tarfile.TarInfo(f"{_FOLDER}/{name}")
                about.size, about.mode, about.mtime = len(content), 0o600, int(time.time())
                archive.addfile(about, io.BytesIO(content))
    except OSError as error:
        raise BefreshError(f"{target}: {error.strerror}") from error


def _hand_over(descriptor: int) -> None:
    """Under sudo the archive belongs to whoever asked for it: it is hers to look through and to send."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        os.fchown(descriptor, int(user), int(group))
