"""How a dry run went: what was delivered, whether that is what the scenario expects, and the exit code it deserves."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from befresh_agent.domain import events as e
from befresh_agent.ports.publisher import Message
from befresh_agent.settings import KafkaSettings
from befresh_agent.simulation.scenario import Expectation


@dataclass(slots=True)
class Tally:
    """Counts what happened; `listen` is a listener for `Events`."""

    queued: list[int] = field(default_factory=list)
    delivered: dict[int, str] = field(default_factory=dict)
    """Where each delivered message went, by its number."""
    refused: set[int] = field(default_factory=set)
    registered: int = 0
    readings: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, event: e.Event) -> None:
        self._news.set()
        match event:
            case e.MessageQueued(seq=seq):
                self.queued.append(seq)
            case e.MessageDelivered(seq=seq, where=where):
                self.delivered[seq] = where
            case e.MessageDead(seq=seq):
                self.refused.add(seq)
            case e.ItemRegistered():
                self.registered += 1
            case e.ReadingTaken():
                self.readings += 1

    @property
    def waiting(self) -> int:
        """How many messages of this run are still on their way."""
        return len(set(self.queued) - self.delivered.keys() - self.refused)

    async def all_delivered(self) -> None:
        while self.waiting:
            self._news.clear()
            await self._news.wait()


def shortfalls(expected: Expectation, messages: Iterable[Message], kafka: KafkaSettings) -> list[str]:
    """What the scenario expects and the delivered messages do not show; empty when all is well."""
    bodies = [(message.topic, json.loads(message.body)) for message in messages]
    missing = []
    if expected.food_types and not any(
        topic == kafka.food_topic and _types(body) == expected.food_types for topic, body in bodies
    ):
        missing.append(f"no registration with ftypeIds {list(expected.food_types)} was delivered")
    seen = {address for topic, body in bodies if topic == kafka.sensor_topic for address in body["data"]}
    if len(seen) < expected.containers:
        missing.append(f"readings of {len(seen)} containers were delivered instead of {expected.containers}")
    return missing


def _types(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(food["ftypeId"] for food in body["foodList"])


def summary(
    console: Console, tally: Tally, messages: Iterable[Message], lag: dict[str, float], missing: list[str]
) -> None:
    """Print what was delivered, body by body, and the verdict."""
    console.rule("what was delivered")
    for message in messages:
        console.print(
            f"[bold]{escape(message.topic)}[/]  key {message.key}  to {escape(tally.delivered[message.seq])}",
            highlight=False,
        )
        console.print_json(message.body.decode(), indent=None)
    table = Table.grid(padding=(0, 2))
    table.add_row("items registered", str(tally.registered))
    table.add_row("readings taken", str(tally.readings))
    table.add_row("messages delivered", f"{len(tally.delivered)} of {len(tally.delivered.keys() | tally.queued)}")
    table.add_row("event loop lag", f"p50 {lag['p50']} ms, p99 {lag['p99']} ms, worst {lag['max']} ms")
    console.rule()
    console.print(table)
    for sentence in missing:
        console.print(f"[bold red]✕[/] {escape(sentence)}")
    if not missing:
        console.print("[bold green]✓[/] everything the scenario expects was delivered")
