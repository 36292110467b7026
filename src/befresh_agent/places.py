"""Where things live on this machine: what must survive, and the sockets."""

import hashlib
import os
from pathlib import Path

from befresh_agent.errors import BefreshError
from befresh_agent.settings import AgentSettings

NAME = "befresh-agent"
SYSTEM_STATE = Path("/var/lib") / NAME
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
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME


def runtime_dir(agent: AgentSettings, *, dry_run: bool = False) -> Path:
    """Where the sockets live; one folder for each state directory, so that two agents never share one."""
    if agent.runtime_dir is not None:
        return agent.runtime_dir.expanduser()
    state = state_dir(agent, dry_run=dry_run).absolute()
    if state == SYSTEM_STATE:
        return Path("/run") / NAME
    mark = hashlib.sha256(str(state).encode()).hexdigest()[:8]
    if base := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(base) / f"{NAME}-{mark}"
    inside = state / "run"
    return inside if _holds_sockets(inside) else Path(f"/tmp/{NAME}-{os.getuid()}-{mark}")


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
    except OSError as error:
        raise BefreshError(f"{path}: {error.strerror}") from error
    if path.stat().st_uid != os.getuid():
        raise BefreshError(f"{path} belongs to another user; set agent.runtime_dir")
    return path
