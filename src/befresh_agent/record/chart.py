"""A curve as SVG: one line, the span of what it sums up behind it, and gaps that are seen as gaps.

In: points. Out: text of a few kilobytes for the middle of an HTML page, whose colours it takes: `--blue`, `--line`,
`--dim`, `--ink`, or its own where the page has none.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape

from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.series import Point, Span, gaps
from befresh_agent.record.scale import Scale, scale, times
from befresh_agent.record.words import Language, name_of, say, unit_of, window_of

_WIDTH, _HEIGHT = 360, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 354, 10, 128
_FINE = 10
"""Curves are drawn in tenths of a pixel, by whole numbers: half the bytes."""
_FEW = 24
"""So few readings are each drawn as a dot."""
_LIMITS = {Quantity.HUMIDITY: (0.0, 100.0), Quantity.GAS: (0.0, float("inf")), Quantity.NH3: (0.0, float("inf"))}
_LEAST = {Quantity.TEMPERATURE: 2.0, Quantity.HUMIDITY: 6.0, Quantity.GAS: 10.0, Quantity.NH3: 10.0}
"""Smaller spans are not blown up: noise would look like news."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is to be drawn."""

    within: Span
    gap_s: float
    """Where nothing was measured for longer than this, there is a gap."""
    language: Language = "en"
    zone: tzinfo | None = None
    """Of the times written below it; None: this machine's."""
    id_prefix: str = "chart"
    """Makes the names within it unique on its page."""


def chart(quantity: Quantity, curve: Sequence[Point], look: Look) -> str:
    """The whole chart. Gas is drawn in kiloohm."""
    curve = [_in_unit(quantity, point) for point in curve]
    missing = gaps(((p.first, p.last) for p in curve), look.within, look.gap_s)
    name = f"{look.id_prefix}-{quantity.value}"
    title = f"{name_of(quantity, look.language)}, {window_of(look.within.seconds, look.language)}"
    body = "".join(_drawing(quantity, curve, missing, look)) if curve else _emptiness(look.language)
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}-t {name}-d"'
        f' font-size="12" fill="none"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(_description(quantity, curve, missing, look))}</desc>{body}</svg>'
    )


def _drawing(quantity: Quantity, curve: Sequence[Point], missing: Sequence[Span], look: Look) -> Iterator[str]:
    low, high = _LIMITS.get(quantity, (-1e9, 1e9))
    lowest, highest = min(p.low for p in curve), max(p.high for p in curve)
    stands = scale(lowest, highest, least=_LEAST[quantity], floor=low, ceiling=high)
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
    yield f'<path stroke="var(--blue,#1f5a95)" stroke-width="{1.8 * _FINE:g}" d="{lines}"/></g>'


def _grid(stands: Scale, look: Look) -> Iterator[str]:
    levels = "".join(f"M{_LEFT} {_y(mark, stands):.1f}H{_RIGHT}" for mark in stands.marks)
    moments = [(at, text) for at, text in times(look.within, look.zone)]
    sticks = "".join(f"M{_x(at, look):.1f} {_TOP}V{_BOTTOM}" for at, _ in moments)
    yield f'<path stroke="var(--line,#d5d5cf)" d="{levels}{sticks}"/><g fill="var(--dim,#5a625d)" text-anchor="end">'
    for mark in stands.marks:
        yield f'<text x="{_LEFT - 5}" y="{_y(mark, stands) + 4.5:.1f}">{mark:.{stands.digits}f}</text>'
    yield '</g><g fill="var(--dim,#5a625d)" text-anchor="middle">'
    for at, text in moments:
        if _LEFT + 8 <= (x := _x(at, look)) <= _RIGHT - 8:
            yield f'<text x="{x:.1f}" y="{_BOTTOM + 17}">{text}</text>'
    yield "</g>"


def _missing(missing: Sequence[Span], look: Look) -> str:
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
        + f"{escape(say(language, 'no readings'))}</text>"
    )


def _grey(boxes: str) -> str:
    return f'<path class="gap" fill="var(--dim,#5a625d)" fill-opacity=".16" d="{boxes}"/>'


def _runs(curve: Sequence[Point], gap_s: float) -> Iterator[list[Point]]:
    """What is drawn in one stroke."""
    run: list[Point] = []
    for point in curve:
        if run and point.first - run[-1].last > gap_s:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _line(points: Sequence[tuple[float, float]], stands: Scale, look: Look) -> str:
    fine = [(round(_x(at, look) * _FINE), round(_y(value, stands) * _FINE)) for at, value in points]
    if len(fine) == 1:
        return f"M{fine[0][0]} {fine[0][1]}h1"  # a reading alone is a dot
    steps = (f"{b[0] - a[0]}{b[1] - a[1]:+d}" for a, b in itertools.pairwise(fine))
    return f"M{fine[0][0]} {fine[0][1]}l{' '.join(steps)}"


def _band(run: Sequence[Point], stands: Scale, look: Look) -> str:
    outline = [(p.at, p.high) for p in run] + [(p.at, p.low) for p in reversed(run)]
    return f"{_line(outline, stands, look)}z"


def _description(quantity: Quantity, curve: Sequence[Point], missing: Sequence[Span], look: Look) -> str:
    if not curve:
        return say(look.language, "no readings")
    digits, unit = 1 if quantity is Quantity.TEMPERATURE else 0, unit_of(quantity)
    low, high, last = min(p.low for p in curve), max(p.high for p in curve), curve[-1].mean
    text = say(
        look.language,
        "from {low} to {high} {unit}, last {last} {unit}",
        low=f"{low:.{digits}f}",
        high=f"{high:.{digits}f}",
        last=f"{last:.{digits}f}",
        unit=unit,
    ).replace(" ,", ",")
    holes = say(look.language, "{count} gaps without readings", count=len(missing))
    return f"{text.strip()}; {holes if missing else say(look.language, 'no gaps')}"


def _in_unit(quantity: Quantity, point: Point) -> Point:
    if quantity is not Quantity.GAS:
        return point
    return Point(point.first, point.last, point.mean / 1000, point.low / 1000, point.high / 1000)


def _x(at: float, look: Look) -> float:
    share = (at - look.within.begin) / look.within.seconds
    return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, share))


def _y(value: float, stands: Scale) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * stands.share(value)
