"""Everything the website is made of, but for FastAPI itself: the list of tabs, and one desk for each.

A further tab is a line here, a module in `tabs/` and a template (docs/how-to/add-a-page-tab.md).
"""

import asyncio
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from befresh_agent.page.context import PageContext
from befresh_agent.page.live_updates import LiveUpdates
from befresh_agent.page.observers import EventCounters, LogTail, RecentActivity
from befresh_agent.page.page_watches import StandingWatch, TrendWatch
from befresh_agent.page.tabs.containers_tab import ContainersTab
from befresh_agent.page.tabs.delivery_tab import DeliveryTab
from befresh_agent.page.tabs.food_tab import FoodTab
from befresh_agent.page.tabs.health_tab import HealthTab
from befresh_agent.page.tabs.now_tab import NowTab
from befresh_agent.page.tabs.sound_tab import SoundTab
from befresh_agent.page.tabs.today_tab import TodayDesk
from befresh_agent.page.tabs.wake_tab import WakeTab
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.runtime.redaction import SecretRedactor


@dataclass(frozen=True, slots=True)
class TabHead:
    """A tab as it stands among the others."""

    name: str
    """Its address, and its template's name."""
    title: str
    icon: str
    """Lines of an SVG, 24 by 24."""
    routes: str = "pages"
    """The module of this folder whose `add` serves it; it is loaded with FastAPI."""
    played: bool = False
    """Only where there is a world to play with."""


TABS = (
    TabHead(
        "now",
        "Today",
        '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="3" fill="currentColor" stroke="none"/>',
    ),
    TabHead(
        "food",
        "Food",
        '<path d="M12 7c-2-2-7-1.500-7 4.500S9 21 12 19.500C15 21 19 17.500 19 11.500S14 5 12 7z"/>'
        '<path d="M12 7c0-2 1-3.500 3-4"/>',
    ),
    TabHead(
        "containers",
        "Containers",
        '<path d="M4 8h16v10a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z"/><path d="M3 8V5h18v3"/>',
    ),
    TabHead(
        "delivery",
        "Delivery",
        '<path d="M21 3 10 14"/><path d="m21 3-7 18-4-7-7-4z"/>',
    ),
    TabHead(
        "health",
        "Health",
        '<path d="M3 12h4l3-8 4 16 3-8h4"/>',
    ),
    TabHead(
        "play",
        "Fridge",
        '<rect x="5" y="2.500" width="14" height="19" rx="2.500"/><path d="M5 10h14M9 5.500v2M9 13v3"/>',
        routes="tabs.play_tab",
        played=True,
    ),
)
"""In their order."""


@dataclass(frozen=True, slots=True)
class PageObservers:
    """What goes on listening while pages come and go."""

    memory: RecentActivity
    tally: EventCounters
    tail: LogTail
    trends: TrendWatch
    standing: StandingWatch
    watchers: LiveUpdates
    redaction: SecretRedactor
    turned_away: TurnedAwayPeers


class PageTabs:
    def __init__(self, sources: PageContext, senses: PageObservers) -> None:
        self.sources = sources
        self.moved = asyncio.Event()
        """Set when the page is to listen elsewhere."""
        self.memory, self.tally, self.watchers = senses.memory, senses.tally, senses.watchers
        tally, touched, redaction = senses.tally, senses.watchers.notify, senses.redaction
        self.turned_away = senses.turned_away
        self.now = NowTab(sources, senses.memory, redaction)
        self.delivery = DeliveryTab(sources, tally, redaction, touched)
        doctor, updates = sources.doctor, sources.updates
        doctor.touched = updates.touched = touched
        self.health = HealthTab(sources, tally, senses.tail, redaction, doctor, updates, senses.turned_away)
        self.food = FoodTab(sources, senses.trends, touched)
        self.today = TodayDesk(sources, tally, senses.trends, senses.standing, updates, redaction)
        self.containers = ContainersTab(sources, senses.trends, touched)
        self.sound = SoundTab(sources, touched)
        self.wake = WakeTab(sources, touched)

    @property
    def names(self) -> Sequence[str]:
        """By which browsers may call this machine."""
        here = platform.node().lower()
        return here, f"{here}.local", *self.sources.settings.page.names
