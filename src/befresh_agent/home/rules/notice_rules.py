"""When somebody is told: one digest a day, and alarms, each once and again after four hours that nobody acknowledged.

In: what is wrong now, how long this program has run since it was asked last, the wall clock where it is believed. Out:
notices, and a record of them that is kept on disk. Every duration is one of running: a clock that leaps makes no alarm
earlier, later or twice, and the time without power does not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from befresh_agent.domain.pacing import Backoff
from befresh_agent.home.rules.notice_record import AlarmRecord, HomeNotice, NoticeRecord

HOUR_S = 3600.0
AGAIN_S = 4 * HOUR_S
WARM_S, RADIO_S, DELIVERY_S, UPDATE_S = HOUR_S / 2, HOUR_S / 2, 24 * HOUR_S, 0.0
GIVEN_UP_S = 24 * HOUR_S
"""A notice that could not be sent for so long is about yesterday."""
_PAUSES = Backoff(60.0, 1800.0, least=1.0)
"""Pauses between attempts to send one."""


@dataclass(frozen=True, slots=True)
class AlarmCondition:
    """How something stands that alarms may be about."""

    wrong: bool | None
    """None: nobody knows at the moment."""
    after_s: float = 0.0
    """It is an alarm once it was wrong for so long."""
    text: str = ""
    mark: str = ""
    """Another one: it is another alarm, although of the same kind."""


def passed(record: NoticeRecord, seconds: float, now: Mapping[str, AlarmCondition]) -> NoticeRecord:
    """The record after so many more seconds of running, at whose end things stand so."""
    before, never = record.alarms, AlarmRecord()
    alarms = {key: _passed(before.get(key, never), seconds, now.get(key)) for key in {*before, *now}}
    kept = {key: one for key, one in alarms.items() if one.wrong or (one.told_s is not None and one.told_s < AGAIN_S)}
    waiting = (replace(one, age_s=one.age_s + seconds, wait_s=max(0.0, one.wait_s - seconds)) for one in record.waiting)
    return replace(record, alarms=kept, waiting=tuple(one for one in waiting if one.age_s < GIVEN_UP_S))


def _passed(before: AlarmRecord, seconds: float, now: AlarmCondition | None) -> AlarmRecord:
    told_s = None if before.told_s is None else before.told_s + seconds
    wrong = now.wrong if now is not None else False
    if wrong is None:
        return replace(before, told_s=told_s)
    if not wrong:
        return AlarmRecord(told_s=told_s, mark=before.mark)
    text, mark = (now.text, now.mark) if now is not None else (before.text, before.mark)
    if mark != before.mark:
        return AlarmRecord(wrong=True, text=text, mark=mark)
    # What was found wrong only now has not been wrong for any time that is known.
    wrong_s = before.wrong_s + seconds if before.wrong else 0.0
    return replace(before, wrong=True, wrong_s=wrong_s, told_s=told_s, text=text)


def due_alarms(record: NoticeRecord, now: Mapping[str, AlarmCondition]) -> Iterator[str]:
    """The keys of what is to be told now."""
    for key, condition in now.items():
        one = record.alarms.get(key)
        if one is None or not one.wrong or condition.wrong is None or one.wrong_s < condition.after_s:
            continue
        if one.told_s is None or (one.told_s >= AGAIN_S and not one.acknowledged):
            yield key


def told(record: NoticeRecord, key: str) -> NoticeRecord:
    """The record once an alarm was put into words."""
    return replace(record, alarms={**record.alarms, key: replace(record.alarms[key], told_s=0.0)})


def digest_due(record: NoticeRecord, now: datetime, hour: int | None, *, believed: bool) -> bool:
    """Whether the day's digest is to be made now. No day has two, nor does a clock that is not believed make any."""
    if hour is None or not believed or now.hour < hour:
        return False
    last, today = record.digest_day, now.date()
    # What lies beyond tomorrow was noted by a clock that was wrong.
    return last is None or last < today or last > today + timedelta(days=1)


def attempted(notice: HomeNotice, failed: Sequence[str]) -> HomeNotice | None:
    """What is left of it after an attempt that failed for these receivers."""
    if not failed:
        return None
    attempts = notice.attempts + 1
    return replace(notice, left=tuple(failed), attempts=attempts, wait_s=_PAUSES.pause(attempts, 0.0))
