import logging

import pytest

from befresh_agent.adapters.kafka import aiokafka_quirks
from befresh_agent.adapters.kafka.aiokafka_quirks import OneLineAMinute


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(aiokafka_quirks, "time", made)
    return made


def test_a_week_of_talk_becomes_one_line_a_minute(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    talker = logging.getLogger("talker.deep.inside")
    with OneLineAMinute("talker") as quiet:
        for n in range(180):
            talker.warning("trouble %d", n)
            time.now += 1
        assert quiet.last_word == "trouble 179"
    assert [record.message for record in caplog.records] == [
        "trouble 0",
        "trouble 60 (and 59 lines before)",
        "trouble 120 (and 59 lines before)",
    ]
    assert {record.name for record in caplog.records} == {"befresh_agent.talker"}


def test_afterwards_everything_is_heard_again(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    with OneLineAMinute("talker"):
        pass
    for _ in range(2):
        logging.getLogger("talker").warning("free")
    assert len(caplog.records) == 2
