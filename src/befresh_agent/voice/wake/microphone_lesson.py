"""Voice stage: sayings at the fridge's own microphone. In: frames. Out: one recording for every time somebody spoke."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE, STALL_S, Microphone
from befresh_agent.runtime.event_loop import within
from befresh_agent.voice.process_side.speech_detector import speech_detector
from befresh_agent.voice.process_side.speech_segments import NoiseFloor, PhraseEndpoint, rms

_ROOM = RATE // FRAME_SAMPLES
"""Frames: a second of it is listened to first."""
_PAUSE_S, _LONGEST_S, _PATIENCE_S = 0.7, 4.0, 20.0


async def sayings(
    make: Callable[[], AbstractAsyncContextManager[Microphone]], count: int, ready: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """So many phrases; `ready` is told before each that somebody may speak. Ends early when nobody does for 20 s.

    Raises `DeviceError`.
    """
    async with make() as microphone:
        room = NoiseFloor()
        for _ in range(_ROOM):
            room.feed(rms(await _frame(microphone)))
        for number in range(1, count + 1):
            ready(number)
            said = await _phrase(microphone, room)
            if said is None:
                return
            yield said


async def _phrase(microphone: Microphone, room: NoiseFloor) -> bytes | None:
    level = room.speech_level
    endpoint, waited = PhraseEndpoint(level, _PAUSE_S, speech_detector(level)), 0.0
    while endpoint.speaking or waited < _PATIENCE_S:
        frame = await _frame(microphone)
        waited += FRAME_SAMPLES / RATE
        if (said := endpoint.feed(frame, _LONGEST_S)) is not None:
            return said
    return None


async def _frame(microphone: Microphone) -> bytes:
    try:
        async with within(STALL_S):
            return await microphone.frame()
    except TimeoutError:
        raise DeviceError("the microphone brings no sound") from None
