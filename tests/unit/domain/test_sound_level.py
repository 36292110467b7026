"""How loud, and what to turn."""

import math
from array import array

import pytest

from befresh_agent.domain.sound_cards import bar, controls, level

AMIXER = """\
Simple mixer control 'Speaker',0
  Capabilities: pvolume pswitch pswitch-joined
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 37
  Front Left: Playback 20 [54%] [-17.00dB] [on]
Simple mixer control 'Mic',0
  Capabilities: pvolume pvolume-joined cvolume cvolume-joined pswitch pswitch-joined cswitch cswitch-joined
  Limits: Playback 0 - 31 Capture 0 - 16
  Mono: Playback 0 [0%] [0.00dB] [off] Capture 4 [25%] [6.00dB] [on]
Simple mixer control 'Auto Gain Control',0
  Capabilities: pswitch pswitch-joined
  Mono: Playback [on]
"""


def tone(amplitude: float) -> bytes:
    return array("h", (round(amplitude * 32767 * math.sin(n / 5)) for n in range(16_000))).tobytes()


@pytest.mark.parametrize(("amplitude", "peak_db"), [(1.0, 0), (0.1, -20), (0.001, -60)])
def test_a_tone_is_as_loud_as_it_was_made(amplitude: float, peak_db: float) -> None:
    heard = level(tone(amplitude))
    assert heard.peak_db == pytest.approx(peak_db, abs=0.3)
    assert heard.rms_db == pytest.approx(peak_db - 3, abs=0.4)


def test_silence_is_the_floor_and_nothing_as_well() -> None:
    assert level(bytes(100)) == level(b"")
    assert bar(level(b"").peak_db, 10) == "·" * 10
    assert bar(0, 10) == "█" * 10


def test_sliders_are_named_for_their_direction() -> None:
    assert [(one.name, one.percent) for one in controls(AMIXER, "pvolume")] == [("Speaker", 54), ("Mic", 0)]
    assert [one.name for one in controls(AMIXER, "cvolume")] == ["Mic"]
    assert controls("", "cvolume") == []
