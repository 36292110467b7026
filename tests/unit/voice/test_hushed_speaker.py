import pytest

from befresh_agent.domain.cue import Cue
from befresh_agent.errors import DeviceError
from befresh_agent.voice.hushed_speaker import HushedSpeaker


class Room:
    """A loudspeaker and ears that keep what happened to them, in order."""

    def __init__(self, *, broken: bool = False) -> None:
        self.happened: list[str] = []
        self._broken = broken

    async def play(self, cue: Cue) -> None:
        self.happened.append(cue)
        if self._broken:
            raise DeviceError("broken")

    def mute(self, on: bool) -> None:
        self.happened.append("closed" if on else "open")


async def test_the_ears_are_closed_while_it_sounds() -> None:
    room = Room()
    await HushedSpeaker(room, room).play(Cue.ON)
    assert room.happened == ["closed", Cue.ON, "open"]


async def test_the_ears_are_open_again_when_it_cannot_sound() -> None:
    room = Room(broken=True)
    with pytest.raises(DeviceError):
        await HushedSpeaker(room, room).play(Cue.ON)
    assert room.happened[-1] == "open"
