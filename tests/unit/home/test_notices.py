"""When somebody is told: each alarm once, again after four hours unless acknowledged, one digest a day."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.home.rules.notice_record import NoticeRecord, as_json, restored
from befresh_agent.home.rules.notice_rules import (
    AGAIN_S,
    GIVEN_UP_S,
    WARM_S,
    AlarmCondition,
    attempted,
    digest_due,
    due_alarms,
    passed,
    told,
)

MINUTE = 60.0
KEY = "warm A"
WARM = {KEY: AlarmCondition(True, WARM_S, "too warm")}
COOL = {KEY: AlarmCondition(False, WARM_S, "cool")}
UNKNOWN = {KEY: AlarmCondition(None, WARM_S)}


def minutes(record: NoticeRecord, count: int, now: Mapping[str, AlarmCondition]) -> tuple[NoticeRecord, list[int]]:
    """The record after so many minutes, and in which of them somebody was told."""
    when = []
    for minute in range(1, count + 1):
        record = passed(record, MINUTE, now)
        for key in list(due_alarms(record, now)):
            record = told(record, key)
            when.append(minute)
    return record, when


def test_a_door_that_is_open_for_five_minutes_is_no_alarm() -> None:
    record, when = minutes(NoticeRecord(), 29, WARM)
    assert when == []
    record, when = minutes(record, 1, COOL)
    record, when = minutes(record, 30, WARM)
    assert when == []


def test_half_an_hour_is_told_once_and_again_after_four_hours() -> None:
    assert minutes(NoticeRecord(), 12 * 60, WARM)[1] == [31, 31 + 240, 31 + 480]


def test_whoever_has_seen_it_is_told_no_more_until_it_was_over() -> None:
    record, _ = minutes(NoticeRecord(), 31, WARM)
    assert record.open_alarms() == {KEY: "too warm"}
    record = record.acknowledged(KEY)
    assert record.open_alarms() == {}
    record, when = minutes(record, 24 * 60, WARM)
    assert when == []
    record, _ = minutes(record, 300, COOL)
    assert minutes(record, 60, WARM)[1] == [31]


def test_what_swings_about_the_limit_is_told_once_in_four_hours() -> None:
    record, when, total = NoticeRecord(), [], 0
    for _ in range(12):
        for count, now in ((40, WARM), (5, COOL)):
            record, at = minutes(record, count, now)
            when += [total + minute for minute in at]
            total += count
    assert all(later - earlier >= 240 for earlier, later in pairwise(when))
    assert len(when) >= 2


def test_a_container_that_is_not_read_is_neither_warm_nor_cool() -> None:
    record, _ = minutes(NoticeRecord(), 20, WARM)
    record, when = minutes(record, 600, UNKNOWN)
    assert when == []
    assert minutes(record, 20, WARM)[1] == [11]


def test_a_container_that_was_taken_off_the_roster_alarms_nobody() -> None:
    record, _ = minutes(NoticeRecord(), 31, WARM)
    record = passed(record, MINUTE, {})
    assert record.open_alarms() == {}


def test_another_update_that_fails_is_another_alarm() -> None:
    first, second = ({"update": AlarmCondition(True, 0, "u", mark=mark)} for mark in ("monday", "next monday"))
    record, when = minutes(NoticeRecord(), 60, first)
    assert when == [1]
    record, when = minutes(record.acknowledged("update"), 60, first)
    assert when == []
    assert minutes(record, 60, second)[1] == [1]


@given(st.lists(st.sampled_from([True, False, None]), max_size=300), st.lists(st.integers(0, 299), max_size=5))
def test_nobody_is_told_twice_within_four_hours_whatever_happens(
    stands: list[bool | None], power_cuts: list[int]
) -> None:
    record, last = NoticeRecord(), None
    for minute, wrong in enumerate(stands):
        now = {KEY: AlarmCondition(wrong, WARM_S, "w")}
        if minute in power_cuts:
            record = restored(json.loads(json.dumps(as_json(record))))
        record = passed(record, 5 * MINUTE, now)
        if list(due_alarms(record, now)):
            assert wrong
            assert last is None or (minute - last) * 5 * MINUTE >= AGAIN_S
            assert all(one is not False for one in stands[minute - 6 : minute + 1])
            record, last = told(record, KEY), minute


DAY = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, DAY, True),
        (None, DAY - timedelta(minutes=1), False),
        (date(2026, 11, 20), DAY + timedelta(hours=5), True),
        (date(2026, 11, 21), DAY + timedelta(hours=5), False),
        (date(2026, 11, 22), DAY, False),  # the clock was set back by some hours
        (date(2036, 11, 21), DAY, True),  # it was wrong by years
    ],
)
def test_a_day_has_one_digest(last: date | None, now: datetime, due: bool) -> None:
    record = NoticeRecord(digest_day=last)
    assert digest_due(record, now, 18, believed=True) is due
    assert not digest_due(record, now, 18, believed=False)
    assert not digest_due(record, now, None, believed=True)


def test_a_notice_that_does_not_get_through_is_tried_more_and_more_seldom_and_given_up_after_a_day() -> None:
    record = NoticeRecord().queued("title", "body", ["a", "b"])
    notice = attempted(record.waiting[0], ["b"])
    assert notice is not None
    assert (notice.left, notice.wait_s) == (("b",), 60)
    for _ in range(9):
        notice = attempted(notice, ["b"])
        assert notice is not None
    assert notice.wait_s == 1800
    assert attempted(notice, []) is None
    record = replace(record, waiting=(notice,))
    assert passed(record, GIVEN_UP_S - 1, {}).waiting
    assert not passed(record, GIVEN_UP_S, {}).waiting


def test_it_comes_back_from_disk_as_it_was_and_garbage_is_nothing() -> None:
    record, _ = minutes(NoticeRecord(digest_day=date(2026, 11, 21)), 31, WARM)
    record = record.acknowledged(KEY).queued("t", "b", ["a"])
    assert restored(json.loads(json.dumps(as_json(record)))) == record
    garbled: list[object] = [None, [], "x", {"alarms": [], "waiting": {"a": 1}, "digest_day": 7}, {"alarms": {"a": 1}}]
    for garbage in garbled:
        assert restored(garbage) == NoticeRecord()
