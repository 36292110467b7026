import os
from pathlib import Path

import pytest

from befresh_agent.adapters.audio.loudspeaker import PlayerSpeaker
from befresh_agent.adapters.audio.microphones import ArecordMicrophone
from befresh_agent.domain.cue import Cue
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.remedies import remedy_for

COMPLAINTS = [
    ("arecord: set_params:1358: Channels count non available", "plughw"),
    ("[Errno -9998] Invalid number of channels", "plughw"),
    ("[Errno -9997] Invalid sample rate", "plughw"),
    ("arecord: set_params:1352: Sample format non available", "plughw"),
    ("arecord: main:831: audio open error: Device or resource busy", "fuser"),
    ("[Errno -9985] Device unavailable", "fuser"),
    ("arecord: main:831: audio open error: No such file or directory", "arecord -L"),
    ("ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM bluealsa", "arecord -L"),
    ("[Errno -9996] Invalid input device (no default output device)", "arecord -L"),
    ("aplay: main:831: audio open error: Permission denied", "usermod"),
    ("aplay: main:831: audio open error: Connection refused", "PulseAudio"),
    ("aplay: main:831: audio open error: Host is down", "PulseAudio"),
    ("arecord: pcm_read:2221: read error: Input/output error", "power"),
]


@pytest.mark.parametrize(("complaint", "remedy"), COMPLAINTS)
def test_what_sound_devices_complain_of_has_a_remedy(complaint: str, remedy: str) -> None:
    assert remedy in remedy_for(complaint)


def test_what_nobody_knows_has_none() -> None:
    assert remedy_for("something else") == ""


def program(folder: Path, name: str, complaint: str) -> None:
    made = folder / name
    made.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    made.chmod(0o755)


@pytest.mark.parametrize(("complaint", "remedy"), [one for one in COMPLAINTS if one[0].startswith("arecord")])
async def test_the_microphone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, remedy: str
) -> None:
    program(tmp_path, "arecord", complaint)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(DeviceError) as raised:
        async with ArecordMicrophone("") as microphone:
            await microphone.frame()
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(("complaint", "remedy"), [one for one in COMPLAINTS if one[0].startswith("aplay")])
async def test_the_loudspeaker_says_so(tmp_path: Path, complaint: str, remedy: str) -> None:
    program(tmp_path, "player", complaint)
    async with PlayerSpeaker([str(tmp_path / "player")], tmp_path) as speaker:
        with pytest.raises(DeviceError) as raised:
            await speaker.play(Cue.ON)
    assert remedy in raised.value.remedy
