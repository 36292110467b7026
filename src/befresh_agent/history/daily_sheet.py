"""A day of a container on one printed page, for whoever has to check and sign it. In: a day's record. Out: HTML.

The text is complete by itself: no script, no style and no picture from anywhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from importlib import resources

from befresh_agent import __version__
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Quantity, shown, written
from befresh_agent.domain.reading import SeriesPoint, TimeSpan
from befresh_agent.history.chart import ChartStyle, chart, local_time
from befresh_agent.history.heat_records import HeatEstimate, heat_sentences
from befresh_agent.history.rules.day_record import DayRecord, HourSummary
from befresh_agent.i18n.words import name_of, record_text

_CHARTS = _BY_THE_HOUR = (Quantity.TEMPERATURE, Quantity.HUMIDITY)
_SHIFT = 8
"""Hours in one of the three tables."""


@dataclass(frozen=True, slots=True)
class SheetSubject:
    """One container's day."""

    address: str
    food: str | None
    """What was registered in it last."""
    record: DayRecord
    curves: Mapping[Quantity, Sequence[SeriesPoint]]
    heat: HeatEstimate
    name: str | None = None
    """What people call it."""


@dataclass(frozen=True, slots=True)
class SheetForm:
    """What all pages of one print have in common."""

    fridge: int | None
    day: TimeSpan
    """From midnight to midnight."""
    allowed: tuple[float, float]
    """The right temperatures, in degrees Celsius."""
    gap_s: float
    printed: datetime
    language: Language = "en"
    zone: tzinfo | None = None
    seal: Mapping[str, object] | None = None
    """The newest signed head of the sealed log, where one is kept."""

    @property
    def date(self) -> str:
        return f"{local_time(self.day.begin, self.zone):%Y-%m-%d}"

    def translate(self, text: str, **values: object) -> str:
        return escape(record_text(self.language, text, **values))

    def time(self, at: float) -> str:
        return "24:00" if at >= self.day.end else f"{local_time(at, self.zone):%H:%M}"


def page(subject: SheetSubject, form: SheetForm, number: int) -> str:
    """The page of one container; each has another number."""
    return "".join(_page(subject, form, number))


def document(pages: Iterable[str], form: SheetForm) -> str:
    """All of them together."""
    title = f"{form.translate('Daily record of a container')} {form.date}"
    style = resources.files("befresh_agent.history").joinpath("daily_sheet.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{form.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{style}</style></head><body>{''.join(pages)}</body></html>\n"
    )


def _page(subject: SheetSubject, form: SheetForm, number: int) -> Iterator[str]:
    found = subject.record
    yield f"<section><h1>{form.translate('Daily record of a container')}</h1>"
    yield from _facts(subject, form)
    if found.within.end < form.day.end:
        yield f"<p>{form.translate('The day is not over yet.')}</p>"
    if found.unset:
        note = "The clock was not set at {count} of these readings; their times may be wrong."
        yield f"<p>{form.translate(note, count=found.unset)}</p>"
    yield from _extremes(found, form)
    look = ChartStyle(found.within, form.gap_s, form.language, form.zone, f"sheet-{number}")
    yield '<div class="charts">'
    for quantity in _CHARTS:
        caption = f"<figcaption>{escape(name_of(quantity, form.language))} ({quantity.traits.unit})</figcaption>"
        yield f"<figure>{caption}{chart(quantity, subject.curves.get(quantity, ()), look)}</figure>"
    yield "</div>"
    yield from _excursions(found, form)
    yield from _gaps(found, form)
    yield from _heat(subject.heat, form)
    yield from _hours(found.hours, form)
    yield f'<div class="end"><div><h2>{form.translate("Remarks")}</h2><div class="remarks"></div></div>'
    yield from _seal(form)
    yield "</div>"
    yield from _signing(form)
    yield "</section>"


def _facts(subject: SheetSubject, form: SheetForm) -> Iterator[str]:
    low, high = form.allowed
    facts = (
        ("Container", f"{subject.name} ({subject.address})" if subject.name else subject.address),
        ("Food", subject.food or "–"),
        ("Fridge", "–" if form.fridge is None else str(form.fridge)),
        ("Day", form.date),
        ("Readings", str(subject.record.count)),
        ("Temperature must be", record_text(form.language, "{low} to {high} °C", low=f"{low:g}", high=f"{high:g}")),
    )
    yield '<dl class="facts">'
    for name, value in facts:
        yield f"<div><dt>{form.translate(name)}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl>"


