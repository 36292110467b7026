"""Long names that nobody wants to type (item ids, message ids, addresses) by their first letters.

In: what was typed and who there is. Out: the one that is meant, or an error that lists those it could be. Capitals,
colons and dashes do not matter.
"""

from collections.abc import Collection, Sequence

from befresh_agent.errors import InvalidValue

_LEAST = 8
_LISTED = 8


def matching(typed: str, there: Collection[str]) -> list[str]:
    """Those that begin so, in their order; the one that is called exactly so counts alone."""
    begins = _bare(typed)
    if not begins:
        return []
    found = [one for one in there if _bare(one).startswith(begins)]
    return [one for one in found if _bare(one) == begins] or found


def the_one(typed: str, there: Collection[str], what: str) -> str | None:
    """The only one that begins so, None when nobody does. Raises `InvalidValue` when several do."""
    found = matching(typed, there)
    if len(found) > 1:
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise InvalidValue(
            f"{len(found)} {what}s begin with {typed}: {', '.join(found[:_LISTED])}{more}; type more of it"
        )
    return found[0] if found else None


def shortest(ids: Sequence[str]) -> dict[str, str]:
    """For each, as few of its first letters as tell it from the others, and never an end that is no letter."""
    return {one: _short(one, [other for other in ids if other != one]) for one in ids}


def _short(one: str, others: Sequence[str]) -> str:
    for length in range(_LEAST, len(one)):
        begins = one[:length]
        if begins[-1].isalnum() and not any(_bare(other).startswith(_bare(begins)) for other in others):
            return begins
    return one


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
