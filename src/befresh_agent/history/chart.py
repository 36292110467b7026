"""A curve as SVG: one line, the span of what it sums up behind it, gaps that are seen as gaps, and round marks on the
axes.

In: points. Out: text of a few kilobytes for the middle of an HTML page, whose colours it takes: `--blue`, `--line`,
`--dim`, `--ink`, or its own where the page has none.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape

from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Quantity, written
from befresh_agent.domain.reading import SeriesPoint, TimeSpan, gaps
from befresh_agent.i18n.words import name_of, record_text, window_of

_TIMES = ((2 * 3600, 600, "%H:%M"), (12 * 3600, 3600, "%H:%M"), (2 * 86_400, 4 * 3600, "%H:%M"))
"""Up to a window of so many seconds, a line every so many seconds. Beyond, one at midnight."""

_DAY_S = 86_400

_MOST_DAYS = 8


@dataclass(frozen=True, slots=True)
class AxisScale:
    """The values between the lower and the upper edge of a chart, and those with a line."""

    low: float
    high: float
    marks: tuple[float, ...]
    digits: int
    """Decimals that are written."""

    def share(self, value: float) -> float:
        """0 at the lower edge, 1 at the upper one."""
        return (value - self.low) / (self.high - self.low)


def axis_scale(
    low: float, high: float, *, least: float, floor: float = -math.inf, ceiling: float = math.inf
) -> AxisScale:
    """Round marks around these values; a span of `least` at least, and nothing beyond floor and ceiling.

    What lies beyond them has its mark at the edge.
    """
    low, high = (min(max(value, floor), ceiling) for value in (low, high))
    if high - low < least:
        low = max((low + high - least) / 2, floor)
        high = min(low + least, ceiling)
        low = max(high - least, floor)
    step = _round_step((high - low) / 3)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(number * step for number in range(first, max(last, first + 1) + 1))
    return AxisScale(marks[0], marks[-1], marks, max(0, -math.floor(math.log10(step) + 1e-9)))


def time_marks(within: TimeSpan, zone: tzinfo | None = None) -> Iterator[tuple[float, str]]:
    """Round times of the wall clock in the zone (None: this machine's), and how they are written."""
    days = math.ceil(within.seconds / _DAY_S)
    by_the_day = _DAY_S * math.ceil(days / _MOST_DAYS), "%m-%d"
    step_s, form = next(((step, form) for longest, step, form in _TIMES if within.seconds <= longest), by_the_day)
    at = local_time(within.begin, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while (stands := at.timestamp()) <= within.end:
        if stands >= within.begin:
            yield stands, at.strftime(form)
        at = local_time((at + timedelta(seconds=step_s)).timestamp(), zone)


def local_time(at: float, zone: tzinfo | None = None) -> datetime:
    """The wall clock in the zone (None: this machine's)."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return power * next(nice for nice in (1, 2, 5, 10) if raw <= nice * power * (1 + 1e-9))


_WIDTH, _HEIGHT = 360, 150

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 354, 10, 128

_FINE = 10
"""Curves are drawn in tenths of a pixel, by whole numbers: half the bytes."""

_FEW = 24
"""So few readings are each drawn as a dot."""


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """How a chart is to be drawn."""

    within: TimeSpan
    gap_s: float
    """Where nothing was measured for longer than this, there is a gap."""
    language: Language = "en"
    zone: tzinfo | None = None
    """Of the times written below it; None: this machine's."""
    id_prefix: str = "chart"
    """Makes the names within it unique on its page."""


def chart(quantity: Quantity, curve: Sequence[SeriesPoint], look: ChartStyle) -> str:
    """The whole chart, in the unit that people read."""
    curve = [_in_unit(quantity, point) for point in curve]
    missing = gaps(((p.first, p.last) for p in curve), look.within, look.gap_s)
    name = f"{look.id_prefix}-{quantity.value}"
    title = f"{name_of(quantity, look.language)}, {window_of(look.within.seconds, look.language)}"
    body = "".join(_drawing(quantity, curve, missing, look)) if curve else _emptiness(look.language)
    return (
        f'<svg class="chart"{_axes(quantity, curve, look)} viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-labelledby="{name}-t {name}-d"'
        f' font-size="12" fill="none"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(_description(quantity, curve, missing, look))}</desc>{body}</svg>'
    )


def sparkline(quantity: Quantity, curve: Sequence[SeriesPoint], look: ChartStyle) -> str:
    """The curve alone, without axes, for a card; empty where nothing was measured."""
    if not curve:
        return ""
    curve = [_in_unit(quantity, point) for point in curve]
    missing = gaps(((p.first, p.last) for p in curve), look.within, look.gap_s)
    stands, span = _scale(quantity, curve), f"{_LEFT} {_TOP} {_RIGHT - _LEFT} {_BOTTOM - _TOP}"
    title = f"{name_of(quantity, look.language)}, {window_of(look.within.seconds, look.language)}: "
    said = escape(title + _description(quantity, curve, missing, look))
    lines = "".join(_line([(p.at, p.mean) for p in run], stands, look) for run in _runs(curve, look.gap_s))
    return (
        f'<svg class="spark" viewBox="{span}" preserveAspectRatio="none" role="img" aria-label="{said}" fill="none">'
        f'{_missing(missing, look)}<path d="{lines}" transform="scale({1 / _FINE:g})" stroke="var(--blue,#1f5a95)"'
        ' stroke-width="2" stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"/></svg>'
    )


def _axes(quantity: Quantity, curve: Sequence[SeriesPoint], look: ChartStyle) -> str:
    """What a script needs to tell the value under a finger."""
    if not curve:
        return ""
    stands, traits, within = _scale(quantity, curve), quantity.traits, look.within
    return (
        f' data-from="{within.begin:.0f}" data-to="{within.end:.0f}" data-low="{stands.low:g}"'
        f' data-high="{stands.high:g}" data-unit="{escape(traits.unit)}" data-digits="{traits.shown_decimals}"'
    )


def _scale(quantity: Quantity, curve: Sequence[SeriesPoint]) -> AxisScale:
    traits = quantity.traits
    lowest, highest = min(p.low for p in curve), max(p.high for p in curve)
    floor, ceiling = traits.low / traits.per_unit, traits.high / traits.per_unit
    return axis_scale(lowest, highest, least=traits.least_axis, floor=floor, ceiling=ceiling)


def _drawing(
    quantity: Quantity, curve: Sequence[SeriesPoint], missing: Sequence[TimeSpan], look: ChartStyle
) -> Iterator[str]:
    stands = _scale(quantity, curve)
    yield _missing(missing, look)
    yield from _grid(stands, look)
    runs = list(_runs(curve, look.gap_s))
    yield f'<g transform="scale({1 / _FINE:g})" stroke-linejoin="round" stroke-linecap="round">'
    if any(p.high > p.low for p in curve):
        bands = "".join(_band(run, stands, look) for run in runs if len(run) > 1)
        yield f'<path fill="var(--blue,#1f5a95)" fill-opacity=".22" d="{bands}"/>'
    lines = "".join(_line([(p.at, p.mean) for p in run], stands, look) for run in runs)
    if len(curve) <= _FEW:
        dots = "".join(_line([(p.at, p.mean)], stands, look) for p in curve)
        yield f'<path stroke="var(--blue,#1f5a95)" stroke-width="{5 * _FINE}" d="{dots}"/>'
    yield f'<path class="curve" stroke="var(--blue,#1f5a95)" stroke-width="{1.8 * _FINE:g}" d="{lines}"/></g>'


def _grid(stands: AxisScale, look: ChartStyle) -> Iterator[str]:
    levels = "".join(f"M{_LEFT} {_y(mark, stands):.1f}H{_RIGHT}" for mark in stands.marks)
    moments = [(at, text) for at, text in time_marks(look.within, look.zone)]
    sticks = "".join(f"M{_x(at, look):.1f} {_TOP}V{_BOTTOM}" for at, _ in moments)
    yield f'<path stroke="var(--line,#d5d5cf)" d="{levels}{sticks}"/><g fill="var(--dim,#5a625d)" text-anchor="end">'
    for mark in stands.marks:
        yield f'<text x="{_LEFT - 5}" y="{_y(mark, stands) + 4.5:.1f}">{mark:.{stands.digits}f}</text>'
    yield '</g><g fill="var(--dim,#5a625d)" text-anchor="middle">'
    for at, text in moments:
        if _LEFT + 8 <= (x := _x(at, look)) <= _RIGHT - 8:
            yield f'<text x="{x:.1f}" y="{_BOTTOM + 17}">{text}</text>'
    yield "</g>"


def _missing(missing: Sequence[TimeSpan], look: ChartStyle) -> str:
    """Grey where nothing was measured."""
    if not missing:
        return ""
    boxes = (
        f"M{_x(gap.begin, look):.1f} {_TOP}H{_x(gap.end, look):.1f}V{_BOTTOM}H{_x(gap.begin, look):.1f}z"
        for gap in missing
    )
    return _grey("".join(boxes))


def _emptiness(language: Language) -> str:
    x, y = (_LEFT + _RIGHT) // 2, (_TOP + _BOTTOM) // 2
    return (
        _grey(f"M{_LEFT} {_TOP}H{_RIGHT}V{_BOTTOM}H{_LEFT}z")
        + f'<text x="{x}" y="{y}" fill="var(--dim,#5a625d)" text-anchor="middle">'
        + f"{escape(record_text(language, 'no readings'))}</text>"
    )


def _grey(boxes: str) -> str:
    return f'<path class="gap" fill="var(--dim,#5a625d)" fill-opacity=".16" d="{boxes}"/>'


def _runs(curve: Sequence[SeriesPoint], gap_s: float) -> Iterator[list[SeriesPoint]]:
    """What is drawn in one stroke."""
    run: list[SeriesPoint] = []
    for point in curve:
        if run and point.first - run[-1].last > gap_s:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _line(points: Sequence[tuple[float, float]], stands: AxisScale, look: ChartStyle) -> str:
    fine = [(round(_x(at, look) * _FINE), round(_y(value, stands) * _FINE)) for at, value in points]
    if len(fine) == 1:
        return f"M{fine[0][0]} {fine[0][1]}h1"  # a reading alone is a dot
    steps = (f"{b[0] - a[0]}{b[1] - a[1]:+d}" for a, b in itertools.pairwise(fine))
    return f"M{fine[0][0]} {fine[0][1]}l{' '.join(steps)}"


def _band(run: Sequence[SeriesPoint], stands: AxisScale, look: ChartStyle) -> str:
    outline = [(p.at, p.high) for p in run] + [(p.at, p.low) for p in reversed(run)]
    return f"{_line(outline, stands, look)}z"


def _description(
    quantity: Quantity, curve: Sequence[SeriesPoint], missing: Sequence[TimeSpan], look: ChartStyle
) -> str:
    if not curve:
        return record_text(look.language, "no readings")
    digits, unit = quantity.traits.shown_decimals, quantity.traits.unit
    low, high, last = min(p.low for p in curve), max(p.high for p in curve), curve[-1].mean
    text = record_text(
        look.language,
        "from {low} to {high} {unit}, last {last} {unit}",
        low=f"{low:.{digits}f}",
        high=f"{high:.{digits}f}",
        last=f"{last:.{digits}f}",
        unit=unit,
    ).replace(" ,", ",")
    holes = record_text(look.language, "{count} gaps without readings", count=len(missing))
    return f"{text.strip()}; {holes if missing else record_text(look.language, 'no gaps')}"


def extremes(quantity: Quantity, curve: Sequence[SeriesPoint]) -> tuple[str, str] | None:
    """The lowest and the highest value as people read them, with the unit."""
    if not curve:
        return None
    low, high = min(p.low for p in curve), max(p.high for p in curve)
    return tuple(f"{written(quantity, value)} {quantity.traits.unit}".strip() for value in (low, high))  # type: ignore[return-value]


def _in_unit(quantity: Quantity, point: SeriesPoint) -> SeriesPoint:
    per = quantity.traits.per_unit
    return replace(point, mean=point.mean / per, low=point.low / per, high=point.high / per)


def _x(at: float, look: ChartStyle) -> float:
    share = (at - look.within.begin) / look.within.seconds
    return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, share))


def _y(value: float, stands: AxisScale) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(1.0, max(0.0, stands.share(value)))
