"""`befresh-agent outbox`: what waits, what went, what is dead, and naming what nobody has named yet.

Looks into the database beside a running agent; what changes here is sent by the agent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.text import Text

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.sinks import sinks_set
from befresh_agent.cli.agent_data import with_database
from befresh_agent.cli.listing import moment, screen_width, show, table
from befresh_agent.cli.options import ConfigFile, DryRun, Json, Output, day_option, written
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.short_ids import shortest
from befresh_agent.errors import SettingMistake, SettingsError
from befresh_agent.ports.storage import exported
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.loader import load_settings
from befresh_agent.storage.database import Database
from befresh_agent.storage.deliveries import SinkDelivery
from befresh_agent.storage.message_queries import OutboxEntry
from befresh_agent.storage.message_queue import outbox_message
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore

T = TypeVar("T")

app = typer.Typer(help="See, retry, export and name what leaves the house.", no_args_is_help=True)

States = Annotated[
    list[MessageState] | None, typer.Option("--state", help="Only messages in this state; may be repeated.")
]
Message = Annotated[str, typer.Argument(metavar="SEQ", help="The message's number, or the first letters of its id.")]


@app.command("list")
def list_(
    state: States = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1)] = 50,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show the newest messages, and the items that wait for a name."""

    async def work(store: OutboxStore) -> tuple[list[OutboxEntry], list[FoodItem]]:
        return await store.entries(state or (), limit=limit, newest=True), await store.unnamed()

    entries, unnamed = _with_store(work, config, dry_run)
    if as_json:
        overview = {"messages": [_overview(entry) for entry in entries], "unnamed": [_item(item) for item in unnamed]}
        typer.echo(json.dumps(overview, ensure_ascii=False))
        return
    width = screen_width()
    show(_messages(entries, width) if entries else ["no messages"])
    if unnamed:
        show(["", *_unnamed(unnamed, width)])


@app.command("show")
def show_(message: Message, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show one message with its headers and body, and which sinks have or refuse it while another has it not."""

    async def work(store: OutboxStore) -> tuple[OutboxEntry, Mapping[str, SinkDelivery]]:
        entry = await store.meant(message)
        return entry, await store.deliveries(entry.message.seq)

    entry, deliveries = _with_store(work, config, dry_run)
    full = exported(outbox_message(entry)) | {"attempts": entry.attempts, "last_error": entry.last_error}
    full["sinks"] = {sink: asdict(one) for sink, one in deliveries.items()}
    typer.echo(json.dumps(full, ensure_ascii=False, indent=None if as_json else 2))


@app.command()
def retry(
    messages: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SEQ]...", help="Dead messages, by number or the first letters of an id; all when none."
        ),
    ] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let dead messages be delivered again; ends with 1 when none of them is dead."""

    async def work(store: OutboxStore) -> tuple[list[OutboxEntry], list[int]]:
        chosen = [await store.meant(message) for message in messages or ()]
        return chosen, await store.retry([entry.message.seq for entry in chosen] or None)

    chosen, revived = _with_store(work, config, dry_run)
    if as_json:
        typer.echo(json.dumps({"retried": revived}))
    else:
        for entry in (entry for entry in chosen if entry.message.seq not in revived):
            typer.echo(f"message {entry.message.seq} is not dead: {entry.state}", err=True)
        typer.echo(f"waiting again: {_numbers(revived) or 'none'}")
    if not revived:
        raise typer.Exit(1)


@app.command()
def send(
    since: Annotated[
        datetime | None,
        day_option("Only messages created since then, local time.", formats=("%Y-%m-%d", "%Y-%m-%d %H:%M")),
    ] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let the journal's messages go to the broker that is set by now; the agent sends them."""
    settings = load_settings(config).settings
    where = [sink.where for sink in sinks_set(settings, settings.fridge.id or 0)]
    if not where:
        remedy = "set a broker first: `server` in the section [kafka], or KAFKA_SERVER in the environment"
        raise SettingsError(SettingMistake(key="kafka.server", remedy=remedy))
    local = since.astimezone() if since else None
    waiting = _with_store(lambda store: store.replay(local), config, dry_run)
    if as_json:
        typer.echo(json.dumps({"waiting": waiting}))
    else:
        typer.echo(f"{len(waiting)} messages of the journal wait for {', '.join(where)} now")


@app.command()
def export(
    state: States = None,
    after: Annotated[int, typer.Option(help="Only messages with a higher number.", min=0)] = 0,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="As it does anyway.", hidden=True)] = False,  # noqa: ARG001
) -> None:
    """Write messages as JSON lines, oldest first, bodies as they travel."""
    entries = _with_store(lambda store: store.entries(state or (), after=after), config, dry_run)
    with written(output) as out:
        for entry in entries:
            print(json.dumps(exported(outbox_message(entry)), ensure_ascii=False), file=out)


@app.command()
def name(
    item: Annotated[str, typer.Argument(metavar="ID", help="The item's id, or its first letters.")],
    name: Annotated[str, typer.Argument(help="The food's name.")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an item its name; it is sent as a message of its own."""
    name = typed_name(name)

    async def work(store: OutboxStore) -> tuple[str, int | None]:
        item_id = await store.meant_item(item)
        return item_id, await store.name(item_id, name)

    item_id, seq = _with_store(work, config, dry_run)
    if as_json:
        typer.echo(json.dumps({"item": item_id, "name": name, "seq": seq}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: message {seq}" if seq else f"{name}: goes with its session")


def _with_store(work: Callable[[OutboxStore], Awaitable[T]], config: Path | None, dry_run: bool) -> T:
    settings = load_settings(config).settings

    async def look(database: Database) -> T:
        return await work(
            OutboxStore(database, fridge_id=None, topics=settings.kafka, clock=SystemClock(), events=EventBus())
        )

    return with_database(look, settings, dry_run=dry_run)


def _overview(entry: OutboxEntry) -> dict[str, Any]:
    return {key: value for key, value in exported(outbox_message(entry)).items() if key not in ("headers", "body")} | {
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


def _messages(entries: list[OutboxEntry], width: int | None) -> list[Text]:
    rows = [
        (
            str(entry.message.seq),
            entry.message.topic,
            str(entry.items),
            entry.state,
            moment(entry.created),
            moment(entry.delivered),
            entry.last_error or "",
        )
        for entry in entries
    ]
    return table(("seq", "topic", "carries", "state", "created", "delivered", "trouble"), rows, width)


def _unnamed(items: list[FoodItem], width: int | None) -> list[Text | str]:
    """On a terminal an id is as short as may be typed; in a pipe it stands whole."""
    short = shortest([item.id for item in items])
    rows = [
        (
            item.id if width is None else short[item.id],
            moment(item.registered_at),
            item.address or "",
            str(item.expires_on or ""),
        )
        for item in items
    ]
    lines: list[Text | str] = [*table(("waits for a name", "registered", "container", "use by"), rows, width)]
    return lines if width is None else [*lines, "", f"to name one: befresh-agent outbox name {rows[0][0]} NAME"]


def _numbers(seqs: list[int]) -> str:
    return ", ".join(map(str, seqs))
