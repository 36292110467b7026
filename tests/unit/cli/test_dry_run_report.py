"""What a dry run's summary counts, and how it is told."""

import io
from datetime import UTC, date, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from befresh_agent.cli.dry_run_report import DryRunCounts, MessageFate, RunEnding, shortfalls, wrong_stock
from befresh_agent.cli.printer import OwnCommands, SentencePrinter
from befresh_agent.domain.container import Address
from befresh_agent.domain.delivery_events import MessageDead, MessageDelivered, MessageQueued
from befresh_agent.domain.events import ItemRegistered, ItemRemoved, SessionClosed
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.simulation.scenario import ExpectedOutcome

APPLE = OutgoingMessage(
    1, "id", "food-regist", "17", (), b'{"refrigeratorId":17,"foodList":[{"name":"a","ftypeId":3}]}'
)
ID = "01a22bbd-02c9-775a-96bb-498f00c3d1aa"


def told(
    tally: DryRunCounts, *sentences: str, width: int | None = None, language: Language = "en", make: bool = False
) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=width is not None, width=width or 80, color_system=None)
    ending = RunEnding(SentencePrinter(console, language), OwnCommands("befresh-agent", make=make))
    ending.tell(tally, [Phrase("{text}", text=sentence) for sentence in sentences], "A test")
    return file.getvalue()


def item(name: str | None, number: str = ID, **known: object) -> FoodItem:
    return FoodItem(number, FoodType.GENERAL, name, datetime.now(UTC), **known)  # type: ignore[arg-type]


def evening() -> DryRunCounts:
    """Everything that can become of a food."""
    tally = DryRunCounts()
    kimchi = item("김치", "1", address=Address("FB:89:EB:22:95:84"))
    for event in (
        ItemRegistered(kimchi),
        ItemRegistered(item(None, ID, expires_on=date(2030, 3, 15))),
        ItemRegistered(item("배", "3")),
        ItemRemoved(item("배", "3")),
        MessageQueued(1, "food-regist", "김치"),
        SessionClosed("s", "button", 1, 1),
        MessageDelivered(1, "food-regist", "the journal"),
        ItemRegistered(item("귤", "4")),
        SessionClosed("t", "cancelled", 0, 0),
        ItemRegistered(item("무", "5")),
        MessageQueued(2, "food-regist", "무"),
        SessionClosed("u", "button", 1, 0),
        ItemRegistered(item("감", "6")),
    ):
        tally.on_event(event)
    return tally


async def test_a_refused_message_is_not_waited_for() -> None:
    tally = DryRunCounts()
    tally.on_event(MessageQueued(1, "t", ""))
    assert tally.waiting == 1
    tally.on_event(MessageDead(1, "t", "too large"))
    await tally.all_delivered()
    assert tally.refused == {1}


def test_what_an_earlier_run_left_over_counts_too() -> None:
    tally = DryRunCounts()
    tally.on_event(MessageDelivered(1, "food-regist", "the journal"))
    assert tally.waiting == 0
    assert "1  food-regist: left over from an earlier run (to the journal)" in told(tally)


def test_what_became_of_every_food_is_told_apart() -> None:
    tally = evening()
    assert [tally.fate(food) for food in tally.foods] == [
        MessageFate.SENT,
        MessageFate.UNNAMED,
        MessageFate.UNDONE,
        MessageFate.CANCELLED,
        MessageFate.WAITING,
        MessageFate.OPEN,
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_end_fits_the_terminal_and_cuts_nothing_that_is_copied(width: int, language: Language) -> None:
    text = told(evening(), width=width, language=language)
    for whole in ("FB:89:EB:22:95:84", "2030-03-15", f"befresh-agent outbox name {ID} ", "befresh-agent outbox show 1"):
        assert whole in text
    for line in text.splitlines():
        assert cell_len(line) <= width or ID in line
        assert "…" not in line


def test_foods_come_before_messages_and_what_to_do_next_comes_last() -> None:
    text = told(evening())
    places = [text.index(part) for part in ("without a name", "1  food-regist: 김치", "✓", "What now:", "--by-hand")]
    assert places == sorted(places)
    assert "make play" in told(evening(), make=True)


def test_nothing_registered_is_no_success() -> None:
    text = told(DryRunCounts())
    assert "✓" not in text
    assert "“A test” is over. Nothing was registered or measured, so nothing was sent." in text
    (missing,) = shortfalls(ExpectedOutcome(items=1), DryRunCounts(), [], KafkaSettings())
    assert missing.startswith("nothing was registered")


def test_brackets_and_braces_are_no_markup() -> None:
    tally = DryRunCounts()
    tally.on_event(MessageDelivered(1, "food-regist", "[/x] {y}"))
    text = told(tally, "waited for [/] {z} in vain")
    assert "to [/x] {y}" in text
    assert "✕ waited for [/] {z} in vain" in text


def test_shortfalls_name_what_is_missing() -> None:
    tally = evening()
    assert shortfalls(ExpectedOutcome(food_types=(3,), items=2), tally, [APPLE], KafkaSettings()) == []
    missing = shortfalls(ExpectedOutcome(food_types=(1, 3), containers=2, items=9), tally, [APPLE], KafkaSettings())
    assert len(missing) == 3


def test_a_list_that_names_something_else_in_the_end_is_a_shortfall() -> None:
    assert wrong_stock(ExpectedOutcome(), ["우유"]) == []
    assert wrong_stock(ExpectedOutcome(stock=("우유", "두부")), ["두부", "우유"]) == []
    assert wrong_stock(ExpectedOutcome(stock=("우유", "우유")), ["우유"]) == [
        "the list names 우유 instead of 우유, 우유"
    ]
    assert wrong_stock(ExpectedOutcome(stock=()), ["우유"]) == ["the list names 우유 instead of –"]
