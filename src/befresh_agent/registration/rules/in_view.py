"""What is before the camera right now, which product it is, and when to hint that nothing can be read.

The same thing counts again only after it was out of view. A hint is given when it held for a while, and not over and
over. In: what each frame shows and its time. Out: values. No I/O, no clock.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    Detection,
    FrameFindings,
    OtherCodeSeen,
    ProductSeen,
    ViewHint,
)
from befresh_agent.domain.gs1 import Product

_FRAMES_OUT = 3
"""Single frames miss what is plainly there (blur, glare): so many in a row must agree that it is gone."""


@dataclass(slots=True)
class _SeenThing:
    last: float
    missed: int = 0


class ViewMemory:
    """Remembers things from when they are first noted until they are out of view for `out_s` seconds."""

    def __init__(self, out_s: float) -> None:
        self._out_s = out_s
        self._sightings: dict[Hashable, _SeenThing] = {}

    def note(self, thing: Hashable, now: float) -> None:
        """From now on the thing is known to be in view."""
        self._sightings[thing] = _SeenThing(now)

    def frame(self, seen: Iterable[Hashable], now: float) -> None:
        """Look at one frame: known things seen in it stay, those gone for long enough are forgotten."""
        seen = set(seen)
        for thing, sighting in list(self._sightings.items()):
            if thing in seen:
                self._sightings[thing] = _SeenThing(now)
                continue
            sighting.missed += 1
            if sighting.missed >= _FRAMES_OUT and now - sighting.last >= self._out_s:
                del self._sightings[thing]

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._sightings

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._sightings)


class ProductView:
    """Remembers the product of the last code until it is out of view for `out_s` seconds."""

    def __init__(self, out_s: float) -> None:
        self._out_s = out_s
        self._at = 0.0
        self.product: Product | None = None

    def frame(self, findings: FrameFindings, now: float) -> None:
        products = [found.product for found in findings.detections if isinstance(found, ProductSeen)]
        if products:
            self.product, self._at = products[0], now
        elif now - self._at >= self._out_s:
            self.product = None


class HintFilter:
    """Tells a hint that held for `after_s` seconds, and then not again for `again_s`."""

    def __init__(self, after_s: float = 2.0, again_s: float = 10.0) -> None:
        self._after_s = after_s
        self._again_s = again_s
        self._hint: ViewHint | None = None
        self._since = 0.0
        self._quiet_until = float("-inf")

    def feed(self, hint: ViewHint | None, now: float) -> ViewHint | None:
        """Take one frame's hint; None when the frame was good, or showed something that was read."""
        if hint is not self._hint:
            self._hint, self._since = hint, now
        if hint is None or now < max(self._since + self._after_s, self._quiet_until):
            return None
        self._quiet_until = now + self._again_s
        return hint


class SpellingHint:
    """Tells once that dates are printed in a way that is switched off: when so many frames showed the same way."""

    def __init__(self, frames: int = 3) -> None:
        self._frames = frames
        self._seen: Counter[str] = Counter()
        self._told = False

    def see(self, unused: str | None) -> str | None:
        """Take what one frame shows; the way to tell of now."""
        if unused is None or self._told:
            return None
        self._seen[unused] += 1
        self._told = self._seen[unused] >= self._frames
        return unused if self._told else None


SOUND_OF_HINT = {
    ViewHint.TOO_DARK: Cue.TOO_DARK,
    ViewHint.BLURRED: Cue.BLURRED,
    ViewHint.TOO_CLOSE: Cue.TOO_CLOSE,
}


def thing_of(found: Detection) -> Address | date | str:
    """What makes a detection the same thing in the next frame."""
    match found:
        case ContainerSeen(address=address):
            return address
        case DateSeen(date=day):
            return day
        case OtherCodeSeen(text=text):
            return text
        case ProductSeen(product=product):
            return product.gtin
