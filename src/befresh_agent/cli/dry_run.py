"""A dry run from the outside: the agent on simulated devices, a person who plays, a terminal to watch, a summary."""

import asyncio
import contextlib

from rich.console import Console
from rich.markup import escape

from befresh_agent import assembly
from befresh_agent.app import Life
from befresh_agent.cli.report import Tally, shortfalls, summary
from befresh_agent.cli.terminal import Terminal
from befresh_agent.deadline import within
from befresh_agent.ports.publisher import Message
from befresh_agent.rehearsal import rehearsal
from befresh_agent.settings import Settings
from befresh_agent.simulation.person import GaveUp
from befresh_agent.simulation.scenario import Scenario

_DELIVERY_S = 20.0
"""How long the last messages may take to arrive, once everything was played, in seconds."""


class DryRun:
    """Plays one scenario on one agent."""

    def __init__(
        self,
        settings: Settings,
        scenario: Scenario,
        *,
        speed: float,
        own_camera: bool,
        by_hand: bool,
        console: Console,
    ) -> None:
        self._settings = settings
        self._scenario = scenario
        self._console = console
        self._stage = rehearsal(settings, scenario, speed=speed, own_camera=own_camera, by_hand=by_hand)
        self._agent = assembly.build(settings, self._stage.hardware)
        self._tally = Tally()
        self._trouble: list[str] = []
        self._messages: list[Message] = []
        self._played = False

    async def play(self, *, exit_when_done: bool) -> int:
        """Run until the scenario is over (or for ever); the exit code."""
        agent = self._agent
        life = Life(agent)
        terminal = self._terminal(life)
        for listener in (self._tally.listen, self._stage.person.listen, terminal.listen):
            agent.events.listen(listener)
        self._console.rule(escape(self._scenario.title))
        watching = asyncio.create_task(terminal.run())
        playing = asyncio.create_task(self._play(life, exit_when_done=exit_when_done))
        playing.add_done_callback(lambda done: None if done.cancelled() or not done.exception() else life.end())
        try:
            await life.run()
        finally:
            for task in (watching, playing):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
        return self._verdict() if exit_when_done else 0

    def _terminal(self, life: Life) -> Terminal:
        agent = self._agent
        return Terminal(
            self._console,
            clock=self._stage.clock,
            devices=agent.devices,
            lag=agent.lag,
            session=agent.status.open_items,
            waiting=lambda: self._tally.waiting,
            unread=life.end,
        )

    async def _play(self, life: Life, *, exit_when_done: bool) -> None:
        try:
            await self._stage.person.run()
        except GaveUp as error:
            self._trouble.append(str(error))
            self._console.print(f"the person gave up: {escape(str(error))}", style="bold red")
        if exit_when_done:
            with contextlib.suppress(TimeoutError):
                async with within(_DELIVERY_S):
                    await self._tally.all_delivered()
            entries = await self._agent.store.entries()
            self._messages = [entry.message for entry in entries if entry.message.seq in self._tally.delivered]
            self._played = True
            life.end()

    def _verdict(self) -> int:
        if not self._played:
            self._console.print("stopped before everything was played")
            return 1
        messages = self._messages
        if refused := self._tally.refused:
            self._trouble.append(f"{len(refused)} messages were refused; `befresh-agent outbox list` says why")
        if waiting := self._tally.waiting:
            self._trouble.append(f"{waiting} of {len(self._tally.queued)} messages still wait; the next start goes on")
        missing = self._trouble + shortfalls(self._scenario.expect, messages, self._settings.kafka)
        summary(self._console, self._tally, messages, self._agent.lag.milliseconds(), missing)
        return 1 if missing else 0
