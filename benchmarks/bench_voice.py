"""How well and how fast the voice process hears: the wake phrase on held-out speech, processor, memory, delays.

    python benchmarks/bench_voice.py

All speech is espeak-ng's: clean and synthetic. The figures compare versions; bench_wake.py has other voices.
The phrases are in tests/wake_phrases.py.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.agent_side.voice_server import VoiceServer
from befresh_agent.voice.process_side.listener import PhraseCapture
from befresh_agent.voice.process_side.speech_segments import rms
from befresh_agent.voice.wake.heads import load_head
from befresh_agent.voice.wake.listening import HeadListener
from befresh_agent.voice.wake.shipped import FILE
from tests.spoken import frames, quiet, spoken, wav_file
from tests.wake_phrases import near_misses, other_phrases, wake_phrases

STORY = """
title = "Somebody says the wake phrase"
settings.fridge.id = 17
step = [{do = "come"}, {do = "press"}, {do = "wait", until = "closed", patience_s = 6}]
"""


def wake_word() -> None:
    settings = VoiceSettings()
    detector = HeadListener([load_head(FILE)], lambda: None)
    began, seconds = time.process_time(), 0.0
    for name, recordings in (
        ("wake phrase heard", wake_phrases(settings.phrase)),
        ("near-misses that wake", near_misses()),
        ("other phrases that wake", other_phrases()),
    ):
        heard = sum(sum(map(detector.detects, frames(recording))) > 0 for recording in recordings)
        seconds += sum(map(len, recordings)) / 32000
        print(f"{name:<30}{heard:4} of {len(recordings)}")
    print(f"{'processor while speaking':<30}{(time.process_time() - began) / seconds:8.1%} of one core")
    began = time.process_time()
    for frame in frames(quiet(60)):
        detector.detects(frame)
    print(f"{'processor in silence':<30}{(time.process_time() - began) / 60:8.1%} of one core")


async def process() -> None:
    with tempfile.TemporaryDirectory() as folder:
        phrase = spoken(VoiceSettings().phrase, "ko+m4", 140, 55)
        sound = wav_file(Path(folder, "kitchen.wav"), quiet(1) + phrase + quiet(2))
        woken, states = asyncio.Event(), dict[tuple[str, DeviceState], float]()
        clock, events = SystemClock(), EventBus()

        def told(event: Event) -> None:
            if isinstance(event, DeviceChanged):
                states[event.device, event.state] = time.monotonic()

        events.subscribe(told)
        settings = VoiceSettings(microphone=str(sound))
        server = VoiceServer(Path(folder), settings, clock, DeviceRegistry(events, clock), woken.set)
        running = asyncio.create_task(server.run())
        await until(lambda: ("wake word", DeviceState.READY) in states)
        print(f"{'memory of the idle process':<30}{resident_mb(server.pid):6.1f} MB")
        delays = []
        for _ in range(5):
            woken.clear()
            server.open()
            await woken.wait()
            began = states["voice", DeviceState.LIVE] - FRAME_SAMPLES / RATE
            delays.append(time.monotonic() - began - end_s(phrase))
            server.close()
            await asyncio.sleep(0.2)
        print(f"{'end of the phrase to trigger':<30}{sorted(delays)[2] * 1000:6.0f} ms (median of 5)")
        print(f"{'memory after listening':<30}{resident_mb(server.pid):6.1f} MB")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def cancelling() -> None:
    capture = PhraseCapture(300)

    def listen() -> float:
        with contextlib.suppress(NotHeard):
            capture.phrase(600, 600)
        return time.monotonic()

    ended = asyncio.get_running_loop().run_in_executor(None, listen)
    for frame in frames(quiet(1)):
        capture.feed(frame)
    await asyncio.sleep(0.5)
    began = time.monotonic()
    capture.end(ListenFailure.CANCELLED, "")
    print(f"{'cancelling an attempt':<30}{(await ended - began) * 1000:6.1f} ms")


async def agent() -> None:
    """The whole agent hears a recording: from the last loud frame of the phrase to the tone that asks for the name."""
    with tempfile.TemporaryDirectory() as folder:
        phrase = spoken(VoiceSettings().phrase, "ko+m4", 140, 55)
        sound = wav_file(Path(folder, "kitchen.wav"), quiet(1) + phrase + quiet(9))
        story = Path(folder, "story.toml")
        story.write_text(STORY, encoding="utf-8")
        words = (
            "run",
            "--dry-run",
            "--verbose",
            "--exit-when-done",
            "--microphone",
            str(sound),
            "--scenario",
            str(story),
        )
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "befresh_agent", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"HOME": folder, "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder, "LANGUAGE": "en"},
        )
        assert program.stdout is not None
        seen: dict[str, float] = {}
        async for line in program.stdout:
            for news in ("voice is live", "wake phrase heard", "♪ speak"):
                if news.encode() in line:
                    seen.setdefault(news, time.monotonic())
        await program.wait()
        ended = seen["voice is live"] - FRAME_SAMPLES / RATE + end_s(phrase)
        print(f"{'end of the phrase to the tone':<30}{(seen['♪ speak'] - ended) * 1000:6.0f} ms (whole agent)")


def end_s(phrase: bytes) -> float:
    """When a phrase after one second of silence has been said."""
    return 1 + max(at for at, frame in enumerate(frames(phrase), 1) if rms(frame) > 200) * FRAME_SAMPLES / RATE


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110  # it happens in another process
        await asyncio.sleep(0.01)


def resident_mb(pid: int | None) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


if __name__ == "__main__":
    wake_word()
    asyncio.run(process())
    asyncio.run(agent())
    asyncio.run(cancelling())
