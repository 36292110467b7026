"""What the fridge is doing, as the page shows it."""

from collections.abc import Iterable
from typing import Literal

from befresh_agent import __version__
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, OtherCodeSeen, ProductSeen
from befresh_agent.domain.glimpse import Glimpse
from befresh_agent.domain.narration import Weight
from befresh_agent.domain.trigger import Press
from befresh_agent.page.health_desk import devices
from befresh_agent.page.memory import Memory, News
from befresh_agent.page.models import Line, Now, Pressed, Registered, Sight, Sound, Spot
from befresh_agent.page.sources import Sources
from befresh_agent.page.veil import Veil

MEANINGS = {
    Cue.ON: "The session is open: show something.",
    Cue.OFF: "The session is closed.",
    Cue.SPEAK: "Say the food's name now.",
    Cue.REGISTERED: "The item is on disk.",
    Cue.NOT_A_CONTAINER: "This QR code does not belong to a container.",
    Cue.TOO_DARK: "The camera sees nothing: make light.",
    Cue.BLURRED: "What is shown is out of focus or moves: hold it still, at another distance.",
    Cue.TOO_CLOSE: "What is shown does not fit into the view: hold it further away.",
    Cue.SILENCE: "Nobody spoke: say it again.",
    Cue.UNINTELLIGIBLE: "Somebody spoke, but it was not understood: say it again.",
    Cue.NO_SERVICE: "Speech cannot be understood at the moment: say it again, or name it later.",
    Cue.UNNAMED: "The item is kept without a name.",
    Cue.UNDONE: "The last item was taken back.",
    Cue.NOTHING: "There is nothing to take back.",
    Cue.CANCELLED: "The whole session was taken back.",
    Cue.FAILED: "It could not be saved: nothing was registered.",
}
"""What each sound tells a person."""
_SHOWN = 14


class NowDesk:
    def __init__(self, sources: Sources, memory: Memory, veil: Veil) -> None:
        self._sources = sources
        self._veil = veil
        self._memory = memory

    def now(self) -> Now:
        memory, sources = self._memory, self._sources
        return Now(
            time=sources.clock.now(),
            version=__version__,
            fridge=sources.settings.fridge.id or 0,
            simulated=sources.simulated,
            stage=memory.stage,
            opened=memory.opened,
            items=[
                Registered(name=item.name, container=item.address, use_by=item.expires_on)
                for item in sources.session() or ()
            ],
            sight=_sight(memory.sight, memory.sights) if memory.sight else None,
            sound=_sound(memory),
            devices=devices(sources, self._veil),
            news=[self._line(one) for one in list(memory.news)[: -_SHOWN - 1 : -1]],
        )

    def picture(self) -> bytes | None:
        """What the camera saw last, as JPEG."""
        return self._memory.sight.picture if self._memory.sight else None

    def press(self, pressed: Pressed) -> None:
        """Push the button from here."""
        self._sources.press(Press(pressed.press))

    def _line(self, news: News) -> Line:
        weight = news.sentence.weight
        level: Literal["info", "warning", "error"] = (
            "error" if weight >= Weight.ALARM else "warning" if weight is Weight.WARNING else "info"
        )
        return Line(at=news.at, part=news.sentence.part, text=self._veil.over(news.sentence.text), level=level)


def _sound(memory: Memory) -> Sound | None:
    if memory.cue is None or memory.cue_at is None:
        return None
    return Sound(cue=memory.cue, at=memory.cue_at, meaning=MEANINGS[memory.cue])


def _sight(glimpse: Glimpse, number: int) -> Sight:
    findings = glimpse.findings
    return Sight(
        number=number,
        at=glimpse.at,
        width=glimpse.width,
        height=glimpse.height,
        boxes=list(_boxes(findings.detections)),
        milliseconds=findings.milliseconds,
        hint=findings.hint,
    )


def _boxes(detections: Iterable[Detection]) -> Iterable[Spot]:
    for found in detections:
        match found:
            case ContainerSeen(address=address):
                yield Spot(kind="container", label=address, corners=list(found.corners))
            case OtherCodeSeen(text=text):
                yield Spot(kind="code", label=text[:60], corners=list(found.corners))
            case ProductSeen(product=product):
                yield Spot(kind="product", label=product.gtin, corners=list(found.corners))
            case DateSeen(date=day):
                yield Spot(kind="date", label=day.isoformat(), corners=list(found.corners))
