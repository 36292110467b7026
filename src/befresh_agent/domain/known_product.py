"""What is known of a product beside its number: its name here, and how long its packs usually keep. Pure rules.

In: numbers and names, also of a list from outside, which is hostile by assumption. Out: products with sound ones.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.gs1 import product_in_code
from befresh_agent.errors import InvalidValue

PACKS_REMEMBERED = 5
_ENOUGH = 2
"""One pack may have been an old one."""


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product with a name."""

    gtin: str
    """14 digits."""
    name: str
    own: bool = True
    """Whether it was named here; else an imported list names it so."""
    days: tuple[int, ...] = ()
    """How many days its latest packs had left when they were registered, the newest last."""

    @property
    def usual_days(self) -> int | None:
        """How many days a pack has at least, going by the latest; an estimate that errs on the early side."""
        return min(self.days) if len(self.days) >= _ENOUGH else None


def with_pack(days: Sequence[int], left: int) -> tuple[int, ...]:
    """The days of the latest packs with those of one more; a pack that came past its day tells nothing."""
    return (*days, left)[-PACKS_REMEMBERED:] if left >= 0 else tuple(days)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of a list that names no product."""

    number: int
    why: str


def read_list(lines: Iterable[str]) -> Iterator[KnownProduct | RefusedLine]:
    """The products of a list of comma-separated values with the columns `gtin` and `name`, further ones ignored.

    Raises `InvalidValue` where those columns are missing or the file is no list at all.
    """
    rows = csv.reader(lines)
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        if not {"gtin", "name"} <= set(header):
            raise InvalidValue("its first line must name the columns: gtin,name")
        gtin, name = header.index("gtin"), header.index("name")
        for row in rows:
            if row:
                yield _listed(rows.line_num, row, gtin, name)
    except csv.Error as error:
        raise InvalidValue(f"line {rows.line_num}: {error}") from error


def _listed(number: int, row: Sequence[str], gtin: int, name: int) -> KnownProduct | RefusedLine:
    if len(row) <= max(gtin, name):
        return RefusedLine(number, "a value is missing")
    product = product_in_code(row[gtin].strip())
    if product is None:
        return RefusedLine(number, f"{row[gtin].strip()[:40]!r} is no product number")
    try:
        return KnownProduct(product.gtin, typed_name(row[name]), own=False)
    except InvalidValue as error:
        return RefusedLine(number, str(error))
