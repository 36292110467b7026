"""Which detector a processor can run, and that a fridge with the simpler one still hears a name in a quiet room."""

from pathlib import Path

import pytest

from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.process_side import speech_detector
from befresh_agent.voice.process_side.listener import PhraseCapture
from befresh_agent.voice.process_side.speech_detector import LoudnessDetector, SileroDetector, missing_instructions
from befresh_agent.voice.process_side.speech_segments import NoiseFloor, rms
from tests.spoken import frames, quiet, spoken

NEW = 2 * "processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2 bmi1 bmi2 f16c fma\n\n"
OLD = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme sse sse2 ssse3 sse4_1 sse4_2 popcnt\n"
PI = "processor\t: 0\nBogoMIPS\t: 38.40\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"


@pytest.mark.parametrize(
    ("cpuinfo", "machine", "lacks"),
    [
        (NEW, "x86_64", []),
        (NEW.replace(" fma", ""), "x86_64", ["fma"]),
        (OLD, "x86_64", ["avx2", "bmi2", "f16c", "fma"]),
        (PI, "aarch64", []),
        ("", "x86_64", []),
    ],
    ids=["new PC", "PC without fma", "old PC", "Pi", "no /proc"],
)
def test_what_a_processor_lacks(tmp_path: Path, cpuinfo: str, machine: str, lacks: list[str]) -> None:
    file = tmp_path / "cpuinfo"
    if cpuinfo:
        file.write_text(cpuinfo)
    assert missing_instructions(file, machine) == lacks


@pytest.mark.parametrize(("lacks", "kind"), [([], SileroDetector), (["avx2"], LoudnessDetector)])
def test_the_library_is_not_touched_where_it_would_end_the_process(
    lacks: list[str], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_detector, "missing_instructions", lambda: lacks)
    assert isinstance(speech_detector.speech_detector(100.0), kind)


@pytest.mark.parametrize("name", ["우유", "밥", "고구마"])
def test_a_name_is_heard_by_its_loudness(name: str) -> None:
    room, said = NoiseFloor(), spoken(name, "ko+m2")
    for frame in frames(quiet(4)):
        room.feed(rms(frame))
    capture = PhraseCapture(room.speech_level, likelihood=LoudnessDetector(room.speech_level))
    for frame in frames(quiet(1) + said + quiet(3)):
        capture.feed(frame)
    assert len(capture.phrase(3, 5)) > 0.2 * 2 * 16_000


def test_a_quiet_room_is_no_name() -> None:
    capture = PhraseCapture(NoiseFloor().speech_level, likelihood=LoudnessDetector(NoiseFloor().speech_level))
    for frame in frames(quiet(6)):
        capture.feed(frame)
    with pytest.raises(NotHeard) as caught:
        capture.phrase(3, 5)
    assert caught.value.why is ListenFailure.SILENCE
