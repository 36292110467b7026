"""The agent's database as the commands open it beside a running agent, and which container is meant by an address or
name.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.short_ids import matching
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.remedies import closed
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import SYSTEM_STATE, database_file, state_dir
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.roster import ContainerNames, ContainerRoster

T = TypeVar("T")

Work = Callable[[Database], Awaitable[T]]


def start_command(settings: Settings, *, dry_run: bool) -> str:
    """How the agent of this state is started."""
    if dry_run:
        return "befresh-agent run --dry-run"
    installed = state_dir(settings.agent) == SYSTEM_STATE
    return "sudo systemctl start befresh-agent" if installed else "befresh-agent run"


def with_database(work: Work[T], settings: Settings, *, dry_run: bool, may_begin: bool = False) -> T:
    """Do the work on it. `may_begin` makes the file where no agent has run yet. Raises `StoreError`."""
    file = database_file(state_dir(settings.agent, dry_run=dry_run))
    try:
        owner = may_begin and not file.exists()
    except PermissionError as error:
        raise closed(file) from error
    world = "simulated" if dry_run else "real"

    async def look() -> T:
        async with Database(file, size_mb=settings.delivery.size_mb, world=world, owner=owner) as database:
            return await work(database)

    return asyncio.run(look())


def is_address(typed: str) -> bool:
    try:
        parse_address(typed)
    except InvalidValue:
        return False
    return True


async def meant(typed: str, database: Database, clock: Clock) -> Address:
    """The container that is meant, of those on the roster or remembered. Raises `InvalidValue` for none or several."""
    if is_address(typed):
        return parse_address(typed)
    there = [*await ContainerRoster(database, clock).addresses(), *await ReadingHistory(database).everybody()]
    return _the_one(typed, list(dict.fromkeys(there)), await ContainerNames(database).all())


def _the_one(typed: str, there: Sequence[Address], names: Mapping[Address, str]) -> Address:
    called = [address for address in there if names.get(address) and matching(typed, [names[address]])]
    found = [address for address in there if address in called or matching(typed, [address])]
    exactly = [address for address in found if names.get(address) == typed]
    found = exactly if len(exactly) == 1 else found
    if not found:
        raise InvalidValue(
            f"no container is called {typed}, and no address begins so; see befresh-agent containers list"
        )
    if len(found) > 1:
        could_be = ", ".join(f"{address} {names.get(address, '')}".strip() for address in found)
        raise InvalidValue(f"{typed} may be any of {could_be}; type more of it")
    return found[0]
