"""What is before the camera right now: the same thing counts again only after it was out of view."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

_FRAMES_OUT = 3
"""Single frames miss what is plainly there (blur, glare): so many in a row must agree that it is gone."""


@dataclass(slots=True)
class _Sighting:
    last: float
    missed: int = 0


class View:
    """Remembers things from when they are first noted until they are out of view for `out_s` seconds."""

    def __init__(self, out_s: float) -> None:
        self._out_s = out_s
        self._sightings: dict[Hashable, _Sighting] = {}

    def note(self, thing: Hashable, now: float) -> None:
        """From now on the thing is known to be in view."""
        self._sightings[thing] = _Sighting(now)

    def frame(self, seen: Iterable[Hashable], now: float) -> None:
        """Look at one frame: known things seen in it stay, those gone for long enough are forgotten."""
        seen = set(seen)
        for thing, sighting in list(self._sightings.items()):
            if thing in seen:
                self._sightings[thing] = _Sighting(now)
                continue
            sighting.missed += 1
            if sighting.missed >= _FRAMES_OUT and now - sighting.last >= self._out_s:
                del self._sightings[thing]

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._sightings

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._sightings)
