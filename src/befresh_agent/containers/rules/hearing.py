"""Which radio has gone deaf beside one that hears: a container is read by whoever hears it, so nobody would notice.

In: whether a radio heard anybody when it listened, and when (monotonic, in seconds). Out: who is suspected of being
deaf, and who is. Radios are numbers.
"""

from dataclasses import dataclass
from math import inf

SURE_AFTER_S = 120.0
"""A radio that hears nobody for so long, beside one that does, is deaf: by then a sleeping container has advertised."""


@dataclass(slots=True)
class RadioHearing:
    """What one radio heard last."""

    heard_at: float = -inf
    silent_since: float | None = None
    """Since when nobody was heard; None while somebody is."""
    works: bool = False
    """It listened, the last time it was asked to, and heard somebody."""


class HearingComparison:
    """All radios of one fridge. One alone is never suspected: there may be nobody to hear."""

    def __init__(self, radios: int, sure_after_s: float = SURE_AFTER_S) -> None:
        self._sure_after_s = sure_after_s
        self._radios = [RadioHearing() for _ in range(radios)]

    def heard(self, radio: int, now: float) -> None:
        self._radios[radio] = RadioHearing(heard_at=now, works=True)

    def silent(self, radio: int, now: float) -> None:
        """It listened, and not one device was heard."""
        one = self._radios[radio]
        one.works = False
        one.silent_since = now if one.silent_since is None else one.silent_since

    def failed(self, radio: int) -> None:
        """It could not listen at all, so that it says nothing about the others."""
        self._radios[radio].works = False

    def suspected(self, radio: int) -> bool:
        """It heard nobody, and another radio works: what it misses is no fault of the containers."""
        return self._radios[radio].silent_since is not None and any(one.works for one in self._radios)

    def deaf(self, radio: int, now: float) -> bool:
        """So it has been for long, and another one has heard somebody meanwhile."""
        since = self._radios[radio].silent_since
        if since is None or now - since < self._sure_after_s:
            return False
        return any(one.works and one.heard_at > since for one in self._radios)
