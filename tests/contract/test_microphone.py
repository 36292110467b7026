"""Every microphone: arecord and PyAudio on a sound card made of files, and the WAV file of the dry run."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from befresh_agent.adapters.audio.microphones import ArecordMicrophone, PyAudioMicrophone
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import FRAME_BYTES, Microphone, MicrophoneStuck
from befresh_agent.simulation.hearing import WavMicrophone
from tests.alsa import sound_card, with_pyaudio
from tests.spoken import quiet, spoken, wav_file

SOUND = spoken("사과") + quiet(3)
PATIENCE_S = 60.0
"""On a busy machine a sound system takes its time to begin; only tests of one that stalls wait for less."""
Make = Callable[[Path], AbstractAsyncContextManager[Microphone]]


def arecord(folder: Path) -> AbstractAsyncContextManager[Microphone]:
    return ArecordMicrophone("", stall_s=PATIENCE_S)


def pyaudio(folder: Path) -> AbstractAsyncContextManager[Microphone]:
    return PyAudioMicrophone(
        "mic", stall_s=PATIENCE_S
    )  # without a name PortAudio takes whatever can record, even this card's loudspeaker


def wav(folder: Path) -> AbstractAsyncContextManager[Microphone]:
    return WavMicrophone(folder / "mic.wav", SystemClock())


microphones = pytest.mark.parametrize("make", [arecord, pytest.param(pyaudio, marks=with_pyaudio), wav])


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files are the sound card."""
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    (tmp_path / "mic.raw").write_bytes(SOUND)
    wav_file(tmp_path / "mic.wav", SOUND)
    return tmp_path


@microphones
async def test_it_brings_what_is_said_sample_by_sample(make: Make, card: Path) -> None:
    async with make(card) as microphone, asyncio.timeout(60):
        heard = b"".join([await microphone.frame() for _ in range(20)])
    assert len(heard) == 20 * FRAME_BYTES
    assert heard == SOUND[: len(heard)]


@microphones
async def test_it_can_be_opened_again(make: Make, card: Path) -> None:
    for _ in range(2):
        async with make(card) as microphone, asyncio.timeout(60):
            assert await microphone.frame() == SOUND[:FRAME_BYTES]


@microphones
async def test_it_is_closed_at_once_with_sound_that_nobody_read(make: Make, card: Path) -> None:
    async with asyncio.timeout(60):
        async with make(card) as microphone:
            await microphone.frame()
            await asyncio.sleep(0.3)  # the loop was busy; the card of the tests fills every buffer by then
        async with make(card) as microphone:
            assert await microphone.frame() == SOUND[:FRAME_BYTES]


@microphones
async def test_a_missing_microphone_is_a_device_error_with_a_remedy(make: Make, card: Path) -> None:
    (card / "mic.raw").unlink()
    (card / "mic.wav").unlink()
    with pytest.raises(DeviceError) as caught:
        async with make(card) as microphone:
            await microphone.frame()
    assert caught.value.remedy


async def test_arecord_that_hangs_is_lost_and_ended(card: Path) -> None:
    (card / "mic.raw").unlink()
    os.mkfifo(card / "mic.raw")  # opening it waits for somebody who never comes
    with pytest.raises(DeviceError, match="no sound"):
        async with ArecordMicrophone("", stall_s=0.5) as microphone:
            await microphone.frame()


async def test_arecord_that_cannot_be_ended_needs_a_new_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that holds its output as arecord does when the kernel keeps it inside a driver."""
    stuck = tmp_path / "arecord"
    stuck.write_text(f"#!/bin/sh\nhead -c {FRAME_BYTES} /dev/zero\nsleep 600 & echo $! > {tmp_path}/pid; wait")
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    async with asyncio.timeout(60):
        microphone = await ArecordMicrophone("", stall_s=PATIENCE_S, end_s=0.5).__aenter__()
        await microphone.frame()
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.02)
        assert microphone._process is not None
        output = microphone._process.stdout
        with pytest.raises(MicrophoneStuck):
            await microphone.__aexit__(None, None, None)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert output is not None
    assert await output.read() == b""


async def test_arecord_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeviceError, match="alsa-utils"):
        async with ArecordMicrophone("") as microphone:
            await microphone.frame()


@with_pyaudio
async def test_pyaudio_that_hangs_needs_a_new_process(card: Path) -> None:
    (card / "mic.raw").unlink()
    os.mkfifo(card / "mic.raw")
    with pytest.raises(MicrophoneStuck):
        async with PyAudioMicrophone("", stall_s=0.5):
            pytest.fail("it cannot have been opened")
    mic = os.open(card / "mic.raw", os.O_RDWR)  # lets the thread go, for which a process would not wait
    os.write(mic, SOUND[:4096])
    while any(thread.name == "microphone" for thread in threading.enumerate()):
        await asyncio.sleep(0.02)
    os.close(mic)


@with_pyaudio
async def test_pyaudio_takes_the_default_microphone_or_one_by_a_part_of_its_name(card: Path) -> None:
    for name in ("", "mic_r"):
        async with PyAudioMicrophone(name, stall_s=PATIENCE_S) as microphone:
            assert await microphone.frame() == SOUND[:FRAME_BYTES]
    with pytest.raises(DeviceError, match=r"there is: .*mic"):
        async with PyAudioMicrophone("telescope"):
            pytest.fail("there is none")


async def test_pyaudio_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    with pytest.raises(DeviceError, match="python3-pyaudio"):
        async with PyAudioMicrophone("", packages="/nowhere"):
            pytest.fail("there is none")


async def test_a_wav_file_ends_in_silence(card: Path) -> None:
    wav_file(card / "mic.wav", SOUND[: 2 * FRAME_BYTES + 100])
    async with WavMicrophone(card / "mic.wav", SystemClock()) as microphone:
        frames = [await microphone.frame() for _ in range(4)]
    assert b"".join(frames).startswith(SOUND[: 2 * FRAME_BYTES + 100])
    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    assert max(frames[3]) == 255  # small numbers, not zeros
    assert len(set(frames[3])) < 10
