"""Notices, put together from what the stages know. In: settings, stages. Out: a service if somebody is to be told."""

from collections.abc import Callable

from befresh_agent.adapters.notify.apprise_sender import AppriseSender
from befresh_agent.assembly.hardware import CoreServices
from befresh_agent.containers.poller import ContainerPoller
from befresh_agent.home.due_digest import DueDigest
from befresh_agent.home.house_watch import HouseWatch, UpdateFailure, WatchSources
from befresh_agent.home.notice_service import NoticeService, NoticeSources, NoticeWishes
from befresh_agent.home.rules.notice_rules import AlarmCondition
from befresh_agent.i18n.words import translate
from befresh_agent.page.maintenance import UPDATER, UpdateStatus
from befresh_agent.settings.home_sections import notify_urls
from befresh_agent.storage.message_queue import OutboxBrowser
from befresh_agent.storage.roster import ContainerNames, ContainerRoster

_BUSY = 75
"""The updater found somebody at the fridge, and comes again."""


def notice_service(ground: CoreServices, poller: ContainerPoller) -> NoticeService | None:
    """None where nobody is to be told."""
    wished, urls = ground.settings.notify, notify_urls(ground.settings.secrets.notify_urls)
    if not urls:
        return None
    watch = HouseWatch(_sources(ground, poller), wished.language)
    ground.events.subscribe(watch.on_event)
    sources = NoticeSources(
        conditions=watch.conditions if wished.alarms else _nothing,
        digest=DueDigest(ground.stock, ground.records, ground.clock, wished.language).lines,
        clock_synced=ground.hardware.clock_synced,
        note_seen=ground.store.note_seen,
    )
    wishes = NoticeWishes(
        title=translate(wished.language, "Fridge {number}: eat soon", number=ground.fridge_id),
        alarm_title=translate(wished.language, "Fridge {number}: have a look", number=ground.fridge_id),
        digest_hour=wished.digest_hour,
    )
    sender = AppriseSender(urls)
    return NoticeService(sources, wishes, sender, database=ground.database, clock=ground.clock, devices=ground.devices)


async def _nothing() -> dict[str, AlarmCondition]:
    """No alarm is wished."""
    return {}


def _sources(ground: CoreServices, poller: ContainerPoller) -> WatchSources:
    return WatchSources(
        letters=OutboxBrowser(ground.store),
        names=ContainerNames(ground.database),
        records=ground.records,
        roster=ContainerRoster(ground.database, ground.clock).addresses,
        containers=poller.snapshot,
        devices=ground.devices,
        radios=tuple(ground.hardware.radios),
        update=_update(ground.updates),
        highest_c=ground.settings.containers.highest_c,
        fresh_s=ground.records.gap_s,
        has_broker=bool(ground.sinks),
    )


def _update(status: UpdateStatus) -> Callable[[], UpdateFailure | None]:
    def failure() -> UpdateFailure | None:
        state = status.state
        if state is None:
            return None if UPDATER.exists() else UpdateFailure()
        last = state.last
        failed = last is not None and last.code not in (0, _BUSY)
        return UpdateFailure(last.at.isoformat(), last.line) if last and failed else UpdateFailure()

    return failure
