"""Sentences, days and ages on the page, in the browser's language."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import restored, shown, written
from befresh_agent.i18n.words import name_of, retold, translate
from befresh_agent.page.tabs.containers_tab import ContainerValues, ContainerView
from befresh_agent.page.tabs.food_tab import LINGERS_S

_VERDICTS = {
    "rising": "Its air is changing",
    "steady": "Its air is as usual",
    "learning": "What is usual for it is not known yet",
    "unmeasured": "Not measured yet",
}


_PARTS = ("night", "morning", "afternoon", "evening")


class PageWords:
    """Sentences, days and ages in one language."""

    def __init__(self, language: Language, now: datetime) -> None:
        self._language = language
        self._now = now

    def translate(self, text: str, **values: object) -> str:
        return translate(self._language, text, **values)

    def day(self, day: date) -> str:
        """12 Dec or 12월 12일, with the year where it is another one."""
        far = day.year != self._now.year
        return self.translate("{day.day} {day:%b} {day.year}" if far else "{day.day} {day:%b}", day=day)

    def ago(self, when: datetime) -> str:
        """How long ago that was, roughly."""
        seconds = (self._now - when).total_seconds()
        if seconds < 60:
            return self.translate("just now")
        if seconds < 3600:
            return self.translate("{count} min ago", count=int(seconds // 60))
        if seconds < 2 * 86_400 and when.astimezone(self._now.tzinfo).date() == self._now.date():
            return self.translate("{count} h ago", count=int(seconds // 3600))
        days = (self._now.date() - when.astimezone(self._now.tzinfo).date()).days
        return self.translate("yesterday") if days == 1 else self.translate("{count} days ago", count=days)

    def minute(self, when: datetime | str) -> str:
        """The time, with the day where it is another one."""
        at = (datetime.fromisoformat(when) if isinstance(when, str) else when).astimezone(self._now.tzinfo)
        return f"{at:%H:%M}" if at.date() == self._now.date() else f"{self.day(at.date())} {at:%H:%M}"

    def span(self, seconds: float) -> str:
        """How long that is, roughly."""
        if seconds < 60:
            return self.translate("{count} s", count=int(seconds))
        if seconds < 3600:
            return self.translate("{count} min", count=int(seconds // 60))
        if seconds < 2 * 86_400:
            return self.translate("{count} h", count=int(seconds // 3600))
        return self.translate("{count} days", count=int(seconds // 86_400))

    def number(self, value: float | None, unit: str = "", digits: int = 0) -> str:
        """A value with its unit, or a dash where it could not be read."""
        return "–" if value is None else f"{value:,.{digits}f}{unit}"

    def measured(self, values: ContainerValues | None) -> Iterator[tuple[str, str]]:
        """The name and the value of every quantity that is shown."""
        found = restored(values.model_dump() if values else {})
        for quantity in shown():
            value, unit = found.of(quantity), quantity.traits.unit
            text = "–" if value is None else f"{written(quantity, value)} {unit}".strip()
            yield name_of(quantity, self._language), text

    def left(self, days: int | None) -> str:
        """How many days are left, or over."""
        if days is None:
            return self.translate("no date")
        if days == 0:
            return self.translate("today")
        one, many = ("1 day left", "{count} days left") if days > 0 else ("1 day over", "{count} days over")
        return self.translate(one) if abs(days) == 1 else self.translate(many, count=abs(days))

    def here(self, days: int) -> str:
        """How long something has been there."""
        return (
            self.translate("since today")
            if days <= 0
            else self.translate("1 day here")
            if days == 1
            else self.translate("{count} days here", count=days)
        )

    def verdict(self, box: ContainerView) -> str:
        """How the air in a container is, in a sentence."""
        if box.trend.state == "unmeasured" and box.trend.silent_s:
            return self.translate("Not measured for {span}", span=self.span(box.trend.silent_s))
        if box.trend.state == "rising" and box.trend.since is not None:
            return self.translate("Its air has been changing since {when}", when=self.part_of_day(box.trend.since))
        return self.translate(_VERDICTS[box.trend.state])

    def part_of_day(self, when: datetime) -> str:
        """Such as this morning, yesterday evening or Saturday evening; with the date where that is longer ago."""
        at = when.astimezone(self._now.tzinfo)
        part, ago = _PARTS[at.hour // 6], (self._now.date() - at.date()).days
        if ago <= 1:
            return self.translate(f"{'yesterday' if ago else 'this'} {part}")
        day = self.translate(f"{at:%A}") if ago < 7 else self.day(at.date())
        return self.translate("{day}, {part}", day=day, part=self.translate(part))

    def yesterday(self) -> str:
        return (self._now.date() - timedelta(days=1)).isoformat()

    def counted(self, count: int, what: str) -> str:
        """1 food, 2 foods."""
        return self.translate(f"1 {what}") if count == 1 else self.translate(f"{{count}} {what}s", count=count)

    def foreign(self, text: str) -> str:
        """What another part says in English, as far as there are words for it."""
        return retold(self._language, text)

    def lingers(self, gone_at: datetime) -> float:
        """For how many seconds more what is gone can be brought back in its place; 0 when that is over."""
        left = LINGERS_S - (self._now - gone_at).total_seconds()
        return round(left, 1) if 0 < left <= LINGERS_S else 0.0

    def clock(self, when: datetime) -> str:
        return f"{when.astimezone(self._now.tzinfo):%H:%M:%S}"
