"""The beginning of a dry run: what one is going to see, what an earlier one left, and where the page is.

What still waits to be sent is never thrown away when a run begins anew.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.printer import OwnCommands, SentencePrinter
from befresh_agent.domain.phrase import Phrase, counted
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Messages of earlier runs."""

    messages: int
    waiting: int
    """Of them not sent yet."""


async def left_behind(file: Path, *, owner: bool = False) -> LeftBehind:
    """Look at it; as its owner, so that nobody else can be using it. Raises `StoreError` for a real fridge's."""
    if not await asyncio.to_thread(file.exists):
        return LeftBehind(0, 0)
    async with Database(file, world="simulated", owner=owner) as database:
        store = OutboxStore(database, fridge_id=None, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        newest = await store.entries(limit=1, newest=True)
        return LeftBehind(newest[0].message.seq if newest else 0, (await store.summary()).waiting)


async def begin_anew(file: Path) -> LeftBehind:
    """Remove what earlier dry runs registered and measured, unless messages still wait; what is left now."""
    left = await left_behind(file, owner=True)
    if left.waiting:
        return left
    for end in ("", "-wal", "-shm"):
        await asyncio.to_thread(file.with_name(file.name + end).unlink, missing_ok=True)
    return LeftBehind(0, 0)


_PLAY = "play"
"""The page's tab where one plays the person."""


def introduce(printer: SentencePrinter, title: str, *, by_hand: bool, own_camera: bool) -> None:
    """Title, and what there is to do for a person."""
    printer.rule(title)
    if by_hand:
        printer.line("A simulated fridge with the real software in it; you are the person. It takes a moment to start.")
    elif own_camera:
        printer.line("The camera looks at what is yours; the rest is simulated, and the software is the real one.")
    else:
        printer.line("You only watch: the devices and the person are simulated, the software is the real one.")
    printer.line("On the left is the fridge's own time. Ctrl-C ends it.", style="dim")


def tell_what_was_left(printer: SentencePrinter, left: LeftBehind, commands: OwnCommands, *, fresh: bool) -> None:
    """That the fridge remembers an earlier dry run, and how to begin anew; nothing where it remembers none."""
    if not left.messages:
        return
    messages = counted(left.messages, "1 message", "{count} messages")
    if fresh:
        waiting = counted(left.waiting, "1 message", "{count} messages")
        text = (
            "{messages} of the last run still wait to be sent, so this run goes on with them and does not begin anew."
        )
        printer.line(Phrase(text, messages=waiting), style="yellow")
        return
    printer.line(Phrase("This fridge goes on from earlier runs, with {messages} in its outbox.", messages=messages))
    printer.command("To begin anew, add --fresh", commands("run --dry-run --fresh"))


def page_at(address: str, wanted_port: int, *, by_hand: bool) -> list[Phrase]:
    """What to open in a browser."""
    told = [Phrase("the page is ready, to watch in a browser: {address}", address=address)]
    if by_hand:
        told = [
            Phrase(
                "the page is ready: open this in a browser, and be the person: {address}",
                address=urljoin(address, _PLAY),
            )
        ]
    port = urlsplit(address).port
    if wanted_port not in (0, port):
        told.append(
            Phrase(
                "(port {wanted} is taken by another program, so it is {port} this time)", wanted=wanted_port, port=port
            )
        )
    if by_hand:
        told.append(Phrase("Ctrl-C in this window ends it."))
    return told
