import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.ports.devices import FRAME_SAMPLES
from befresh_agent.voice.process_side.speech_segments import NoiseFloor, SpeechSegments, rms


def tone(peak: int) -> bytes:
    """A frame of a square wave of 1 kHz."""
    return array("h", ([peak] * 8 + [-peak] * 8) * (FRAME_SAMPLES // 16)).tobytes()


QUIET, LOUD = tone(20), tone(2000)
A_SECOND = 31


def pieces(frames: list[bytes]) -> list[bytes]:
    segments = SpeechSegments()
    return [piece for frame in frames if (piece := segments.feed(frame))]


def test_a_phrase_is_one_piece_with_a_little_before_and_after() -> None:
    (piece,) = pieces([QUIET] * A_SECOND + [LOUD] * 20 + [QUIET] * A_SECOND)
    assert piece.count(LOUD) == 20
    assert piece.startswith(QUIET * 5)
    assert piece.endswith(QUIET * 3)


def test_a_phrase_with_a_pause_is_offered_in_part_and_as_a_whole() -> None:
    first, whole = pieces([QUIET] * A_SECOND + [LOUD] * 15 + [QUIET] * 8 + [LOUD] * 15 + [QUIET] * A_SECOND)
    assert first.count(LOUD) == 15
    assert whole.count(LOUD) == 30


def test_a_knock_is_no_phrase() -> None:
    assert pieces([QUIET] * A_SECOND + [LOUD] * 5 + [QUIET] * A_SECOND) == []


def test_a_room_that_becomes_loud_is_a_room_after_a_while() -> None:
    segments = SpeechSegments()
    for frame in [QUIET] * A_SECOND + [LOUD] * 10 * A_SECOND:
        segments.feed(frame)
    assert segments.feed(LOUD) is None
    louder = tone(12000)
    assert [piece for frame in [louder] * 20 + [LOUD] * A_SECOND if (piece := segments.feed(frame))]


def test_what_was_dealt_with_is_not_offered_again() -> None:
    segments = SpeechSegments()
    for frame in [QUIET] * A_SECOND + [LOUD] * 20 + [QUIET] * 3:
        if segments.feed(frame):
            segments.forget()
    assert [piece for frame in [QUIET] * A_SECOND if (piece := segments.feed(frame))] == []


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=12))
def test_whatever_is_heard_a_piece_is_bounded_and_holds_speech(parts: list[tuple[bool, int]]) -> None:
    frames = [LOUD if loud else QUIET for loud, count in parts for _ in range(count)]
    for piece in pieces([QUIET] * A_SECOND + frames):
        assert len(piece) <= 80 * len(LOUD)
        assert LOUD in piece


def test_loudness_is_the_root_mean_square_of_what_changes() -> None:
    assert rms(LOUD) == pytest.approx(2000 * math.sqrt(2))
    assert rms(array("h", [3000] * FRAME_SAMPLES).tobytes()) == 0
    assert rms(b"") == 0


def test_speech_is_louder_than_the_room() -> None:
    room = NoiseFloor()
    unknown = room.speech_level
    for _ in range(A_SECOND):
        room.feed(500)
    assert room.speech_level > unknown
    assert 500 < room.speech_level < 3000
