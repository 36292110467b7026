"""What Home Assistant is shown now: every retained topic and its payload.

In: the stages, asked through functions. Out: one mapping; whoever publishes it compares it with the one before. The
values are those of the page's API.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from befresh_agent import __version__
from befresh_agent.domain.container import Address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.stock import StockFilter, StockItem
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.history.heat_records import HeatEstimate, HeatState, heat_sentences
from befresh_agent.history.records import HistoryRecords
from befresh_agent.history.rules.trend import Trend, TrendState
from befresh_agent.home.rules.discovery import BoxProfile, HomeWishes, box_config, fridge_config, packed
from befresh_agent.home.rules.home_topics import HomeTopics
from befresh_agent.i18n.words import SHEET, WORDS, say
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.storage import FoodStock, MessageBrowser
from befresh_agent.storage.history import ContainerContent
from befresh_agent.storage.roster import ContainerNames, title

_LOOKED_AT = 200
"""Foods, what should be eaten first at the top: what is past its day is among them."""
_LISTED = 40
"""Home Assistant keeps no attributes beyond 16 KB."""
_LONGEST_STATE = 255
_PERIODS = 3
"""So many readings in a row may be missing before a container's values are believed no more."""
_VISIT_S = 60.0
"""A rotation over many containers takes so long for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateStanding:
    """What the updater knows, without asking anybody."""

    latest: str | None = None
    """The version of the newest release that it has seen, installed or not; None where it has seen none."""
    in_progress: bool = False
    """Whether a new release is being tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSources:
    """Whom to ask."""

    stock: FoodStock
    letters: MessageBrowser
    records: HistoryRecords
    names: ContainerNames
    roster: Callable[[], Awaitable[Sequence[Address]]]
    containers: Callable[[], Sequence[ContainerHealth]]
    session: Callable[[], bool]
    """Whether one is open."""
    update: Callable[[], UpdateStanding]
    picture: Callable[[], bytes | None]
    """The last picture as JPEG, if there is one to show."""
    page: Callable[[], str | None]
    """The address of the page, where other machines can open it."""
    clock: Clock
    period_s: float
    """A container is read every so many seconds."""


class HomeStates:
    def __init__(self, sources: HomeSources, topics: HomeTopics, wishes: HomeWishes, language: Language) -> None:
        self._sources = sources
        self._topics = topics
        self._wishes = wishes
        self._language = language

    async def compose(self) -> dict[str, bytes]:
        """Every retained topic, configs first. Raises `StoreError`."""
        names, contents = await self._sources.names.all(), await self._sources.records.history.contents()
        trends, heats = await self._sources.records.trends(), await self._sources.records.heat()
        health = {one.address: one for one in self._sources.containers()}
        roster = await self._sources.roster()
        titles = {one: say(self._language, title(one, names, contents)) for one in roster}
        expires_s = round(_PERIODS * max(self._sources.period_s, _VISIT_S * len(roster)))
        found = {self._topics.config(self._topics.fridge): await asyncio.to_thread(self._fridge)}
        states = {self._topics.of("food"): await self._food(titles, trends), **await self._health()}
        for one in roster:
            box, content = health.get(one), contents.get(one)
            battery = box is not None and box.battery_percent is not None
            about = BoxProfile(address=one, title=titles[one], battery=battery, expires_s=expires_s)
            found[self._topics.config(self._topics.box(one))] = box_config(
                self._topics, about, __version__, self._words
            )
            days = _days(heats.get(one), content, self._language)
            states[self._topics.box_state(one)] = packed(_box(box, trends.get(one), content, expires_s) | days)
        return found | states

    def _fridge(self) -> bytes:
        """On a thread: asking for this machine's address looks at the network."""
        return fridge_config(self._topics, self._wishes, __version__, self._sources.page(), self._words)

    def _words(self, text: str) -> str:
        return WORDS[self._language].get(text) or SHEET[self._language].get(text, text)

    async def _food(self, titles: Mapping[Address, str], trends: Mapping[Address, Trend]) -> bytes:
        rising = [one for one, trend in trends.items() if trend.state is TrendState.RISING]
        page = await self._sources.stock.page(StockFilter.ALL, urgent=rising, limit=_LOOKED_AT)
        foods = [self._listed(one, titles) for one in page.items]
        past = sum(food["days_left"] is not None and food["days_left"] < 0 for food in foods)
        first = (foods[0]["name"] or self._words("Food without a name")) if foods else None
        return packed(
            {
                "first": first and first[:_LONGEST_STATE],
                "due": page.counts[StockFilter.SOON],
                "past": past,
                "unnamed": page.counts[StockFilter.UNNAMED],
                "total": page.total,
                "foods": foods[:_LISTED],
            }
        )

    def _listed(self, one: StockItem, titles: Mapping[Address, str]) -> dict[str, Any]:
        standing, address = one.freshness_at(self._sources.clock.now()), one.item.address
        return {
            "id": one.item.id,
            "name": one.name,
            "use_by": one.use_by.isoformat() if one.use_by else None,
            "days_left": standing.days_left if standing else None,
            "container": titles.get(address, address) if address else None,
        }

    async def _health(self) -> dict[str, bytes]:
        messages = await self._sources.letters.status()
        session = "ON" if self._sources.session() else "OFF"
        standing = self._sources.update()
        update = {
            "installed_version": __version__,
            "latest_version": standing.latest or __version__,
            "title": "befresh-agent",
            "in_progress": standing.in_progress,
        }
        found = {
            self._topics.of("health"): packed(
                {
                    "session": session,
                    "waiting": messages.waiting,
                    "dead": messages.dead,
                    "unnamed": messages.unnamed,
                }
            ),
            self._topics.of("update"): packed(update),
        }
        if not self._wishes.picture:
            found[self._topics.of("picture")] = b""  # also one of earlier days
        elif picture := self._sources.picture():
            found[self._topics.of("picture")] = picture
        return found


def _state(trend: Trend | None) -> str:
    return str((trend or Trend(TrendState.LEARNING)).state)


def _box(
    health: ContainerHealth | None, trend: Trend | None, content: ContainerContent | None, expires_s: float
) -> dict[str, Any]:
    last, age_s = (health.last, health.age_s) if health else (None, None)
    return {
        **asdict(last.values if last else Measurement()),
        "air": _state(trend),
        "fresh": last is not None and age_s is not None and age_s <= expires_s,
        "heard": "ON" if health and last and not health.absent else "OFF",
        "battery": health.battery_percent if health else None,
        "food": content.food if content else None,
        "taken_at": last.taken_at.isoformat(timespec="seconds") if last else None,
    }


def _days(heat: HeatEstimate | None, content: ContainerContent | None, language: Language) -> dict[str, Any]:
    """Date and heat, statements of their own beside the air: as the page and the daily sheet tell them."""
    found = heat or HeatEstimate(HeatState.EMPTY)
    said = heat_sentences(found, language)
    return {
        "use_by": content.use_by.isoformat() if content and content.use_by else None,
        "heat": next(iter(said), None),
        "heat_said": said,
        "used_days": found.used_days,
        "used_percent": None if found.used_share is None else round(100 * found.used_share, 1),
    }
