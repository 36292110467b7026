"""The page, put together from the stages that it shows."""

from dataclasses import dataclass

from befresh_agent.containers.poller import Poller
from befresh_agent.containers.roster import Roster
from befresh_agent.ground import VITAL, Ground
from befresh_agent.outbox.letters import LetterBox
from befresh_agent.outbox.stock import StockRoom
from befresh_agent.page.memory import Memory
from befresh_agent.page.service import PageService
from befresh_agent.page.sources import Sources
from befresh_agent.record.history import History
from befresh_agent.record.records import Records
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import Status
from befresh_agent.triggers.watch import Watch


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows, and may set going."""

    status: Status
    watch: Watch
    roster: Roster
    poller: Poller
    lag: LoopLag
    broker: str
    """Where messages go; empty for the journal."""


def shown(ground: Ground, memory: Memory, stages: Shown) -> PageService:
    """The service that serves it."""
    hardware, simulated = ground.hardware, ground.hardware.world == "simulated"
    history, containers = History(ground.database), ground.settings.containers
    sources = Sources(
        settings=ground.settings,
        state=hardware.state,
        database=ground.database,
        clock=ground.clock,
        devices=ground.devices,
        session=stages.status.open_items,
        press=stages.watch.offer,
        stock=StockRoom(ground.database, ground.store, ground.clock),
        letters=LetterBox(ground.store),
        broker=stages.broker,
        containers=stages.poller.snapshot,
        roster=stages.roster.addresses,
        forget=stages.roster.remove,
        read_now=stages.poller.read_now,
        records=Records(history, containers, ground.clock, fridge_id=ground.fridge_id),
        lag_ms=stages.lag.milliseconds,
        unwell=lambda: ground.vitals.unwell(VITAL),
        playground=hardware.playground,
        simulated=simulated,
        config=ground.config,
    )
    service = PageService(sources, memory, any_port=simulated)
    ground.events.listen(service.listen)
    return service
