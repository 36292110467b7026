"""Everything the website is made of, but for FastAPI itself: one desk for each tab."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from befresh_agent.page.container_desk import ContainerDesk
from befresh_agent.page.delivery_desk import DeliveryDesk
from befresh_agent.page.doctor import Doctor
from befresh_agent.page.food_desk import FoodDesk
from befresh_agent.page.health_desk import HealthDesk
from befresh_agent.page.live import Watchers
from befresh_agent.page.log_tail import LogTail
from befresh_agent.page.memory import Memory
from befresh_agent.page.now_desk import NowDesk
from befresh_agent.page.sources import Sources
from befresh_agent.page.tally import Tally
from befresh_agent.page.trend_watch import TrendWatch
from befresh_agent.page.updates import Updates
from befresh_agent.page.veil import Veil


@dataclass(frozen=True, slots=True)
class Senses:
    """What goes on listening while pages come and go."""

    memory: Memory
    tally: Tally
    tail: LogTail
    trends: TrendWatch
    watchers: Watchers


class Desks:
    def __init__(self, sources: Sources, senses: Senses) -> None:
        self.sources = sources
        self.memory, self.tally, self.watchers = senses.memory, senses.tally, senses.watchers
        tally, touched = senses.tally, senses.watchers.touched
        veil = Veil(sources.settings.secrets)
        self.now = NowDesk(sources, senses.memory, veil)
        self.delivery = DeliveryDesk(sources, tally, veil, touched)
        doctor = Doctor(sources.config, sources.clock, veil, touched)
        self.health = HealthDesk(sources, tally, senses.tail, veil, doctor, Updates(touched))
        self.food = FoodDesk(sources.stock, sources.clock, senses.trends, touched)
        self.containers = ContainerDesk(sources, senses.trends, touched)

    @property
    def names(self) -> Sequence[str]:
        """By which browsers may call this machine."""
        here = platform.node().lower()
        return here, f"{here}.local", *self.sources.settings.page.names
