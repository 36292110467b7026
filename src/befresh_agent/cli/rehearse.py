"""A dry run from the outside: the agent on simulated devices, a person who plays, a terminal to watch, a summary."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from befresh_agent.app import AgentRun
from befresh_agent.assembly import agent
from befresh_agent.assembly.dry_run import dry_run_hardware
from befresh_agent.cli.dry_run_opening import (
    LeftBehind,
    begin_anew,
    introduce,
    left_behind,
    page_at,
    tell_what_was_left,
)
from befresh_agent.cli.dry_run_report import DryRunCounts, RunEnding, shortfalls, wrong_stock
from befresh_agent.cli.printer import SentencePrinter, own_commands
from befresh_agent.cli.terminal import TerminalView
from befresh_agent.domain import events as e
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.domain.stock import MOST_FOODS, StockFilter
from befresh_agent.errors import StoreError
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime import event_bus
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import database_file
from befresh_agent.simulation.scenario import Scenario
from befresh_agent.simulation.scenario_player import GaveUp

_DELIVERY_S = 20.0
"""How long the last messages may take to arrive, once everything was played, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManner:
    """How it is to be played."""

    speed: float = 1.0
    own_camera: bool = False
    by_hand: bool = False
    exit_when_done: bool = False
    fresh: bool = False
    """Begin anew, without what earlier dry runs left."""
    verbose: bool = False
    language: Language = "en"
    config: Path | None = None
    """The settings file that was named."""


class DryRun:
    """Plays one scenario on one agent."""

    def __init__(self, settings: Settings, scenario: Scenario, manner: RunManner, console: Console) -> None:
        self._settings = settings
        self._scenario = scenario
        self._manner = manner
        self._stage = dry_run_hardware(
            settings, scenario, speed=manner.speed, own_camera=manner.own_camera, by_hand=manner.by_hand
        )
        self._agent = agent.build(settings, self._stage.hardware)
        self._life = AgentRun(self._agent)
        self._tally = DryRunCounts()
        self._commands = own_commands(manner.config)
        self._printer = SentencePrinter(console, manner.language)
        self._terminal = self._make_terminal(console)
        self._trouble: list[Phrase] = []
        self._messages: list[OutgoingMessage] = []
        self._stock: list[str] = []
        self._played = False

    async def play(self) -> int:
        """Run until the scenario is over (or for ever); the exit code."""
        manner = self._manner
        introduce(self._printer, self._scenario.title, by_hand=manner.by_hand, own_camera=manner.own_camera)
        tell_what_was_left(self._printer, await self._left(), self._commands, fresh=manner.fresh)
        for listener in (self._tally.on_event, self._stage.person.on_event, self._terminal.on_event, self._listen):
            self._agent.events.subscribe(listener)
        watching = asyncio.create_task(self._terminal.run())
        playing = asyncio.create_task(self._play())
        playing.add_done_callback(lambda done: None if done.cancelled() or not done.exception() else self._life.stop())
        try:
            with event_bus.sent_to(self._terminal.log, logging.WARNING):
                await self._life.run()
        finally:
            for task in (watching, playing):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
            self._terminal.catch_up(now=True)
        return self._verdict() if manner.exit_when_done else self._goodbye()

    def _make_terminal(self, console: Console) -> TerminalView:
        return TerminalView(
            console,
            self._manner.language,
            clock=self._stage.clock,
            devices=self._agent.devices,
            session=self._agent.status.open_items,
            waiting=lambda: self._tally.waiting,
            unread=self._life.stop,
            foods=self._scenario.in_the_air,
            verbose=self._manner.verbose,
        )

    async def _left(self) -> LeftBehind:
        file = database_file(self._stage.hardware.state)
        if self._manner.fresh:
            return await begin_anew(file)
        try:
            return await left_behind(file)
        except StoreError:  # whatever is wrong with it, the agent itself will say
            return LeftBehind(0, 0)

    def _listen(self, event: e.Event) -> None:
        match event:
            case e.DeviceChanged(device="page", state=e.DeviceState.READY, detail=address):
                for text in page_at(address, self._settings.page.port, by_hand=self._manner.by_hand):
                    self._terminal.tell("page", text)
            case e.NotKept(error=error) if self._manner.exit_when_done:
                self._trouble.append(Phrase("it cannot go on: {error}", error=error))
                self._life.stop()

    async def _play(self) -> None:
        try:
            await self._stage.person.run(self._agent.events.emit)
        except GaveUp as error:
            self._trouble.append(Phrase("the person gave up: {why}", why=str(error)))
        if self._manner.exit_when_done:
            with contextlib.suppress(TimeoutError):
                async with within(_DELIVERY_S):
                    await self._tally.all_delivered()
            entries = await self._agent.store.entries()
            self._stock = await self._listed()
            self._messages = [entry.message for entry in entries if entry.message.seq in self._tally.delivered]
            self._played = True
            self._life.stop()
        elif not self._manner.by_hand:
            self._tell_that_it_goes_on()

    async def _listed(self) -> list[str]:
        """The names on the list."""
        page = await self._agent.stock.page(StockFilter.ALL, limit=MOST_FOODS)
        return [food.name or "" for food in page.items]

    def _tell_that_it_goes_on(self) -> None:
        for sentence in self._trouble:
            self._terminal.tell("person", sentence, alarm=True)
        text = Phrase(
            "The story is over; the fridge goes on until Ctrl-C. From another terminal: {command}",
            command=self._commands("status"),
        )
        self._terminal.tell("person", text)

    def _verdict(self) -> int:
        missing = self._missing()
        ending = RunEnding(self._printer, self._commands)
        ending.tell(self._tally, missing, self._scenario.title, stopped=not self._played)
        if self._manner.verbose:
            text = "event loop lag: p50 {p50} ms, p99 {p99} ms, worst {max} ms"
            self._printer.line(Phrase(text, **self._agent.lag.milliseconds()), style="dim")
        return 0 if self._played and not missing else 1

    def _missing(self) -> list[Phrase]:
        """What keeps the verdict from being good; a run that was stopped owes nothing."""
        if not self._played:
            return self._trouble
        tally, missing = self._tally, list(self._trouble)
        if refused := tally.refused:
            text = "{count} messages were refused; `{command}` says why"
            missing.append(Phrase(text, count=len(refused), command=self._commands("outbox list")))
        if waiting := tally.waiting:
            text = "{waiting} of {all} messages still wait for {server}; the next start goes on"
            server = self._settings.kafka.server or Phrase("the journal")
            missing.append(Phrase(text, waiting=waiting, all=len(tally.queued), server=server))
        found = shortfalls(self._scenario.expect, tally, self._messages, self._settings.kafka)
        return missing + found + wrong_stock(self._scenario.expect, self._stock)

    def _goodbye(self) -> int:
        self._printer.line("Ended. The fridge keeps what was registered, and goes on with it next time.")
        return 0
