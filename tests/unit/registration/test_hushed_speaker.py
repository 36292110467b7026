import pytest

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.errors import DeviceError
from befresh_agent.registration.cues import MutingSpeaker


class Room:
    """A loudspeaker and ears that keep what happened to them, in order."""

    def __init__(self, *, broken: bool = False) -> None:
        self.happened: list[str] = []
        self._broken = broken

    async def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        self.happened.append(cue)
        if self._broken:
            raise DeviceError("broken")

    async def say(self, sentence: str) -> None:
        self.happened.append(sentence)

    def mute(self, on: bool, *, speaks: bool) -> None:
        assert speaks
        self.happened.append("closed" if on else "open")


async def test_the_ears_are_closed_while_it_sounds() -> None:
    room = Room()
    await MutingSpeaker(room, room, speaks=True).play(Cue.ON)
    assert room.happened == ["closed", Cue.ON, "open"]


async def test_they_are_closed_while_it_speaks_for_somebody_else() -> None:
    room = Room()
    await MutingSpeaker(room, room, speaks=True).say("우유가 내일까지예요")
    assert room.happened == ["closed", "우유가 내일까지예요", "open"]


async def test_the_ears_are_open_again_when_it_cannot_sound() -> None:
    room = Room(broken=True)
    with pytest.raises(DeviceError):
        await MutingSpeaker(room, room, speaks=True).play(Cue.ON)
    assert room.happened[-1] == "open"
