"""What `status` tells about the agent."""

from typing import Any

from befresh_agent.domain.events import BrokerFound, BrokerLost
from befresh_agent.events import Devices, Events
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import Sources, Status


async def outbox() -> dict[str, Any]:
    return {"waiting": 2}


async def test_a_broker_out_of_reach_shows_until_it_is_back() -> None:
    events, clock = Events(), SimulatedClock()
    devices = Devices(events, clock)
    status = Status(
        Sources(devices=devices, lag=LoopLag(), clock=clock, session=lambda: None, containers=lambda: [], outbox=outbox)
    )
    events.listen(status.listen)
    assert (await status.snapshot())["outbox"] == {"waiting": 2, "broker": None}
    events.tell(BrokerLost("connection refused", 2))
    assert (await status.snapshot())["outbox"]["broker"] == "connection refused"
    events.tell(BrokerFound(3.0))
    assert (await status.snapshot())["outbox"]["broker"] is None
