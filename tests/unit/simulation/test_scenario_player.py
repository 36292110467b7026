"""The person of the dry run: reacts to the fridge instead of following a timetable."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
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
from befresh_agent.simulation.scenario import Scenario, ScenarioStep
from befresh_agent.simulation.scenario_player import GaveUp, ScenarioPlayer
from befresh_agent.simulation.world import FAR_M, SimulatedClock, SimulatedWorld

PICTURE = Path("milk.jpg")


class Room:
    """Everything a person can touch, written down."""

    def __init__(self, *steps: ScenarioStep, speed: float = 100) -> None:
        self.world = SimulatedWorld()
        self.done: list[str] = []
        self.told: list[Event] = []
        self.person = ScenarioPlayer(
            Scenario(title="test", step=steps),
            world=self.world,
            clock=SimulatedClock(speed=speed),
            finger=self,
            containers=self,
            say=lambda words: self.done.append(f"said {words}"),
        )

    def has_a_button(self) -> None:
        self.person.on_event(DeviceChanged("button", DeviceState.READY, ""))

    def press(self) -> None:
        self.done.append("down")

    def release(self) -> None:
        self.done.append("up")

    def away(self, address: Address) -> None:
        self.done.append(f"away {address}")

    def back(self, address: Address) -> None:
        self.done.append(f"back {address}")

    def cue(self, cue: Cue) -> None:
        self.person.on_event(CuePlayed(cue))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_hand_and_the_button() -> None:
    room = Room(ScenarioStep(do="come"), ScenarioStep(do="press"), ScenarioStep(do="double"), ScenarioStep(do="leave"))
    playing = asyncio.create_task(room.person.run(room.told.append))
    await room.person._clock.sleep(10)
    assert room.done == []  # the agent is only just starting
    room.has_a_button()
    await playing
    assert room.done == ["down", "up"] * 3
    assert room.world.hand_m == FAR_M


async def test_a_fridge_without_a_button_is_given_up() -> None:
    room = Room(ScenarioStep(do="press", patience_s=0.05))
    with pytest.raises(GaveUp, match="button"):
        await room.person.run(room.told.append)


async def test_a_package_is_held_up_until_it_is_registered_and_the_name_is_said_whenever_asked() -> None:
    room = Room(ScenarioStep(do="show", picture=PICTURE, name="우유"))
    playing = asyncio.create_task(room.person.run(room.told.append))
    await until(lambda: room.world.picture == PICTURE)
    room.cue(Cue.SPEAK)
    await until(lambda: room.done == ["said 우유"])
    room.cue(Cue.SILENCE)
    room.cue(Cue.SPEAK)
    await until(lambda: len(room.done) == 2)
    assert room.world.picture == PICTURE
    room.cue(Cue.REGISTERED)
    await playing
    assert room.world.picture is None


async def test_the_wake_phrase_is_repeated_until_the_fridge_asks() -> None:
    room = Room(ScenarioStep(do="wake", name="사과"))
    playing = asyncio.create_task(room.person.run(room.told.append))
    await until(lambda: room.done.count("said 일반 등록") == 2)
    room.cue(Cue.SPEAK)
    await until(lambda: "said 사과" in room.done)
    room.cue(Cue.REGISTERED)
    await playing
    assert room.done == ["said 일반 등록", "said 일반 등록", "said 사과"]


async def test_a_question_is_asked_behind_the_wake_phrase_and_waits_for_its_answer() -> None:
    room = Room(ScenarioStep(do="ask", name="우유 있어?"))
    playing = asyncio.create_task(room.person.run(room.told.append))
    await until(lambda: room.done == ["said 일반 등록"])
    room.cue(Cue.SPEAK)
    await until(lambda: room.done[-1] == "said 우유 있어?")
    assert not playing.done()
    room.person.on_event(QuestionAnswered("네"))
    await playing


async def test_the_button_is_held_for_help_until_the_fridge_tells_how_it_is() -> None:
    room = Room(ScenarioStep(do="help"))
    room.has_a_button()
    playing = asyncio.create_task(room.person.run(room.told.append))
    await until(lambda: room.done == ["down", "up"])
    assert not playing.done()
    room.person.on_event(QuestionAnswered("All is well."))
    await playing


async def test_time_lapses_until_a_time_of_day() -> None:
    room = Room(ScenarioStep(do="lapse", until="tomorrow 18:30", speed=100_000), speed=1)
    clock = room.person._clock
    began = clock.now()
    await room.person.run(room.told.append)
    wanted = (began + timedelta(days=1)).replace(hour=18, minute=30, second=0, microsecond=0)
    assert wanted <= clock.now()
    assert [event.speed for event in room.told if isinstance(event, PaceChanged)] == [100_000, 1]


async def test_a_fridge_that_does_nothing_is_given_up() -> None:
    room = Room(ScenarioStep(do="wait", until="closed", patience_s=0.05))
    with pytest.raises(GaveUp, match="closed"):
        await room.person.run(room.told.append)


async def test_in_a_slow_world_patience_lasts_longer() -> None:
    room = Room(ScenarioStep(do="wait", until="closed", seconds=0, patience_s=0.02), speed=0.1)
    with pytest.raises(GaveUp, match=r"waited 0\.2 s"):
        await room.person.run(room.told.append)


async def test_containers_and_devices_come_and_go() -> None:
    room = Room(
        ScenarioStep(do="away", what="fb:89:eb:22:95:84"),
        ScenarioStep(do="back", what="FB:89:EB:22:95:84"),
        ScenarioStep(do="break", what="camera"),
    )
    await room.person.run(room.told.append)
    assert room.done == ["away FB:89:EB:22:95:84", "back FB:89:EB:22:95:84"]
    assert room.world.broken == {"camera"}


async def test_a_spectator_is_told_what_the_person_does_and_how_fast_time_runs() -> None:
    room = Room(
        ScenarioStep(do="come", seconds=0),
        ScenarioStep(do="break", what="camera", seconds=0, tells="The camera falls down."),
        ScenarioStep(do="lapse", until="closed", speed=10, seconds=0),
    )
    playing = asyncio.create_task(room.person.run(room.told.append))
    await until(lambda: PaceChanged(1000) in room.told)
    room.person.on_event(SessionClosed("s", "button", 0, 0))
    await playing
    told = [event.text if isinstance(event, StageDirection) else event for event in room.told]
    assert told == [
        "Somebody comes to the fridge.",
        "The camera falls down.",
        "Time passes.",
        PaceChanged(1000),
        PaceChanged(100),
    ]


async def test_quiet_is_when_nothing_was_found_for_a_while_and_hints_do_not_count() -> None:
    room = Room(ScenarioStep(do="wait", until="quiet", seconds=0), speed=100)
    playing = asyncio.create_task(room.person.run(room.told.append))
    began = asyncio.get_running_loop().time()
    while not playing.done():
        room.cue(Cue.BLURRED)
        await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - began >= 0.3
