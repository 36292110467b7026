"""Where things live on this machine, and the secrets of this machine that can be known of."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.errors import BefreshError, told
from befresh_agent.runtime.redaction import names_secret
from befresh_agent.runtime.remedies import closed
from befresh_agent.settings.model import AgentSettings, SecretSettings, Settings

PROGRAM_NAME = "befresh-agent"

SYSTEM_STATE = Path("/var/lib") / PROGRAM_NAME

_LONGEST_SOCKET_DIR = 80
"""Bytes. Unix socket paths end at 107; file names in the folder need the rest."""


def state_dir(agent: AgentSettings, *, dry_run: bool = False) -> Path:
    """Where everything is kept that must survive.

    The setting; else the service's directory where the agent is installed; else the user's own. A dry run never
    takes the service's directory, so simulated food cannot get among real food.
    """
    if agent.state_dir is not None:
        return agent.state_dir.expanduser()
    if not dry_run:
        if given := os.environ.get("STATE_DIRECTORY"):
            return Path(given.split(":")[0])
        if SYSTEM_STATE.is_dir():
            return SYSTEM_STATE
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / PROGRAM_NAME


def runtime_dir(agent: AgentSettings, *, dry_run: bool = False) -> Path:
    """Where the sockets live; one folder for each state directory, so that two agents never share one."""
    if agent.runtime_dir is not None:
        return agent.runtime_dir.expanduser()
    state = state_dir(agent, dry_run=dry_run).absolute()
    if state == SYSTEM_STATE:
        return Path("/run") / PROGRAM_NAME
    mark = hashlib.sha256(str(state).encode()).hexdigest()[:8]
    if base := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(base) / f"{PROGRAM_NAME}-{mark}"
    inside = state / "run"
    return inside if _holds_sockets(inside) else Path(f"/tmp/{PROGRAM_NAME}-{os.getuid()}-{mark}")


def database_file(state: Path) -> Path:
    return state / "agent.db"


def control_socket(runtime: Path) -> Path:
    """Where a running agent answers."""
    return runtime / "agent.sock"


def _holds_sockets(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= _LONGEST_SOCKET_DIR


def private_dir(path: Path) -> Path:
    """A folder for sockets, made where it is missing, for this user alone.

    Raises `BefreshError` when it belongs to another or cannot be made.
    """
    if not _holds_sockets(path):
        raise BefreshError(f"{path} is too long a path for sockets; set agent.runtime_dir to a shorter one")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = path.stat().st_uid
    except PermissionError as error:
        raise closed(path) from error
    except OSError as error:
        raise BefreshError(told(error, path)) from error
    if owner != os.getuid():
        raise closed(path)
    return path


_CREDSTORE = "/etc/credstore"


def known_secrets(settings: Settings, file: Path | None) -> set[str]:
    """Every secret that can be known of: in force, in the environment, in a file that was not accepted."""
    given = settings.secrets.model_dump(exclude_none=True).values()
    return {
        *(secret.get_secret_value() for secret in given),
        *(value for name, value in os.environ.items() if names_secret(name)),
        *_in_credentials(),
        *_tokens(settings),
        *(_in_file(file) if file else ()),
    }


def _in_credentials() -> Iterator[str]:
    for folder in filter(None, (_CREDSTORE, os.environ.get("CREDENTIALS_DIRECTORY"))):
        try:
            files = [
                file
                for file in Path(folder).iterdir()
                if file.name.startswith(("befresh-agent.", *SecretSettings.model_fields))
            ]
        except OSError:
            continue
        for file in files:
            yield from _text(file).split("\n")


def _tokens(settings: Settings) -> Iterator[str]:
    """What lets a phone into the fridge's page."""
    try:
        for file in state_dir(settings.agent).glob("*-token"):
            yield _text(file)
    except OSError:
        return  # closed to this user, who then cannot have put it anywhere either


def _in_file(file: Path) -> Iterator[str]:
    """What stands behind the name of a secret, whether or not the file is in order."""
    for line in _text(file).splitlines():
        name, equals, value = line.partition("=")
        if equals and names_secret(name.strip().rpartition(".")[2]):
            yield value.partition("#")[0].strip().strip("\"'")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


SYSTEM_FILE = Path("/etc/befresh-agent/config.toml")


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """What the agent that is installed on this machine is given."""

    settings: Path = SYSTEM_FILE
    credstores: tuple[Path, ...] = (Path("/etc/credstore"), Path("/etc/credstore.encrypted"))
    """From where the service manager hands it its secrets; the first holds them in the clear."""
