"""The person of the dry run: does the steps of a scenario, hears the fridge's sounds, and answers when asked.

Nobody acts by the clock alone: a package is held up until the fridge says that it is registered, and a name is said
again when the fridge asks again. So the same scenario works on a fast laptop and on a slow Pi.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.container_events import ReadingTaken
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.delivery_events import MessageDelivered
from befresh_agent.domain.events import (
    CuePlayed,
    DeviceChanged,
    DeviceState,
    Event,
    PaceChanged,
    QuestionAnswered,
    SessionClosed,
    StageDirection,
)
from befresh_agent.errors import BefreshError
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_loop import within
from befresh_agent.simulation.scenario import Scenario, ScenarioStep, direction
from befresh_agent.simulation.world import FAR_M, SimulatedClock, SimulatedWorld

_ANSWER_AFTER_S = 0.7
_WAKE_AGAIN_S = 6.0
_HAND_M = 0.3
_TAP_S = 0.12
_BETWEEN_TAPS_S = 0.15
_HOLD_S = 3.5
_HELP_S = 5.5
_LONG_S = 1.5
_ANSWERED = "answered"
_QUIET_S = 30.0
"""When nothing was found or asked for so long, in simulated seconds, there is nothing more to be registered."""
_HINTS = frozenset({Cue.TOO_DARK, Cue.BLURRED, Cue.TOO_CLOSE, Cue.OTHER_SPELLING})
_ITEM_ENDS = frozenset(
    {Cue.REGISTERED, Cue.UNNAMED, Cue.NOT_A_CONTAINER, Cue.FAILED, Cue.TAKEN_OUT, Cue.PUT_BACK, Cue.NONE_TAKEN}
)


class GaveUp(BefreshError):
    """The fridge did not do what the person waited for."""


class ButtonFinger(Protocol):
    """The finger on the button."""

    def press(self) -> None: ...
    def release(self) -> None: ...


class ContainerControl(Protocol):
    """What can be done to the containers in the air."""

    def away(self, address: Address) -> None: ...
    def back(self, address: Address) -> None: ...


class ScenarioPlayer:
    """Plays one scenario; `listen` must be told every event."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        world: SimulatedWorld,
        clock: SimulatedClock,
        finger: ButtonFinger,
        containers: ContainerControl,
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
        self._tell: Callable[[Event], None] = lambda _: None
        self._heard_at = 0.0

    def on_event(self, event: Event) -> None:
        """Hear a cue, see a message go; a listener for `EventBus`."""
        match event:
            case CuePlayed(cue=cue):
                if cue not in _HINTS:
                    self._heard_at = self._clock.monotonic()
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
            case QuestionAnswered():
                self._note(_ANSWERED)
            case ReadingTaken(reading=reading):
                self._read.add(reading.address)
                self._note(f"{len(self._read)} containers read")

    async def run(self, tell: Callable[[Event], None]) -> None:
        """Do every step and tell of it. Raises `GaveUp` when the fridge does not play its part."""
        self._tell = tell
        for step in self._scenario.step:
            await self._clock.sleep(step.seconds)
            if text := direction(step, self._scenario.wake_phrase):
                tell(StageDirection(text))
            if step.do != "wait":  # which may wait for what the step before has caused already
                self._happened.clear()
            await self._do(step)

    async def _do(self, step: ScenarioStep) -> None:
        match step.do:
            case "come":
                self._world.hand_m = _HAND_M
            case "leave":
                self._world.hand_m = FAR_M
            case "press" | "double" | "hold":
                await self._push(step)
            case "help":
                await self._push(step)
                await self._until({_ANSWERED}, step)
            case "show" | "wake" | "long" | "ask":
                await self._register(step)
            case "wait" if step.until == "quiet":
                await self._quiet(step)
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

    async def _push(self, step: ScenarioStep) -> None:
        """Use the button, as soon as the fridge has one: right after its start nobody could feel the press."""
        patience_s = step.patience_s * self._patience
        try:
            async with within(patience_s):
                await self._button.wait()
        except TimeoutError:
            raise GaveUp(f"waited {patience_s:g} s at step `{step.do}` for a button") from None
        await self._tap({"hold": _HOLD_S, "long": _LONG_S, "help": _HELP_S}.get(step.do, _TAP_S))
        if step.do == "double":
            await self._clock.sleep(_BETWEEN_TAPS_S)
            await self._tap(_TAP_S)

    async def _tap(self, seconds: float) -> None:
        self._finger.press()
        await self._clock.sleep(seconds)
        self._finger.release()

    async def _register(self, step: ScenarioStep) -> None:
        """Hold the food up, say the wake phrase or press long, and answer until the fridge has done with it.

        Whoever asks something says the question where a name is asked for.
        """
        self._answer = step.name or self._scenario.answer
        self._world.picture = step.picture
        calling = asyncio.create_task(self._call()) if step.do in ("wake", "ask") else None
        try:
            if step.do == "long":
                await self._push(step)
            await self._until({_ANSWERED} if step.do == "ask" else _ITEM_ENDS, step)
        finally:
            self._answer, self._world.picture = self._scenario.answer, None
            if calling:
                calling.cancel()

    async def _call(self) -> None:
        """Say the wake phrase, and again while the fridge does not ask back."""
        while Cue.SPEAK not in self._happened:
            self._say(self._scenario.wake_phrase)
            await self._clock.sleep(_WAKE_AGAIN_S)

    async def _lapse(self, step: ScenarioStep) -> None:
        before = self._pace.speed
        self._run_time(before * step.speed)
        try:
            if (left_s := step.seconds_left(self._clock.now())) is not None:
                await self._clock.sleep(left_s)
            else:
                await self._until({step.until or ""}, step)
        finally:
            self._run_time(before)

    def _run_time(self, speed: float) -> None:
        self._pace.speed = speed
        self._tell(PaceChanged(speed))

    async def _quiet(self, step: ScenarioStep) -> None:
        """Wait for nothing more to happen; that is patience enough, whatever is still going on then."""
        self._heard_at = self._clock.monotonic()
        with contextlib.suppress(TimeoutError):
            async with within(step.patience_s * self._patience):
                while (left := self._heard_at + _QUIET_S - self._clock.monotonic()) > 0:
                    await self._clock.sleep(left)

    async def _speak(self, words: str) -> None:
        await self._clock.sleep(_ANSWER_AFTER_S)
        self._say(words)

    async def _until(self, wanted: frozenset[Cue] | set[str], step: ScenarioStep) -> None:
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
