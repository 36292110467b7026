"""Home Assistant, put together from what the stages know. In: settings, stages. Out: a service if a server is set."""

import asyncio
import logging
from collections.abc import Callable

from befresh_agent.adapters.mqtt.mqtt_broker import MqttBroker
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.hardware import AgentService, CoreServices
from befresh_agent.assembly.web_page import PageStages
from befresh_agent.domain.trigger import Press
from befresh_agent.domain.visible import plain
from befresh_agent.home.home_mirror import Command, HomeMirror
from befresh_agent.home.home_states import HomeSources, HomeStates, UpdateStanding
from befresh_agent.home.rules.discovery import HomeWishes
from befresh_agent.home.rules.home_topics import HomeTopics
from befresh_agent.page.maintenance import UpdateState
from befresh_agent.page.observers import FridgeStage, RecentActivity
from befresh_agent.page.page_service import PageService
from befresh_agent.page.phone_access import outside
from befresh_agent.runtime.subprocesses import run_program
from befresh_agent.settings.home_sections import MqttSettings
from befresh_agent.storage.message_queue import OutboxBrowser
from befresh_agent.storage.roster import ContainerNames

_UPDATE = ("systemctl", "start", "--no-block", "befresh-agent-update.service")
_LONGEST_SENTENCE = 300
log = logging.getLogger("home assistant")


def home_services(
    ground: CoreServices, stages: PageStages, memory: RecentActivity | None, page: PageService | None
) -> list[AgentService]:
    """For whoever has set a server."""
    mqtt = ground.settings.mqtt
    topics = HomeTopics(f"{mqtt.topic}/{ground.fridge_id}", mqtt.discovery_topic, ground.fridge_id)
    wishes = HomeWishes(
        picture=mqtt.picture, may_press=mqtt.may_press, may_speak=mqtt.may_speak, may_update=mqtt.may_update
    )
    states = HomeStates(_sources(ground, stages, memory, page), topics, wishes, mqtt.language)
    mirror = HomeMirror(
        MqttBroker(mqtt, ground.settings.secrets, name=f"befresh-agent-{ground.fridge_id}"),
        topics,
        states.compose,
        _commands(mqtt, stages),
        devices=ground.devices,
        clock=SystemClock(),  # a broker is real even in a dry run
    )
    ground.events.subscribe(mirror.on_event)
    return [AgentService("home assistant", mirror.run)]


def _sources(
    ground: CoreServices, stages: PageStages, memory: RecentActivity | None, page: PageService | None
) -> HomeSources:
    return HomeSources(
        stock=ground.stock,
        letters=OutboxBrowser(ground.store),
        records=ground.records,
        names=ContainerNames(ground.database),
        roster=stages.roster.addresses,
        containers=stages.poller.snapshot,
        session=lambda: stages.registration.live is not None,
        update=lambda: _update_standing(ground.updates.state),
        picture=lambda: memory.picture(None) if memory and memory.stage is FridgeStage.CLOSED else None,
        page=lambda: _address(page),
        clock=ground.clock,
        period_s=ground.settings.containers.period_s,
    )


def _update_standing(state: UpdateState | None) -> UpdateStanding:
    if state is None:
        return UpdateStanding()
    return UpdateStanding(latest=state.newest, in_progress=state.unconfirmed is not None)


def _address(page: PageService | None) -> str | None:
    """Where other machines find the page; None where they cannot."""
    served = (page.address if page else None) or ""
    if "//0.0.0.0:" in served or "//[::]:" in served:
        return f"http://{outside()}:{served.rstrip('/').rpartition(':')[2]}/"
    return served if served and "//127." not in served and "//[::1]" not in served else None


def _commands(mqtt: MqttSettings, stages: PageStages) -> dict[str, Command]:
    """Only what is allowed."""
    allowed: list[tuple[bool, str, Command]] = [
        (mqtt.may_press, "press", lambda _: stages.watch.offer(Press.SHORT)),
        (mqtt.may_speak, "say", lambda text: stages.registration.announce(plain(text)[:_LONGEST_SENTENCE])),
        (mqtt.may_update, "look", _looker()),
    ]
    return {word: command for may, word, command in allowed if may}


def _looker() -> Callable[[str], None]:
    """Starts the updater's own service, one at a time."""
    under_way: set[asyncio.Task[None]] = set()

    async def look() -> None:
        answer = await run_program(*_UPDATE)
        if not answer.good:
            log.warning("an update cannot be looked for: %s", answer.trouble)

    def command(_: str) -> None:
        if not under_way:
            task = asyncio.create_task(look())
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    return command
