"""What is remembered of alarms, digests and notices that wait. In: JSON from disk, read tolerantly. Out: the same."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TypeGuard

from befresh_agent.domain import stored

_MOST = 20
"""Notices that wait; of more the oldest are given up."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """What is known of one alarm; seconds are those of running."""

    wrong_s: float = 0.0
    wrong: bool = False
    told_s: float | None = None
    """How long ago somebody was told; None: never."""
    acknowledged: bool = False
    text: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class HomeNotice:
    """Something to be told, and to whom it has not been told yet."""

    title: str
    body: str
    left: tuple[str, ...]
    """Names of receivers."""
    age_s: float = 0.0
    wait_s: float = 0.0
    """Until the next attempt."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """All of it, as kept on disk."""

    digest_day: date | None = None
    """The day of the last digest."""
    alarms: Mapping[str, AlarmRecord] = field(default_factory=dict)
    waiting: tuple[HomeNotice, ...] = ()

    def open_alarms(self) -> dict[str, str]:
        """What somebody was told of and has not acknowledged, while it is still wrong: its text by its key."""
        return {
            key: one.text
            for key, one in self.alarms.items()
            if one.wrong and one.told_s is not None and not one.acknowledged
        }

    def acknowledged(self, key: str) -> "NoticeRecord":
        """Somebody has seen it."""
        if key not in self.alarms:
            return self
        return replace(self, alarms={**self.alarms, key: replace(self.alarms[key], acknowledged=True)})

    def queued(self, title: str, body: str, receivers: Sequence[str]) -> "NoticeRecord":
        """With one more to be told."""
        notice = HomeNotice(title, body, tuple(receivers))
        return replace(self, waiting=(*self.waiting, notice)[-_MOST:])


def as_json(record: NoticeRecord) -> dict[str, object]:
    return {
        "digest_day": record.digest_day.isoformat() if record.digest_day else None,
        "alarms": {key: asdict(one) for key, one in record.alarms.items()},
        "waiting": [asdict(one) for one in record.waiting],
    }


def restored(found: object) -> NoticeRecord:
    """What comes back from disk; whatever is garbled was never noted."""
    kept = found if isinstance(found, dict) else {}
    alarms, waiting = kept.get("alarms"), kept.get("waiting")
    return NoticeRecord(
        stored.day(kept.get("digest_day")),
        {str(key): _alarm(one) for key, one in alarms.items() if _is_object(one)} if _is_object(alarms) else {},
        tuple(_notice(one) for one in waiting if _is_object(one)) if isinstance(waiting, list) else (),
    )


def _is_object(found: object) -> TypeGuard[dict[str, object]]:
    return isinstance(found, dict)


def _alarm(found: Mapping[str, object]) -> AlarmRecord:
    return AlarmRecord(
        wrong_s=stored.number(found.get("wrong_s")) or 0.0,
        wrong=found.get("wrong") is True,
        told_s=stored.number(found.get("told_s")),
        acknowledged=found.get("acknowledged") is True,
        text=stored.text(found.get("text")) or "",
        mark=stored.text(found.get("mark")) or "",
    )


def _notice(found: Mapping[str, object]) -> HomeNotice:
    left = found.get("left")
    return HomeNotice(
        title=stored.text(found.get("title")) or "",
        body=stored.text(found.get("body")) or "",
        left=tuple(one for one in left if isinstance(one, str)) if isinstance(left, list) else (),
        age_s=stored.number(found.get("age_s")) or 0.0,
        wait_s=stored.number(found.get("wait_s")) or 0.0,
        attempts=stored.whole(found.get("attempts")) or 0,
    )
