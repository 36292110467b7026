"""A simulated loudspeaker: nothing sounds, but it takes its time."""

from collections.abc import Callable

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.tones import seconds
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock


class SimulatedSpeaker:
    """`broken` says whether the loudspeaker does not work at the moment."""

    def __init__(self, clock: Clock, broken: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._broken = broken

    async def play(self, cue: Cue) -> None:
        if self._broken():
            raise DeviceError("the loudspeaker is broken")
        await self._clock.sleep(seconds(cue))
