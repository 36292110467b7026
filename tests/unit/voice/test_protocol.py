import asyncio
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.voice import ListenFailure
from befresh_agent.voice.connection import LONGEST_LINE, read_event, to_bytes
from befresh_agent.voice.protocol import event_of, message_of
from befresh_agent.voice.voice_messages import (
    EndSession,
    HelloMessage,
    ListenFailed,
    ListenForName,
    Message,
    MicrophoneLive,
    MicrophoneLost,
    MuteMicrophone,
    NameText,
    PingReply,
    PingRequest,
    StartSession,
    StopListening,
    WakeDoubted,
    WakeLost,
    WakePhraseHeard,
    WakeReady,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
IDS = st.integers(min_value=0, max_value=2**53)
SECONDS = st.floats(min_value=0, max_value=3600)
READINGS = st.builds(NameHypothesis, TEXT, st.none() | st.floats(0, 1), st.booleans())
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    *(
        st.just(one())
        for one in (
            StartSession,
            EndSession,
            PingRequest,
            PingReply,
            WakePhraseHeard,
            WakeDoubted,
            MicrophoneLive,
            WakeReady,
        )
    ),
    st.builds(ListenForName, IDS, SECONDS, SECONDS, st.lists(TEXT, max_size=4).map(tuple)),
    st.builds(StopListening, IDS),
    st.builds(HelloMessage, TEXT),
    st.builds(NameText, IDS, st.lists(READINGS, min_size=1, max_size=4).map(tuple)),
    st.builds(ListenFailed, IDS, st.sampled_from(ListenFailure), TEXT),
    st.builds(MuteMicrophone, st.booleans(), st.booleans()),
    st.builds(MicrophoneLost, TEXT),
    st.builds(WakeLost, TEXT),
)


def stream(*pieces: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return reader


async def read_all(reader: asyncio.StreamReader) -> list[Message]:
    taken = []
    while (event := await read_event(reader)) is not None:
        taken.append(message_of(event))
    return taken


@given(st.lists(MESSAGES, max_size=6))
def test_every_message_arrives_as_it_was_sent(messages: list[Message]) -> None:
    async def travel() -> list[Message]:
        return await read_all(stream(*(to_bytes(event_of(message)) for message in messages)))

    assert asyncio.run(travel()) == messages


@given(st.binary(max_size=300))
def test_whatever_arrives_is_a_message_an_end_or_invalid(noise: bytes) -> None:
    async def travel() -> list[Message]:
        return await read_all(stream(noise))

    with contextlib.suppress(InvalidValue):
        assert asyncio.run(travel()) is not None


@pytest.mark.parametrize(
    "broken",
    [
        b"garbage\n",
        b"{}\n",
        b"[]\n",
        b'"text"\n',
        b'{"type": 5}\n',
        b'{"type": "ping", "data": []}\n',
        b'{"type": "ping", "data_length": -1}\n',
        b'{"type": "ping", "data_length": "many"}\n',
        b'{"type": "ping", "data_length": 99999999999}\n',
        b'{"type": "ping", "payload_length": 99999999999}\n',
        b'{"type": "ping", "data_length": 10}\n{}',
        b'{"type": "ping", "data_length": 4}\nnope',
        b'{"type": "pi',
        b"[" * 60_000 + b"\n",
        b"x" * (2 * LONGEST_LINE),
    ],
)
async def test_a_broken_event_never_looks_like_a_hang_up(broken: bytes) -> None:
    with pytest.raises(InvalidValue):
        await read_event(stream(broken))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("play-music", {}),
        ("transcript", {}),
        ("transcript", {"text": 5, "context": {"id": 1}}),
        ("transcript", {"text": "사과"}),
        ("transcript", {"text": "사과", "context": {"id": 1}}),
        ("transcript", {"text": "사과", "context": {"id": 1, "readings": []}}),
        ("transcript", {"text": "사과", "context": {"id": 1, "readings": ["사과"]}}),
        ("transcript", {"text": "사과", "context": {"id": 1, "readings": [["사과", True, True]]}}),
        ("transcribe", {"transcript_names": "사과", "context": {"id": 1, "silence_s": 3, "phrase_s": 3}}),
        ("transcript", {"text": "사과", "context": {"id": True}}),
        ("transcribe", {"context": {"id": 1, "silence_s": "3", "phrase_s": 3}}),
        ("transcribe", {"context": {"id": 1, "silence_s": -3, "phrase_s": 3}}),
        ("transcribe", {"context": {"id": 1, "silence_s": 10**400, "phrase_s": 3}}),
        ("transcribe", {"context": {"id": 1, "silence_s": float("nan"), "phrase_s": 3}}),
        ("error", {"text": "", "code": "tired", "context": {"id": 1}}),
        ("info", {"satellite": None}),
        ("streaming-stopped", {}),
        ("not-detected", {}),
        ("mute", {"on": "yes"}),
    ],
)
async def test_an_event_that_is_no_message_is_invalid(kind: str, data: object) -> None:
    event = await read_event(stream(json.dumps({"type": kind, "data": data}).encode() + b"\n"))
    assert event is not None
    with pytest.raises(InvalidValue):
        message_of(event)
