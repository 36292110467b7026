"""The person of the dry run: does the steps of a scenario, hears the fridge's sounds, and answers when asked.

Nobody acts by the clock alone: a package is held up until the fridge says that it is registered, and a name is said
again when the fridge asks again. So the same scenario works on a fast laptop and on a slow Pi.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from befresh_agent.deadline import within
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.events import (
    CuePlayed,
    DeviceChanged,
    DeviceState,
    Event,
    MessageDelivered,
    ReadingTaken,
    SessionClosed,
)
from befresh_agent.errors import BefreshError
from befresh_agent.ports.clock import Clock
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.simulation.scenario import Scenario, Step
from befresh_agent.simulation.world import FAR_M, World

_ANSWER_AFTER_S = 0.7
_WAKE_AGAIN_S = 6.0
_HAND_M = 0.3
_TAP_S = 0.12
_BETWEEN_TAPS_S = 0.15
_HOLD_S = 3.5
_ITEM_ENDS = frozenset({Cue.REGISTERED, Cue.UNNAMED, Cue.NOT_A_CONTAINER, Cue.FAILED})


class GaveUp(BefreshError):
    """The fridge did not do what the person waited for."""


class Finger(Protocol):
    """The finger on the button."""

    def press(self) -> None: ...
    def release(self) -> None: ...


class Containers(Protocol):
    """What can be done to the containers in the air."""

    def away(self, address: Address) -> None: ...
    def back(self, address: Address) -> None: ...


class Person:
    """Plays one scenario; `listen` must be told every event."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        world: World,
        clock: SimulatedClock,
        finger: Finger,
        containers: Containers,
        say: Callable[[str], None],
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._clock: Clock = clock
        self._pace = clock
        self._patience = max(1.0, 1 / clock.speed)
        self._finger = finger
        self._containers = containers
        self._say = say
        self._answer = scenario.answer
        self._happened: set[str] = set()
        self._read: set[Address] = set()
        self._news = asyncio.Event()
        self._button = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    def listen(self, event: Event) -> None:
        """Hear a cue, see a message go; a listener for `Events`."""
        match event:
            case CuePlayed(cue=cue):
                self._note(cue)
                if cue is Cue.SPEAK and self._answer is not None:
                    task = asyncio.get_running_loop().create_task(self._speak(self._answer))
                    self._answers.add(task)
                    task.add_done_callback(self._answers.discard)
            case DeviceChanged(device="button", state=DeviceState.READY):
                self._button.set()
            case MessageDelivered(topic=topic):
                self._note(topic)
            case SessionClosed():
                self._note("closed")
            case ReadingTaken(reading=reading):
                self._read.add(reading.address)
                self._note(f"{len(self._read)} containers read")

    async def run(self) -> None:
        """Do every step. Raises `GaveUp` when the fridge does not play its part."""
        for step in self._scenario.step:
            await self._clock.sleep(step.seconds)
            if step.do != "wait":  # which may wait for what the step before has caused already
                self._happened.clear()
            await self._do(step)

    async def _do(self, step: Step) -> None:
        match step.do:
            case "come":
                self._world.hand_m = _HAND_M
            case "leave":
                self._world.hand_m = FAR_M
            case "press" | "double" | "hold":
                await self._push(step)
            case "show" | "wake":
                await self._register(step)
            case "wait":
                await self._until({step.until or ""}, step)
            case "lapse":
                await self._lapse(step)
            case "break":
                self._world.broken.add(step.what or "")
            case "mend":
                self._world.broken.discard(step.what or "")
            case "away":
                self._containers.away(parse_address(step.what or ""))
            case "back":
                self._containers.back(parse_address(step.what or ""))

    async def _push(self, step: Step) -> None:
        """Use the button, as soon as the fridge has one: right after its start nobody could feel the press."""
        patience_s = step.patience_s * self._patience
        try:
            async with within(patience_s):
                await self._button.wait()
        except TimeoutError:
            raise GaveUp(f"waited {patience_s:g} s at step `{step.do}` for a button") from None
        await self._tap(_HOLD_S if step.do == "hold" else _TAP_S)
        if step.do == "double":
            await self._clock.sleep(_BETWEEN_TAPS_S)
            await self._tap(_TAP_S)

    async def _tap(self, seconds: float) -> None:
        self._finger.press()
        await self._clock.sleep(seconds)
        self._finger.release()

    async def _register(self, step: Step) -> None:
        """Hold the food up, or say the wake phrase, and answer until the fridge has done with it."""
        self._answer = step.name or self._scenario.answer
        self._world.picture = step.picture
        calling = asyncio.create_task(self._call()) if step.do == "wake" else None
        try:
            await self._until(_ITEM_ENDS, step)
        finally:
            self._answer, self._world.picture = self._scenario.answer, None
            if calling:
                calling.cancel()

    async def _call(self) -> None:
        """Say the wake phrase, and again while the fridge does not ask back."""
        while Cue.SPEAK not in self._happened:
            self._say(self._scenario.wake_phrase)
            await self._clock.sleep(_WAKE_AGAIN_S)

    async def _lapse(self, step: Step) -> None:
        before, self._pace.speed = self._pace.speed, self._pace.speed * step.speed
        try:
            await self._until({step.until or ""}, step)
        finally:
            self._pace.speed = before

    async def _speak(self, words: str) -> None:
        await self._clock.sleep(_ANSWER_AFTER_S)
        self._say(words)

    async def _until(self, wanted: frozenset[Cue] | set[str], step: Step) -> None:
        patience_s = step.patience_s * self._patience
        try:
            async with within(patience_s):
                while not self._happened & wanted:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            what = " or ".join(sorted(wanted))
            raise GaveUp(f"waited {patience_s:g} s at step `{step.do}` for {what}") from None

    def _note(self, what: str) -> None:
        self._happened.add(what)
        self._news.set()
