"""Everything the website is made of, but for FastAPI itself: one desk for each tab."""

import platform
from collections.abc import Sequence

from befresh_agent.page.food_desk import FoodDesk
from befresh_agent.page.live import Watchers
from befresh_agent.page.memory import Memory
from befresh_agent.page.now_desk import NowDesk
from befresh_agent.page.sources import Sources


class Desks:
    def __init__(self, sources: Sources, memory: Memory, watchers: Watchers) -> None:
        self.sources = sources
        self.watchers = watchers
        self.now = NowDesk(sources, memory)
        self.food = FoodDesk(sources.stock, sources.clock, watchers.touched)

    @property
    def names(self) -> Sequence[str]:
        """By which browsers may call this machine."""
        here = platform.node().lower()
        return here, f"{here}.local", *self.sources.settings.page.names
