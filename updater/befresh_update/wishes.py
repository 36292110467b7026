"""What the user wants of updates: the section [update] of config.toml, and where the agent keeps its data."""

import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from befresh_update.channel import LAST_RING
from befresh_update.errors import WrongSettings
from befresh_update.layout import Layout

CHANNELS = ("auto", "tags", "branch")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The section [update]; names and defaults are those of the agent's own settings."""

    enabled: bool = True
    channel: str = "auto"
    branch: str = ""
    origin: str = ""
    allowed_signers: str = "/etc/befresh-agent/allowed_signers"
    health_s: float = 180.0
    ring: int = -1
    """-1 in the settings only: `read` works it out."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the agent keeps what it knows, and where it answers."""

    database: Path
    socket: Path


def read(layout: Layout) -> tuple[Wishes, Places]:
    """Raises `WrongSettings`. No file at all means defaults."""
    file = layout.settings
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        _refuse_foreign(file)
    except FileNotFoundError:
        tables = {}
    except (OSError, ValueError) as error:
        raise WrongSettings(f"{file}: {error}") from error
    wishes = _wishes(file, _table(file, tables, "update"))
    if wishes.ring < 0:
        wishes = replace(wishes, ring=_ring_of(_table(file, tables, "fridge").get("id")))
    agent = _table(file, tables, "agent")
    data = Path(agent.get("state_dir") or layout.data)
    return wishes, Places(data / "agent.db", Path(agent.get("runtime_dir") or layout.runtime) / "agent.sock")


def signers(layout: Layout, wishes: Wishes) -> Path:
    return layout.root / wishes.allowed_signers.lstrip("/")


def _ring_of(fridge_id: object) -> int:
    """Spread by the golden ratio: of fridges numbered one after the other, every hundred has one in each ring or two.

    A fridge whose number is not in this file is in the last.
    """
    if not isinstance(fridge_id, int):
        return LAST_RING
    return ((fridge_id * 0x9E37_79B9_7F4A_7C15 & 2**64 - 1) * (LAST_RING + 1)) >> 64


def _wishes(file: Path, table: dict[str, Any]) -> Wishes:
    known = {field.name: field.default for field in fields(Wishes)}
    for key, value in table.items():
        if key not in known:
            raise WrongSettings(f"{file}: update.{key} = {value!r}: there is no such setting")
        wanted = (int, float) if isinstance(known[key], float) else (type(known[key]),)
        if not isinstance(value, wanted):
            raise WrongSettings(f"{file}: update.{key} = {value!r}: give a {wanted[-1].__name__}")
    wishes = Wishes(**table)
    if wishes.channel not in CHANNELS:
        raise WrongSettings(f"{file}: update.channel = {wishes.channel!r}: give one of {', '.join(CHANNELS)}")
    if not -1 <= wishes.ring <= LAST_RING:
        raise WrongSettings(f"{file}: update.ring = {wishes.ring!r}: give 0 to {LAST_RING}")
    if wishes.origin.startswith("-") or wishes.branch.startswith("-"):
        raise WrongSettings(f"{file}: update: an origin or a branch does not begin with a dash")
    return wishes


def _table(file: Path, tables: dict[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise WrongSettings(f"{file}: {name} = {table!r}: belongs into a section, [{name}]")
    return table


def _refuse_foreign(file: Path) -> None:
    """Root takes its orders (where to fetch from, whom to trust) from root only."""
    about = file.stat()
    if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
        raise WrongSettings(f"{file}: others may write it: sudo chown root {file}; sudo chmod go-w {file}")