def _extremes(found: DayRecord, form: SheetForm) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{form.translate(head)}</th>' for head in ("Lowest", "Mean", "Highest"))
    yield f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>"
    for quantity in shown():
        name, unit = escape(name_of(quantity, form.language)), quantity.traits.unit
        one = found.extremes.get(quantity)
        values = (written(quantity, value) for value in (one.low, one.mean, one.high)) if one else ("–",) * 3
        cells = "".join(f"<td>{value}</td>" for value in values)
        yield f'<tr><th scope="row">{name}{f" ({unit})" if unit else ""}</th>{cells}</tr>'
    yield "</tbody></table>"


def _excursions(found: DayRecord, form: SheetForm) -> Iterator[str]:
    line = "{begin} to {end} ({minutes} min), at worst {worst} °C"
    lines = [form.translate(line, worst=f"{one.worst:.1f}", **_from_to(one.span, form)) for one in found.excursions]
    yield from _list("Outside the range", lines, form.translate("Never, as far as it was measured."), form)


def _gaps(found: DayRecord, form: SheetForm) -> Iterator[str]:
    lines = [form.translate("{begin} to {end} ({minutes} min)", **_from_to(gap, form)) for gap in found.missing]
    never = form.translate("Never: every gap is shorter than {minutes} minutes.", minutes=round(form.gap_s / 60))
    yield from _list("Not measured", lines, never, form)


def _heat(heat: HeatEstimate, form: SheetForm) -> Iterator[str]:
    lines = [escape(sentence) for sentence in heat_sentences(heat, form.language, form.zone)]
    if lines:
        yield from _list("Days used, by temperature", lines, "", form)


def _list(title: str, lines: Sequence[str], otherwise: str, form: SheetForm) -> Iterator[str]:
    yield f"<h2>{form.translate(title)}</h2>"
    if lines:
        yield f'<ul class="times">{"".join(f"<li>{line}</li>" for line in lines)}</ul>'
    else:
        yield f"<p>{otherwise}</p>"


def _from_to(span: TimeSpan, form: SheetForm) -> dict[str, object]:
    return {"begin": form.time(span.begin), "end": form.time(span.end), "minutes": round(span.seconds / 60)}


def _hours(hours: Sequence[HourSummary], form: SheetForm) -> Iterator[str]:
    """Three tables side by side: a day fits on the page."""
    yield f'<h2>{form.translate("By the hour")}</h2><div class="hours">'
    for begin in range(0, len(hours), _SHIFT):
        yield from _shift(hours[begin : begin + _SHIFT], form)
    yield "</div>"


def _shift(hours: Sequence[HourSummary], form: SheetForm) -> Iterator[str]:
    heads = (
        form.translate("Hour"),
        form.translate("Readings"),
        *(f"{escape(name_of(quantity, form.language))} ({quantity.traits.unit})" for quantity in _BY_THE_HOUR),
    )
    yield f"<table><thead><tr>{''.join(f'<th scope=col>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for hour in hours:
        means = (
            written(quantity, hour.extremes[quantity].mean) if quantity in hour.extremes else "–"
            for quantity in _BY_THE_HOUR
        )
        cells = "".join(f"<td>{value}</td>" for value in (str(hour.count), *means))
        yield f'<tr><th scope="row">{form.time(hour.begin)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _seal(form: SheetForm) -> Iterator[str]:
    """The public key, to be compared with what `befresh-agent log verify` says, as text and as a QR code."""
    if form.seal is None:
        return
    key, text = escape(str(form.seal.get("key"))), "Sealed up to {day}: {rows} rows, head {head}"
    told = {name: form.seal.get(name) for name in ("day", "rows", "head")}
    yield f'<div><h2>{form.translate("Seal")}</h2><div class="seal"><p>{form.translate(text, **told)}<br>'
    yield f"{form.translate('Public key')} {key}</p>{_code(key)}</div></div>"


def _code(key: str) -> str:
    try:
        import segno
    except ImportError:  # installed without the page
        return ""
    return str(segno.make(key, error="m").svg_inline(scale=2))


def _signing(form: SheetForm) -> Iterator[str]:
    yield '<div class="signing">'
    for name in ("Checked by", "Day", "Signature"):
        yield f"<div>{form.translate(name)}</div>"
    note = "This record tells what was measured. It does not tell whether food is safe."
    printed = form.translate("Printed {when}", when=f"{form.printed:%Y-%m-%d %H:%M}")
    yield f"</div><p class=small>{form.translate(note)} {printed} · befresh-agent {__version__}</p>"
