"""Voice stage: trying the microphone, in a process of its own, as it is opened for a session.

In: the settings of the voice as JSON on standard input; seconds and a file on the command line. Out: a line of JSON for
each tenth of a second with its level, or one with an error; the file has the recording.
"""

import asyncio
import contextlib
import json
import sys
import wave
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from befresh_agent.domain.sound_cards import SoundLevel, level
from befresh_agent.errors import BefreshError, DeviceError
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.own_process import end_with_parent
from befresh_agent.runtime.subprocesses import private_output, terminate
from befresh_agent.voice.process_side.factory import trial_microphone

if TYPE_CHECKING:
    from befresh_agent.settings.device_sections import VoiceSettings

_TOLD_EVERY = 3
"""Frames: about a tenth of a second."""
_OPEN_S = 30.0
"""A small Pi loads the library from a cold card."""


async def record(
    voice: "VoiceSettings", seconds: float, file: Path, told: Callable[[SoundLevel], None] = lambda _: None
) -> SoundLevel:
    """Record so long into a WAV file; the level of it all. Raises `DeviceError`, and does not crash with a library."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "befresh_agent.voice.microphone_trial", str(seconds), str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # ALSA complains of every device that it does not find
    )
    try:
        async with within(seconds + _OPEN_S):
            await _follow(process, voice, told)
            code = await process.wait()
    except TimeoutError:
        raise DeviceError(f"the microphone took longer than {_OPEN_S:g} s", remedy="try again in a minute") from None
    finally:
        await terminate(process)
    if code:
        raise DeviceError(f"the sound library crashed ({code})", remedy='set microphone = "arecord" in [voice]')
    with contextlib.closing(wave.open(str(file), "rb")) as recording:
        return level(recording.readframes(recording.getnframes()))


async def _follow(
    process: asyncio.subprocess.Process, voice: "VoiceSettings", told: Callable[[SoundLevel], None]
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(voice.model_dump(mode="json")).encode())
    process.stdin.close()
    async for line in process.stdout:
        said = json.loads(line)
        if "error" in said:
            raise DeviceError(said["error"], remedy=said["remedy"])
        told(SoundLevel(**said))


def main() -> None:
    end_with_parent()  # a session that begins has the microphone at once
    seconds, file = float(sys.argv[1]), Path(sys.argv[2])
    answers = private_output()
    voice = cast("VoiceSettings", SimpleNamespace(**json.load(sys.stdin)))

    def tell(what: dict[str, object]) -> None:
        answers.write(json.dumps(what).encode() + b"\n")
        answers.flush()

    try:
        recording = asyncio.run(_recorded(voice, seconds, lambda heard: tell(asdict(heard))))
    except DeviceError as error:
        tell({"error": error.detail, "remedy": error.remedy})
    except BefreshError as error:
        tell({"error": str(error), "remedy": ""})
    else:
        with contextlib.closing(wave.open(str(file), "wb")) as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            out.writeframes(recording)


async def _recorded(voice: "VoiceSettings", seconds: float, told: Callable[[SoundLevel], None]) -> bytes:
    frames: list[bytes] = []
    async with trial_microphone(voice) as microphone:
        for number in range(1, round(seconds * RATE / FRAME_SAMPLES) + 1):
            frames.append(await microphone.frame())
            if number % _TOLD_EVERY == 0:
                told(level(b"".join(frames[-_TOLD_EVERY:])))
    return b"".join(frames)


if __name__ == "__main__":
    main()
