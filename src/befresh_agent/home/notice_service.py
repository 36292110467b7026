"""Notices to the household: looks every minute how things stand, keeps what is to be told on disk, and tells it.

In: conditions, what is due. Out: notices. What is to be told and that it was decided are one transaction, so a power
cut neither loses nor repeats it; only one between a receiver's answer and the card's can make a notice come twice.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from befresh_agent.domain import stored
from befresh_agent.domain.events import DeviceState
from befresh_agent.errors import DeviceError, StoreError
from befresh_agent.home.rules.notice_record import HomeNotice, NoticeRecord, as_json, restored
from befresh_agent.home.rules.notice_rules import AlarmCondition, attempted, digest_due, due_alarms, passed, told
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import NoticeSender
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.storage.database import Database, Work, together
from befresh_agent.storage.meta_table import read_fact, write_fact

DEVICE = "notices"
LOOK_S = 60.0
_KEEP_S = 600.0
"""What only grew older is written down so seldom: the card is spared."""
_FACT = "notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSources:
    """Whom to ask; both may raise `StoreError`."""

    conditions: Callable[[], Awaitable[Mapping[str, AlarmCondition]]]
    digest: Callable[[], Awaitable[str]]
    """What is due, in lines; empty where nothing is."""
    clock_synced: Callable[[], bool]
    note_seen: Callable[[str, str, str], Work[None]] | None = None
    """Seal, within the transaction, the key and the text of an alarm and who has seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWishes:
    title: str
    alarm_title: str
    digest_hour: int | None


class NoticeService:
    """A service of the agent."""

    def __init__(
        self,
        sources: NoticeSources,
        wishes: NoticeWishes,
        sender: NoticeSender,
        *,
        database: Database,
        clock: Clock,
        devices: DeviceRegistry,
    ) -> None:
        self._sources = sources
        self._wishes = wishes
        self._sender = sender
        self._database = database
        self._clock = clock
        self._devices = devices
        self._record: NoticeRecord | None = None
        self._turn = asyncio.Lock()
        """For whoever changes the record."""
        self._looked_at = 0.0
        self._kept_at = 0.0

    @property
    def open_alarms(self) -> Mapping[str, str]:
        """What somebody was told of and has not acknowledged, while it is still wrong."""
        return self._record.open_alarms() if self._record else {}

    async def acknowledge(self, key: str, who: str = "") -> None:
        """Somebody has seen it, which is sealed in the same transaction where a log is. Raises `StoreError`."""
        async with self._turn:
            if self._record is None or (text := self._record.open_alarms().get(key)) is None:
                return
            seal = [self._sources.note_seen(key, text, who)] if self._sources.note_seen else []
            await self._keep(self._record.acknowledged(key), *seal)

    async def run(self) -> None:
        """For ever."""
        while True:
            with contextlib.suppress(StoreError):  # told where things are kept; the next look has this one's time
                await self.look()
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Find out what is to be told, keep it, tell it."""
        async with self._turn:
            await self._decide()
        await self._tell()

    async def _decide(self) -> None:
        before = self._record if self._record is not None else await self._restored()
        now = self._clock.monotonic()
        conditions = await self._sources.conditions()
        record = passed(before, now - self._looked_at, conditions)
        record = await self._digested(self._alarmed(record, conditions))
        self._looked_at = now
        if _decisions(record) != _decisions(before) or now - self._kept_at >= _KEEP_S:
            await self._keep(record)
        else:
            self._record = record

    async def _restored(self) -> NoticeRecord:
        self._looked_at = self._kept_at = self._clock.monotonic()
        found = stored.parsed(await self._database.run(lambda connection: read_fact(connection, _FACT)))
        self._record = restored(found)
        return self._record

    def _alarmed(self, record: NoticeRecord, conditions: Mapping[str, AlarmCondition]) -> NoticeRecord:
        for key in list(due_alarms(record, conditions)):
            text = record.alarms[key].text
            record = told(record, key).queued(self._wishes.alarm_title, text, self._sender.receivers)
        return record

    async def _digested(self, record: NoticeRecord) -> NoticeRecord:
        now, believed = self._clock.now(), self._sources.clock_synced()
        if not digest_due(record, now, self._wishes.digest_hour, believed=believed):
            return record
        lines = await self._sources.digest()
        record = replace(record, digest_day=now.date())
        return record.queued(self._wishes.title, lines, self._sender.receivers) if lines else record

    async def _keep(self, record: NoticeRecord, *also: Work[None]) -> None:
        text = json.dumps(as_json(record), ensure_ascii=False)
        await self._database.run(together(lambda connection: write_fact(connection, _FACT, text), *also))
        self._record, self._kept_at = record, self._clock.monotonic()

    async def _tell(self) -> None:
        """Everything whose turn it is, each receiver once."""
        for notice in self._record.waiting if self._record else ():
            if notice.wait_s <= 0:
                await self._send(notice)

    async def _send(self, notice: HomeNotice) -> None:
        failed, known = [], self._sender.receivers
        for receiver in (one for one in notice.left if one in known):
            try:
                await self._sender.send(receiver, notice.title, notice.body)
            except DeviceError as error:
                failed.append(receiver)
                self._devices.report(DEVICE, DeviceState.LOST, str(error))
            else:
                notice = await self._noted(notice, replace(notice, left=tuple(r for r in notice.left if r != receiver)))
        if not failed:
            self._devices.report(DEVICE, DeviceState.READY)
        await self._noted(notice, attempted(notice, failed))

    async def _noted(self, before: HomeNotice, after: HomeNotice | None) -> HomeNotice:
        """Put one in the other's place, on disk; somebody may have acknowledged something meanwhile."""
        async with self._turn:
            assert self._record is not None
            waiting = [after if one is before else one for one in self._record.waiting]
            await self._keep(replace(self._record, waiting=tuple(one for one in waiting if one is not None)))
        return after or before


def _decisions(record: NoticeRecord) -> object:
    """What must be on disk at once; the rest only grows older."""
    alarms = {key: (one.wrong, one.told_s is None, one.acknowledged) for key, one in record.alarms.items()}
    return record.digest_day, alarms, [(one.title, one.body, one.left) for one in record.waiting]
