import asyncio
from collections.abc import Sequence

import pytest

from befresh_agent.domain.events import Event, QuestionAnswered
from befresh_agent.domain.phrase import Language
from befresh_agent.page.maintenance import CheckFinding
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.event_loop import within
from befresh_agent.status.spoken_doctor import DoctorFinding, SpokenDoctor, worst_told


def finding(name: str, state: str, detail: str) -> CheckFinding:
    return CheckFinding.model_validate({"name": name, "state": state, "detail": detail, "remedy": "do this"})


FINE = finding("clock", "ok", "set")
ABSENT = finding("pins", "not here", "not a Raspberry Pi")
DISK = finding("disk", "warning", "nearly full")
POWER = finding("power", "warning", "too little voltage")
CAMERA = finding("camera", "broken", "unplugged")
BROKER = finding("broker", "broken", "out of reach")


def test_the_worst_three_are_told_what_is_broken_first() -> None:
    told = worst_told([FINE, DISK, CAMERA, POWER, ABSENT, BROKER], "en")
    assert told == ["camera: unplugged", "broker: out of reach", "disk: nearly full"]


@pytest.mark.parametrize(
    ("findings", "language", "told"),
    [
        ([FINE, ABSENT], "en", ["All is well."]),
        ([FINE], "ko", ["모두 좋습니다."]),
        (None, "ko", ["진단에 답이 없습니다."]),
        ([finding("camera", "broken", "x" * 500)], "en", ["camera: " + "x" * 152]),
        ([finding("clock", "warning", "nothing was heard")], "ko", ["시계: 아무 소리도 들리지 않습니다"]),
    ],
)
def test_what_is_said_otherwise(findings: Sequence[DoctorFinding] | None, language: Language, told: list[str]) -> None:
    assert worst_told(findings, language) == told


async def test_one_examination_at_a_time_is_announced_made_and_told() -> None:
    said: list[str] = []
    events = EventBus()
    told: list[Event] = []
    events.subscribe(told.append)
    ready, asked = asyncio.Event(), 0

    async def examine() -> Sequence[DoctorFinding]:
        nonlocal asked
        asked += 1
        await ready.wait()
        return [CAMERA]

    doctor = SpokenDoctor(examine, said.append, events, "en")
    doctor.ask()
    doctor.ask()
    await asyncio.sleep(0)
    ready.set()
    async with within(10):
        while len(said) < 2:
            await asyncio.sleep(0.01)
    assert said == ["One moment, I am having a look at myself.", "camera: unplugged"]
    assert (told, asked) == ([QuestionAnswered("camera: unplugged")], 1)
    doctor.ask()
    await asyncio.sleep(0.05)
    assert asked == 2
