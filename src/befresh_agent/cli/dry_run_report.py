"""How a dry run went: its messages folded to a line each, what the scenario misses, the verdict and the exit code."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.table import Table
from rich.text import Text

from befresh_agent.cli.printer import OwnCommands, SentencePrinter
from befresh_agent.domain import container_events, delivery_events
from befresh_agent.domain import events as e
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.phrase import Phrase, counted
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.simulation.scenario import ExpectedOutcome


class MessageFate(StrEnum):
    """What became of a registered food."""

    OPEN = "not finished yet"
    SENT = "sent"
    WAITING = "not sent yet"
    UNNAMED = "waits for a name"
    UNDONE = "taken back"
    CANCELLED = "session cancelled"


@dataclass(slots=True)
class RegisteredItem:
    item: FoodItem
    fate: MessageFate = MessageFate.OPEN
    message: int = 0
    """The number of the message it travels in."""


@dataclass(frozen=True, slots=True)
class QueuedCount:
    """A message of this run."""

    topic: str
    carries: str


@dataclass(slots=True)
class DryRunCounts:
    """Counts what happened; `listen` is a listener for `EventBus`."""

    queued: dict[int, QueuedCount] = field(default_factory=dict)
    """By number."""
    delivered: dict[int, str] = field(default_factory=dict)
    """Where each delivered message went, by its number."""
    refused: set[int] = field(default_factory=set)
    foods: list[RegisteredItem] = field(default_factory=list)
    readings: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def on_event(self, event: e.Event) -> None:
        self._news.set()
        match event:
            case delivery_events.MessageQueued(seq=seq, topic=topic, summary=summary):
                self.queued[seq] = QueuedCount(topic, summary)
            case delivery_events.MessageDelivered(seq=seq, topic=topic, where=where):
                self.queued.setdefault(seq, QueuedCount(topic, Phrase("left over from an earlier run")))
                self.delivered[seq] = where
            case delivery_events.MessageDead(seq=seq):
                self.refused.add(seq)
            case e.ItemRegistered(item=item):
                self.foods.append(RegisteredItem(item))
            case e.ItemRemoved(item=item):
                self._settle(lambda food: MessageFate.UNDONE if food.id == item.id else MessageFate.OPEN)
            case e.SessionClosed(why="cancelled"):
                self._settle(lambda _: MessageFate.CANCELLED)
            case e.SessionClosed():
                self._settle(
                    lambda food: MessageFate.UNNAMED if food.name is None else MessageFate.SENT
                )  # queued just before
            case container_events.ReadingTaken():
                self.readings += 1

    def _settle(self, fate: Callable[[FoodItem], MessageFate]) -> None:
        for food in self.foods:
            if food.fate is MessageFate.OPEN:
                food.fate, food.message = fate(food.item), max(self.queued, default=0)

    def fate(self, food: RegisteredItem) -> MessageFate:
        """What has become of it by now."""
        return (
            MessageFate.WAITING if food.fate is MessageFate.SENT and food.message not in self.delivered else food.fate
        )

    @property
    def waiting(self) -> int:
        """How many messages of this run are still on their way."""
        return len(self.queued.keys() - self.delivered.keys() - self.refused)

    async def all_delivered(self) -> None:
        while self.waiting:
            self._news.clear()
            await self._news.wait()


def shortfalls(
    expected: ExpectedOutcome, tally: DryRunCounts, messages: Iterable[OutgoingMessage], kafka: KafkaSettings
) -> list[Phrase]:
    """What the scenario expects and the delivered messages do not show; empty when all is well."""
    bodies = [(message.topic, json.loads(message.body)) for message in messages]
    missing = []
    if expected.food_types and not any(
        topic == kafka.food_topic and _types(body) == expected.food_types for topic, body in bodies
    ):
        types = list(expected.food_types)
        missing.append(Phrase("no registration with ftypeIds {types} was delivered", types=types))
    seen = {address for topic, body in bodies if topic == kafka.sensor_topic for address in body["data"]}
    if len(seen) < expected.containers:
        text = "readings of {seen} containers were delivered instead of {wanted}"
        missing.append(Phrase(text, seen=len(seen), wanted=expected.containers))
    kept = sum(food.fate in (MessageFate.SENT, MessageFate.UNNAMED) for food in tally.foods)
    if not kept and expected.items:
        missing.append(Phrase("nothing was registered: neither a container's code nor a date was found, no name heard"))
    elif kept < expected.items:
        missing.append(Phrase("{kept} foods were registered instead of {wanted}", kept=kept, wanted=expected.items))
    return missing


def wrong_stock(expected: ExpectedOutcome, stock: Sequence[str]) -> list[Phrase]:
    """Where the list does not name in the end what the scenario expects."""
    if expected.stock is None or (wanted := sorted(expected.stock)) == (found := sorted(stock)):
        return []
    text = "the list names {found} instead of {wanted}"
    return [Phrase(text, found=", ".join(found) or "–", wanted=", ".join(wanted) or "–")]


def _types(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(food["ftypeId"] for food in body["foodList"])


_STYLES = {MessageFate.SENT: "green"} | dict.fromkeys(
    (MessageFate.WAITING, MessageFate.UNNAMED, MessageFate.OPEN), "yellow"
)

_OTHER_COLUMNS = 44
"""Cells that a food's name leaves to an address and to what became of it."""


