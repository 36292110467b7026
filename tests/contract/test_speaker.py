"""Every loudspeaker: the simulated one and the player adapter with a real child process as the player."""

import asyncio
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from befresh_agent.adapters.audio.loudspeaker import PlayerSpeaker, Prompts
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.cue import RATE, Cue, CueSubject, cue_seconds
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Speaker
from befresh_agent.simulation.world import SimulatedSpeaker

GOOD, BROKEN = "pass", "sys.exit('no device today')"
MakeSpeaker = Callable[[Path, bool], AbstractAsyncContextManager[Speaker]]


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", f"import sys, pathlib, time; {code}"


@asynccontextmanager
async def player(cache: Path, broken: bool) -> AsyncIterator[Speaker]:
    async with PlayerSpeaker(python(BROKEN if broken else GOOD), cache) as speaker:
        yield speaker


@asynccontextmanager
async def simulated(cache: Path, broken: bool) -> AsyncIterator[Speaker]:
    yield SimulatedSpeaker(SystemClock(), lambda: broken)


speakers = pytest.mark.parametrize("make", [player, simulated])


@speakers
async def test_every_cue_plays(make: MakeSpeaker, tmp_path: Path) -> None:
    async with make(tmp_path, False) as speaker, asyncio.timeout(60):
        assert await asyncio.gather(*(speaker.play(cue) for cue in Cue)) == [None] * len(Cue)


@speakers
async def test_a_loudspeaker_that_cannot_play_says_so(make: MakeSpeaker, tmp_path: Path) -> None:
    async with make(tmp_path, True) as speaker:
        with pytest.raises(DeviceError):
            await speaker.play(Cue.ON)


async def test_the_player_gets_a_wave_file_of_the_tone(tmp_path: Path) -> None:
    copy = tmp_path / "heard.wav"
    command = python(f"pathlib.Path({str(copy)!r}).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())")
    async with PlayerSpeaker(command, tmp_path / "tones") as speaker:
        await speaker.play(Cue.REGISTERED)
    with wave.open(str(copy)) as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 2, RATE)
        assert heard.getnframes() / RATE == pytest.approx(cue_seconds(Cue.REGISTERED), abs=0.01)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_what_a_cue_is_about_is_said_with_it(tmp_path: Path, language: Prompts) -> None:
    copy = tmp_path / "heard.wav"
    command = python(f"pathlib.Path({str(copy)!r}).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())")
    milk = CueSubject("-v 우유", date(2026, 12, 24))
    lengths = []
    async with PlayerSpeaker(command, tmp_path / "cues", language) as speaker:
        for about in (None, milk, replace(milk, name=None), milk):
            await speaker.play(Cue.REGISTERED, about)
            with wave.open(str(copy)) as heard:
                lengths.append(heard.getnframes() / heard.getframerate())
    alone, whole, unnamed, again = lengths
    assert alone < unnamed < whole == again


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_cues_can_be_sentences(tmp_path: Path, language: Prompts) -> None:
    copy = tmp_path / "heard.wav"
    command = python(f"pathlib.Path({str(copy)!r}).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())")
    async with PlayerSpeaker(command, tmp_path / "cues", language) as speaker:
        assert len(list((tmp_path / "cues").iterdir())) == len(Cue)
        await speaker.play(Cue.SPEAK)
    with wave.open(str(copy)) as heard:
        assert heard.getnframes() / heard.getframerate() > 2 * cue_seconds(Cue.SPEAK)


async def test_a_sentence_of_somebody_elses_is_spoken_where_there_is_a_language(tmp_path: Path) -> None:
    copy = tmp_path / "heard.wav"
    command = python(f"pathlib.Path({str(copy)!r}).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())")
    async with PlayerSpeaker(command, tmp_path / "cues", "ko") as speaker:
        await speaker.say("--version; 우유가 내일까지예요")
    with wave.open(str(copy)) as heard:
        assert heard.getnframes() / heard.getframerate() > 1
    async with PlayerSpeaker(command, tmp_path / "tones") as speaker:
        with pytest.raises(DeviceError, match=r"sound\.prompts"):
            await speaker.say("우유가 내일까지예요")


async def test_without_espeak_sentences_have_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    async with PlayerSpeaker(python(GOOD), tmp_path, "ko") as speaker:
        with pytest.raises(DeviceError, match=r"sound\.prompts"):
            await speaker.play(Cue.ON)


async def test_a_full_disk_is_told_and_does_not_keep_the_agent_from_starting(tmp_path: Path) -> None:
    (tmp_path / "cues").write_text("in the way")
    async with PlayerSpeaker(python(GOOD), tmp_path / "cues") as speaker:
        with pytest.raises(DeviceError, match="cannot be written"):
            await speaker.play(Cue.ON)


async def test_what_the_player_says_is_in_the_error(tmp_path: Path) -> None:
    async with PlayerSpeaker(python(BROKEN), tmp_path) as speaker:
        with pytest.raises(DeviceError, match="no device today"):
            await speaker.play(Cue.ON)


async def test_a_missing_player_has_a_remedy(tmp_path: Path) -> None:
    async with PlayerSpeaker(["/no/such/player"], tmp_path) as speaker:
        with pytest.raises(DeviceError) as caught:
            await speaker.play(Cue.ON)
    assert "sound.player" in caught.value.remedy


async def test_a_player_that_hangs_is_ended(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    command = python(f"import os; pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(600)")
    async with PlayerSpeaker(command, tmp_path / "tones", grace_s=0.3) as speaker:
        with pytest.raises(DeviceError, match="hangs"):
            await speaker.play(Cue.NOTHING)
    assert not started.exists() or not Path(f"/proc/{started.read_text()}").exists()


async def test_cancelling_ends_the_player(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    command = python(f"import os; pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(600)")
    async with PlayerSpeaker(command, tmp_path / "tones") as speaker:
        playing = asyncio.create_task(speaker.play(Cue.ON))
        while not (started.exists() and started.read_text()):  # another process writes it
            await asyncio.sleep(0.02)
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
    assert not Path(f"/proc/{started.read_text()}").exists()


async def test_a_silent_fridge_starts_nothing(tmp_path: Path) -> None:
    async with PlayerSpeaker([], tmp_path / "tones") as speaker:
        await speaker.play(Cue.ON)
    assert not (tmp_path / "tones").exists()
