"""What `status` tells about the agent."""

from collections.abc import Awaitable, Callable
from typing import Any

from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost, DatabaseNewer, TopicFound, TopicLost
from befresh_agent.domain.trouble import Trouble, Warned
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import StatusReporter, StatusSources


async def outbox() -> dict[str, Any]:
    return {"waiting": 2}


VISION = {"workers": 2, "frames_per_s": 3.4, "last_date_s": 1.2}


def agent() -> tuple[EventBus, StatusReporter]:
    events, clock = EventBus(), SimulatedClock()
    devices = DeviceRegistry(events, clock)
    status = StatusReporter(sources(devices, clock, outbox))
    events.subscribe(status.on_event)
    return events, status


async def test_the_speed_of_the_vision_stage_is_told() -> None:
    _, status = agent()
    assert (await status.snapshot())["vision"] == VISION


async def test_a_broker_out_of_reach_shows_until_it_is_back() -> None:
    events, status = agent()
    assert (await status.snapshot())["outbox"] == {"waiting": 2, "broker": None, "sinks": {}, "topics": {}}
    events.emit(BrokerLost("connection refused", 2))
    assert (await status.snapshot())["outbox"]["broker"] == "connection refused"
    events.emit(BrokerFound(3.0))
    assert (await status.snapshot())["outbox"]["broker"] is None


async def test_a_database_of_a_newer_release_is_told_of() -> None:
    events, status = agent()
    assert (await status.snapshot())["database"] == {"newer": None}
    events.emit(DatabaseNewer(version=5, known=3))
    assert (await status.snapshot())["database"] == {"newer": {"version": 5, "known": 3}}


async def test_a_bad_topic_is_named_beside_a_good_broker() -> None:
    events, status = agent()
    events.emit(TopicLost("food-regist", "topic food-regist does not exist on the broker"))
    told = (await status.snapshot())["outbox"]
    assert (told["broker"], list(told["topics"])) == (None, ["food-regist"])
    events.emit(TopicFound("food-regist", 3.0))
    assert (await status.snapshot())["outbox"]["topics"] == {}


def sources(devices: DeviceRegistry, clock: Clock, outbox: Callable[[], Awaitable[dict[str, Any]]]) -> StatusSources:
    return StatusSources(
        devices=devices,
        lag=LoopLag(),
        clock=clock,
        session=lambda: None,
        vision=lambda: VISION,
        containers=lambda: [],
        outbox=outbox,
        troubles=lambda: [Trouble("updates", "the last update failed", "sudo befresh-agent update")],
        warnings=lambda: [Warned("2026-11-21T09:30:00+09:00", "radio", "lost", 3)],
        turned_away=lambda: [{"peer": "192.0.2.1", "count": 240}],
    )


async def test_what_a_person_should_hear_of_is_in_it() -> None:
    clock = SimulatedClock()

    async def outbox() -> dict[str, Any]:
        return {}

    told = await StatusReporter(sources(DeviceRegistry(EventBus(), clock), clock, outbox)).snapshot()
    assert told["troubles"] == [
        {"subject": "updates", "detail": "the last update failed", "remedy": "sudo befresh-agent update"}
    ]
    assert told["warnings"][0]["times"] == 3
    assert told["page"] == {"turned_away": [{"peer": "192.0.2.1", "count": 240}]}