@dataclass(frozen=True, slots=True)
class RunEnding:
    """Prints it all."""

    printer: SentencePrinter
    commands: OwnCommands

    def tell(self, tally: DryRunCounts, missing: Sequence[Phrase], title: str, *, stopped: bool = False) -> None:
        """Everything; `missing` is what keeps the verdict from being good, `stopped` that there is none."""
        self.printer.rule("What was registered")
        if tally.foods:
            self.printer.console.print(self._foods(tally))
        else:
            self.printer.line("nothing")
        if tally.queued:
            self.printer.rule("What was sent")
            self._messages(tally)
        self.printer.rule()
        if stopped and not missing:
            self.printer.line("stopped before everything was played", style="yellow")
        else:
            self._verdict(tally, missing, title)
        self._next(tally)

    def _foods(self, tally: DryRunCounts) -> Table:
        said, width = self.printer.said, self.printer.console.width
        table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(said("food"), overflow="fold", max_width=max(8, width - _OTHER_COLUMNS))
        table.add_column(said("container or date"), no_wrap=True)
        table.add_column(said("what became of it"), no_wrap=True)
        for food in tally.foods:
            name = food.item.name or said("without a name")
            fate = tally.fate(food)
            table.add_row(Text(name), _mark(food.item), Text(said(fate), style=_STYLES.get(fate, "dim")))
        return table

    def _messages(self, tally: DryRunCounts) -> None:
        for seq, message in sorted(tally.queued.items()):
            state = Phrase("refused") if seq in tally.refused else Phrase("still waiting")
            if where := tally.delivered.get(seq):
                state = Phrase("to {where}", where=Phrase(where))
            text = Phrase("{topic}: {carries} ({state})", topic=message.topic, carries=message.carries, state=state)
            self.printer.line(text, mark=f"{seq}  ")
        self.printer.command("a message whole, as it travels", self.commands(f"outbox show {min(tally.queued)}"))

    def _verdict(self, tally: DryRunCounts, missing: Sequence[Phrase], title: str) -> None:
        for sentence in missing:
            self.printer.line(sentence, mark="✕ ", style="red")
        if missing:
            return
        if not tally.delivered:
            text = Phrase(
                "“{title}” is over. Nothing was registered or measured, so nothing was sent.", title=Phrase(title)
            )
            self.printer.line(text)
            return
        sent = sum(food.fate is MessageFate.SENT for food in tally.foods)
        text = Phrase(
            "everything the scenario expects was delivered: {foods}, {readings}",
            foods=counted(sent, "1 food", "{count} foods"),
            readings=counted(tally.readings, "1 reading", "{count} readings"),
        )
        self.printer.line(text, mark="✓ ", style="green")

    def _next(self, tally: DryRunCounts) -> None:
        self.printer.line("What now:", style="bold")
        for food in tally.foods:
            if food.fate is MessageFate.UNNAMED:
                words = f"outbox name {food.item.id} {self.printer.said('NAME')}"
                self.printer.command("give the unnamed food its name", self.commands(words))
        self.printer.command(
            "be the person yourself, in the browser", self.commands.run("play", "run --dry-run --by-hand")
        )
        self.printer.command("all messages, and what waits for a name", self.commands("outbox list"))


def _mark(item: FoodItem) -> str:
    """By what it is known."""
    return item.address or (item.expires_on.isoformat() if item.expires_on else "–")
