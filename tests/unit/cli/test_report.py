"""What a dry run's summary counts."""

import io

from rich.console import Console

from befresh_agent.cli.report import Tally, shortfalls, summary
from befresh_agent.domain.events import MessageDead, MessageDelivered, MessageQueued
from befresh_agent.ports.publisher import Message
from befresh_agent.settings import KafkaSettings
from befresh_agent.simulation.scenario import Expectation

LAG = {"p50": 0.1, "p99": 0.2, "max": 0.3}
APPLE = Message(1, "id", "food-regist", "17", (), b'{"refrigeratorId":17,"foodList":[{"name":"a","ftypeId":3}]}')


def told(tally: Tally, *sentences: str) -> str:
    console = Console(file=io.StringIO(), width=100)
    summary(console, tally, [APPLE] if 1 in tally.delivered else [], LAG, list(sentences))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_a_refused_message_is_not_waited_for() -> None:
    tally = Tally()
    tally.listen(MessageQueued(1, "t", ""))
    assert tally.waiting == 1
    tally.listen(MessageDead(1, "t", "too large"))
    await tally.all_delivered()
    assert tally.refused == {1}


def test_what_an_earlier_run_left_over_counts_too() -> None:
    tally = Tally()
    tally.listen(MessageDelivered(1, "food-regist", "the journal"))
    assert tally.waiting == 0
    assert "1 of 1" in told(tally)


def test_brackets_are_no_markup() -> None:
    tally = Tally()
    tally.listen(MessageDelivered(1, "food-regist", "[/x]"))
    text = told(tally, "waited for [/] in vain")
    assert "to [/x]" in text
    assert "waited for [/] in vain" in text


def test_shortfalls_name_what_is_missing() -> None:
    assert shortfalls(Expectation(food_types=(3,)), [APPLE], KafkaSettings()) == []
    missing = shortfalls(Expectation(food_types=(1, 3), containers=2), [APPLE], KafkaSettings())
    assert len(missing) == 2
