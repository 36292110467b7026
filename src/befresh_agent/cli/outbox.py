"""`befresh-agent outbox`: what waits, what went, what is dead, and naming what nobody has named yet.

Looks into the database beside a running agent; what changes here is sent by the agent.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.configuration import load
from befresh_agent.database import Database
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.letters import parsed
from befresh_agent.errors import SettingsError, StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.lookup import Entry
from befresh_agent.outbox.rows import State
from befresh_agent.outbox.store import Store
from befresh_agent.places import database_file, state_dir

T = TypeVar("T")

app = typer.Typer(help="See, retry, export and name what leaves the house.", no_args_is_help=True)

States = Annotated[list[State] | None, typer.Option("--state", help="Only messages in this state; may be repeated.")]
Number = Annotated[int, typer.Argument(metavar="SEQ", help="The message's number.")]


@app.command("list")
def list_(
    state: States = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1)] = 50,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show the newest messages, and the items that wait for a name."""

    async def work(store: Store) -> tuple[list[Entry], list[FoodItem]]:
        return await store.entries(state or (), limit=limit, newest=True), await store.unnamed()

    entries, unnamed = _with_store(work, config, dry_run)
    if as_json:
        overview = {"messages": [_overview(entry) for entry in entries], "unnamed": [_item(item) for item in unnamed]}
        typer.echo(json.dumps(overview, ensure_ascii=False))
        return
    console = Console()
    console.print(_messages_table(entries) if entries else "no messages")
    if unnamed:
        console.print(_unnamed_table(unnamed))


@app.command()
def show(seq: Number, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show one message with its headers and body."""
    entry = _with_store(lambda store: store.entry(seq), config, dry_run)
    if entry is None:
        raise StoreError(f"there is no message {seq}")
    full = exported(entry) | {"attempts": entry.attempts, "last_error": entry.last_error}
    typer.echo(json.dumps(full, ensure_ascii=False, indent=None if as_json else 2))


@app.command()
def retry(
    seqs: Annotated[list[int] | None, typer.Argument(metavar="[SEQ]...", help="Dead messages; all when none.")] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let dead messages wait for delivery again; ends with 1 when none of them is dead."""
    revived = _with_store(lambda store: store.revive(seqs or None), config, dry_run)
    typer.echo(json.dumps({"retried": revived}) if as_json else f"waiting again: {_numbers(revived) or 'none'}")
    if not revived:
        raise typer.Exit(1)


@app.command()
def send(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], help="Only messages created since then, local time."),
    ] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let the journal's messages go to the broker that is set by now; the agent sends them."""
    kafka = load(config).settings.kafka
    if not kafka.server:
        raise SettingsError("settings", "kafka.server", "", "set a broker first, here or as KAFKA_SERVER")
    local = since.astimezone() if since else None
    waiting = _with_store(lambda store: store.replay(local), config, dry_run)
    if as_json:
        typer.echo(json.dumps({"waiting": waiting}))
    else:
        typer.echo(f"{len(waiting)} messages of the journal wait for {kafka.server} now")


@app.command()
def export(
    state: States = None,
    after: Annotated[int, typer.Option(help="Only messages with a higher number.", min=0)] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write messages as JSON lines, oldest first, bodies as they travel."""
    entries = _with_store(lambda store: store.entries(state or (), after=after), config, dry_run)
    with output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout) as out:
        for entry in entries:
            print(json.dumps(exported(entry), ensure_ascii=False), file=out)


@app.command()
def name(
    item_id: Annotated[str, typer.Argument(metavar="ID", help="The item, as `outbox list` shows it.")],
    name: Annotated[str, typer.Argument(help="The food's name.")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an item its name; it is sent as a message of its own."""
    seq = _with_store(lambda store: store.name(item_id, name), config, dry_run)
    if as_json:
        typer.echo(json.dumps({"item": item_id, "name": name, "seq": seq}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: message {seq}" if seq else f"{name}: goes with its session")


def exported(entry: Entry) -> dict[str, Any]:
    """A message as one JSON object; written without spaces, its `body` is byte for byte what travels."""
    message = entry.message
    return {
        "seq": message.seq,
        "id": message.id,
        "topic": message.topic,
        "key": message.key,
        "headers": dict(message.headers),
        "body": parsed(message.body),
        "state": entry.state,
        "created": entry.created,
        "delivered": entry.delivered,
    }


def _with_store(work: Callable[[Store], Awaitable[T]], config: Path | None, dry_run: bool) -> T:
    settings = load(config).settings
    file = database_file(state_dir(settings.agent, dry_run=dry_run))

    async def look() -> T:
        async with Database(file, size_mb=settings.delivery.size_mb, owner=False) as database:
            store = Store(database, fridge_id=None, topics=settings.kafka, clock=SystemClock(), events=Events())
            return await work(store)

    return asyncio.run(look())


def _overview(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in exported(entry).items() if key not in ("headers", "body")} | {
        "items": entry.items,
        "attempts": entry.attempts,
        "last_error": entry.last_error,
    }


def _item(item: FoodItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "ftypeId": int(item.kind),
        "registered": item.registered_at.isoformat(timespec="seconds"),
        "qrId": item.address,
        "expirationDate": item.expires_on.isoformat() if item.expires_on else None,
    }


def _messages_table(entries: list[Entry]) -> Table:
    table = Table("seq", "topic", "carries", "created", "state", "", box=None, header_style="bold")
    for entry in entries:
        remark = entry.delivered or entry.last_error or ""
        message = entry.message
        table.add_row(str(message.seq), message.topic, str(entry.items), entry.created, entry.state, remark)
    return table


def _unnamed_table(items: list[FoodItem]) -> Table:
    table = Table("waits for a name", "registered", "container", "use by", box=None, header_style="bold")
    for item in items:
        registered = item.registered_at.isoformat(" ", "minutes")
        table.add_row(item.id, registered, item.address or "", str(item.expires_on or ""))
    return table


def _numbers(seqs: list[int]) -> str:
    return ", ".join(map(str, seqs))
