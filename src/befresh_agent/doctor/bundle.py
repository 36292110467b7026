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
from dataclasses import asdict
from pathlib import Path

from befresh_agent.doctor.check import CheckResult
from befresh_agent.errors import BefreshError, told
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.runtime.subprocesses import run_program
from befresh_agent.settings.loader import read
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket, database_file, known_secrets, runtime_dir, state_dir
from befresh_agent.status import last_warnings, status_socket
from befresh_agent.storage.database import Database

_FOLDER = "befresh-agent-support"
_LINES = 2000
_LOG_S = 15.0


async def bundle(target: Path, checks: list[CheckResult], file: Path | None = None) -> list[str]:
    """Write the archive, for this user alone; the names of its parts. Raises `BefreshError`; replaces nothing."""
    configuration = await asyncio.to_thread(read, file)
    settings = configuration.settings
    redaction = SecretRedactor(known_secrets(settings, configuration.file), addresses=True)
    texts = {
        "doctor.json": _json([check.to_json() for check in checks]),
        "settings.json": "\n".join([_json(settings.model_dump(mode="json")), *map(str, configuration.mistakes)]),
        "status.json": await asyncio.to_thread(_status, settings),
        "log.txt": await _log(),
        "warnings.json": await _warnings(settings),
    }
    members = {name: redaction.redact(text) for name, text in texts.items()}
    await asyncio.to_thread(_write, target, members)
    return list(members)


def _status(settings: Settings) -> str:
    try:
        return _json(status_socket.ask_agent(control_socket(runtime_dir(settings.agent))))
    except BefreshError as error:
        return str(error)


async def _warnings(settings: Settings) -> str:
    """The last ones, from the database: the log may not have survived a restart."""
    file = database_file(state_dir(settings.agent))
    try:
        if not file.exists():
            return "no agent has run yet"
        async with Database(file, size_mb=settings.delivery.size_mb, owner=False) as database:
            return _json([asdict(one) for one in await last_warnings.kept(database)])
    except (OSError, BefreshError) as error:
        return str(error)


async def _log() -> str:
    command = ("journalctl", "--unit=befresh-agent", f"--lines={_LINES}", "--no-pager", "--output=short-iso")
    answer = await run_program(*command, limit_s=_LOG_S)
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
        raise BefreshError(told(error, target)) from error


def _hand_over(descriptor: int) -> None:
    """Under sudo the archive belongs to whoever asked for it: it is hers to look through and to send."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        os.fchown(descriptor, int(user), int(group))
