"""A day of a container on one printed page, for whoever has to check and sign it. In: a day's record. Out: HTML.

The text is complete by itself: no script, no style and no picture from anywhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from importlib import resources

from befresh_agent import __version__
from befresh_agent.domain.day_record import DayRecord, Hour
from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.series import Point, Span
from befresh_agent.record.chart import Look, chart
from befresh_agent.record.scale import local
from befresh_agent.record.words import Language, name_of, say, unit_of

_SHOWN = (Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.GAS, Quantity.NH3)
_CHARTS = _BY_THE_HOUR = (Quantity.TEMPERATURE, Quantity.HUMIDITY)
_HALF = 12
"""Hours in one of the two tables."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One container's day."""

    address: str
    food: str | None
    """What was registered in it last."""
    record: DayRecord
    curves: Mapping[Quantity, Sequence[Point]]


@dataclass(frozen=True, slots=True)
class Form:
    """What all pages of one print have in common."""

    fridge: int | None
    day: Span
    """From midnight to midnight."""
    allowed: tuple[float, float]
    """The right temperatures, in degrees Celsius."""
    gap_s: float
    printed: datetime
    language: Language = "en"
    zone: tzinfo | None = None

    @property
    def date(self) -> str:
        return f"{local(self.day.begin, self.zone):%Y-%m-%d}"

    def say(self, text: str, **values: object) -> str:
        return escape(say(self.language, text, **values))

    def time(self, at: float) -> str:
        return "24:00" if at >= self.day.end else f"{local(at, self.zone):%H:%M}"


def page(subject: Subject, form: Form, number: int) -> str:
    """The page of one container; each has another number."""
    return "".join(_page(subject, form, number))


def document(pages: Iterable[str], form: Form) -> str:
    """All of them together."""
    title = f"{form.say('Daily record of a container')} {form.date}"
    style = resources.files("befresh_agent.record").joinpath("sheet.css").read_text()
    return (
        f'<!doctype html><html lang="{form.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{style}</style></head><body>{''.join(pages)}</body></html>\n"
    )


def _page(subject: Subject, form: Form, number: int) -> Iterator[str]:
    found = subject.record
    yield f"<section><h1>{form.say('Daily record of a container')}</h1>"
    yield from _facts(subject, form)
    if found.within.end < form.day.end:
        yield f"<p>{form.say('The day is not over yet.')}</p>"
    if found.unset:
        note = "The clock was not set at {count} of these readings; their times may be wrong."
        yield f"<p>{form.say(note, count=found.unset)}</p>"
    yield from _extremes(found, form)
    look = Look(found.within, form.gap_s, form.language, form.zone, f"sheet-{number}")
    yield '<div class="charts">'
    for quantity in _CHARTS:
        caption = f"<figcaption>{escape(name_of(quantity, form.language))} ({unit_of(quantity)})</figcaption>"
        yield f"<figure>{caption}{chart(quantity, subject.curves.get(quantity, ()), look)}</figure>"
    yield "</div>"
    yield from _excursions(found, form)
    yield from _gaps(found, form)
    yield from _hours(found.hours, form)
    yield from _signing(form)
    yield "</section>"


def _facts(subject: Subject, form: Form) -> Iterator[str]:
    low, high = form.allowed
    facts = (
        ("Container", subject.address),
        ("Food", subject.food or "–"),
        ("Fridge", "–" if form.fridge is None else str(form.fridge)),
        ("Day", form.date),
        ("Readings", str(subject.record.count)),
        ("Temperature must be", say(form.language, "{low} to {high} °C", low=f"{low:g}", high=f"{high:g}")),
    )
    yield '<dl class="facts">'
    for name, value in facts:
        yield f"<div><dt>{form.say(name)}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl>"


def _extremes(found: DayRecord, form: Form) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{form.say(head)}</th>' for head in ("Lowest", "Mean", "Highest"))
    yield f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>"
    for quantity in _SHOWN:
        name, unit = escape(name_of(quantity, form.language)), unit_of(quantity)
        one = found.extremes.get(quantity)
        values = (_written(quantity, value) for value in (one.low, one.mean, one.high)) if one else ("–",) * 3
        cells = "".join(f"<td>{value}</td>" for value in values)
        yield f'<tr><th scope="row">{name}{f" ({unit})" if unit else ""}</th>{cells}</tr>'
    yield "</tbody></table>"


def _excursions(found: DayRecord, form: Form) -> Iterator[str]:
    line = "{begin} to {end} ({minutes} min), at worst {worst} °C"
    lines = [form.say(line, worst=f"{one.worst:.1f}", **_from_to(one.span, form)) for one in found.excursions]
    yield from _list("Outside the range", lines, form.say("Never, as far as it was measured."), form)


def _gaps(found: DayRecord, form: Form) -> Iterator[str]:
    lines = [form.say("{begin} to {end} ({minutes} min)", **_from_to(gap, form)) for gap in found.missing]
    never = form.say("Never: every gap is shorter than {minutes} minutes.", minutes=round(form.gap_s / 60))
    yield from _list("Not measured", lines, never, form)


def _list(title: str, lines: Sequence[str], otherwise: str, form: Form) -> Iterator[str]:
    yield f"<h2>{form.say(title)}</h2>"
    if lines:
        yield f'<ul class="times">{"".join(f"<li>{line}</li>" for line in lines)}</ul>'
    else:
        yield f"<p>{otherwise}</p>"


def _from_to(span: Span, form: Form) -> dict[str, object]:
    return {"begin": form.time(span.begin), "end": form.time(span.end), "minutes": round(span.seconds / 60)}


def _hours(hours: Sequence[Hour], form: Form) -> Iterator[str]:
    """Two tables side by side: a day fits on the page."""
    yield f'<h2>{form.say("By the hour")}</h2><div class="hours">'
    for half in (hours[:_HALF], hours[_HALF:]):
        if half:
            yield from _half(half, form)
    yield "</div>"


def _half(hours: Sequence[Hour], form: Form) -> Iterator[str]:
    heads = (
        form.say("Hour"),
        form.say("Readings"),
        *(f"{escape(name_of(quantity, form.language))} ({unit_of(quantity)})" for quantity in _BY_THE_HOUR),
    )
    yield f"<table><thead><tr>{''.join(f'<th scope=col>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for hour in hours:
        means = (
            _written(quantity, hour.extremes[quantity].mean) if quantity in hour.extremes else "–"
            for quantity in _BY_THE_HOUR
        )
        cells = "".join(f"<td>{value}</td>" for value in (str(hour.count), *means))
        yield f'<tr><th scope="row">{form.time(hour.begin)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _signing(form: Form) -> Iterator[str]:
    yield f'<h2>{form.say("Remarks")}</h2><div class="remarks"></div><div class="signing">'
    for name in ("Checked by", "Day", "Signature"):
        yield f"<div>{form.say(name)}</div>"
    note = "This record tells what was measured. It does not tell whether food is safe."
    printed = form.say("Printed {when}", when=f"{form.printed:%Y-%m-%d %H:%M}")
    yield f"</div><p class=small>{form.say(note)} {printed} · befresh-agent {__version__}</p>"


def _written(quantity: Quantity, value: float) -> str:
    if quantity is Quantity.GAS:
        value /= 1000
    return f"{value:.1f}" if quantity in (Quantity.TEMPERATURE, Quantity.GAS) else f"{value:.0f}"
