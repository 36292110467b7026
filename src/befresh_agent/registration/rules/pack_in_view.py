"""The one pack before the camera, as far as it was read: its container's address, its product, its date.

In: what each frame shows and its time, or a photo. Out: what is known of the pack. No I/O, no clock.
"""

from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    FrameFindings,
    OtherCodeSeen,
    PackPhoto,
    ProductSeen,
)
from befresh_agent.registration.rules.agreement import DateAgreement, agreed_in_frame

_FRAMES_OUT = 3
"""Single frames miss what is plainly there: so many in a row must agree that it is gone."""


@dataclass(slots=True)
class SeenPack:
    """What is known of a pack."""

    since: float
    """When it was seen first."""
    address: Address | None = None
    gtin: str | None = None
    day: date | None = None
    settled: bool = False
    """Whether the session is done with it."""

    @property
    def has_code(self) -> bool:
        return self.address is not None or self.gtin is not None

    @property
    def is_known(self) -> bool:
        return self.has_code or self.day is not None

    def is_other(self, address: Address | None, gtin: str | None) -> bool:
        """Whether these codes, or only a date, are seen of another pack; no date is printed on a container."""
        if self.address is not None:
            return address != self.address
        return address is not None or (gtin is not None and self.gtin not in (None, gtin))


class PackTracker:
    """It is another pack when everything was out of view for `out_s` seconds, or when another code is seen."""

    def __init__(self, out_s: float, memory_s: float) -> None:
        self._out_s = out_s
        self._memory_s = memory_s
        self._agreement = DateAgreement(memory_s=memory_s, gone_s=out_s)
        self._last = 0.0
        self._missed = 0
        self.pack: SeenPack | None = None
        """None while nothing is before the camera."""

    def frame(self, findings: FrameFindings, now: float) -> SeenPack | None:
        """Look at one frame; the pack in view."""
        found = findings.detections
        address = next((one.address for one in found if isinstance(one, ContainerSeen)), None)
        gtin = next((one.product.gtin for one in found if isinstance(one, ProductSeen)), None)
        dates = [one for one in found if isinstance(one, DateSeen)]
        if not (address or gtin or dates):
            return self._miss(now)
        if self.pack is None or self.pack.is_other(address, gtin):
            self.pack, self._agreement = SeenPack(now), DateAgreement(memory_s=self._memory_s, gone_s=self._out_s)
        pack, self._last, self._missed = self.pack, now, 0
        pack.address, pack.gtin = address or pack.address, gtin or pack.gtin
        agreed = self._agreement.add_frame(dates, now, findings.doubt)
        if agreed is not None:
            self._date(agreed.date, gtin, now)
        return self.pack

    def _date(self, day: date, gtin: str | None, now: float) -> None:
        """A later date than the known one is the use-by date behind the made-on date, or stands on the next pack."""
        pack = self.pack
        if pack is None or (pack.day is not None and day <= pack.day):
            return
        if pack.day is not None and pack.settled:
            self.pack = SeenPack(now, gtin=gtin, day=day)
        else:
            pack.day = day

    def _miss(self, now: float) -> SeenPack | None:
        self._missed += 1
        if self._missed >= _FRAMES_OUT and now - self._last >= self._out_s:
            self.pack = None
        return self.pack


def pack_in_photo(findings: FrameFindings) -> PackPhoto:
    """What a photo shows, a date that is not sure included: whoever sees it knows better."""
    found = findings.detections
    dates = [one for one in found if isinstance(one, DateSeen)]
    agreed = agreed_in_frame(dates)
    return PackPhoto(
        address=next((one.address for one in found if isinstance(one, ContainerSeen)), None),
        product=next((one.product for one in found if isinstance(one, ProductSeen)), None),
        date=agreed or next(iter(dates), findings.doubt),
        is_sure=agreed is not None,
        other_code=any(isinstance(one, OtherCodeSeen) for one in found),
        hint=findings.hint,
        unused=findings.unused,
    )
