"""What a household has to know now: what spoils, which container to look at, what to mend. Sentences for everybody.

In: how things stand. Out: concerns, what is to be eaten first at the top; none of them when all is well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from befresh_agent.domain.phrase import Phrase


class Kind(StrEnum):
    """What a concern is about."""

    EAT = "eat"
    CONTAINER = "container"
    NAME = "name"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at."""

    kind: Kind
    text: Phrase
    where: str
    """The tab that shows more of it, as a path."""
    detail: str = ""
    """What a technician wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStands:
    """How a container is doing."""

    title: str
    address: str
    rising: bool = False
    absent: bool = False
    temperature: float | None = None
    """Of a reading that is not too old, in degrees Celsius."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How everything stands at a moment."""

    over: Sequence[str | None] = ()
    """What is past its day, by name; None has none."""
    today: Sequence[str | None] = ()
    """What is to be eaten today."""
    unnamed: int = 0
    containers: Sequence[ContainerStands] = ()
    allowed: tuple[float, float] = (0.0, 10.0)
    """The right temperatures."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Devices that do not work, and why."""
    other_radio: bool = False
    """Another Bluetooth adapter works."""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with the machine or the installation, by subject."""
    broker_error: str = ""
    refused: int = 0
    """Messages that the service did not take."""
    clock_set: bool = True
    disk_full: bool = False
    update_error: str = ""
    hanging: Sequence[str] = ()
    """Parts of the agent that do not get on."""


DEVICES = {
    "camera": "The camera does not work: codes and dates cannot be read. Say or type what it is.",
    "vision": "Pictures cannot be read at the moment. Say or type what it is.",
    "date reader": "Printed dates cannot be read at the moment. Set them here.",
    "microphone": "The microphone does not work: names cannot be heard. Type them here.",
    "voice": "The fridge cannot hear at the moment. Type names here.",
    "wake word": "The wake phrase cannot be heard at the moment. Add food here.",
    "speaker": "The loudspeaker does not work: look here for what the fridge says.",
    "button": "The button does not work. Press it here.",
    "distance": "The distance sensor does not work: close the session by the button.",
    "notices": "Notices do not get through at the moment; they are tried again.",
    "home assistant": "Home Assistant does not hear from the fridge at the moment; the fridge works as always.",
}
"""What it means for the household; a device that is not here is a radio."""
_RADIO = "Bluetooth does not work: containers are not measured."
_ONE_RADIO = "One Bluetooth adapter does not work; the other one measures the containers."
_TROUBLES = {"power": "The fridge gets too little power: use its own power supply and a short cable."}
_TROUBLE = "The fridge's computer needs a look."
_TOO_WARM, _TOO_COLD = "{container} is too warm: {value} °C", "{container} is too cold: {value} °C"
_SILENT = ("page",)
"""Whoever reads this sees that it works."""


def concerns(now: Situation) -> list[Concern]:
    """Everything to look at."""
    return [*_foods(now), *_containers(now), *_names(now), *_mends(now)]


def _foods(now: Situation) -> Iterator[Concern]:
    for foods, one, several in (
        (now.over, "{food} is past its day", "{food} and {count} more are past their day"),
        (now.today, "{food} is for today", "{food} and {count} more are for today"),
    ):
        if foods:
            first = foods[0] or Phrase("Food without a name")
            text = Phrase(several, food=first, count=len(foods) - 1) if len(foods) > 1 else Phrase(one, food=first)
            yield Concern(Kind.EAT, text, "/food?shelf=soon")


def _containers(now: Situation) -> Iterator[Concern]:
    coldest, warmest = now.allowed
    for one in now.containers:
        where, value = f"/containers/{one.address}", one.temperature
        if one.rising:
            text = Phrase("{container}: its air is changing, have a look", container=one.title)
            yield Concern(Kind.CONTAINER, text, where)
        if value is not None and not coldest <= value <= warmest:
            template = _TOO_WARM if value > warmest else _TOO_COLD
            yield Concern(Kind.CONTAINER, Phrase(template, container=one.title, value=f"{value:.1f}"), where)
        if one.absent:
            text = Phrase("{container} does not answer: is it near, is its battery good?", container=one.title)
            yield Concern(Kind.CONTAINER, text, where)


def _names(now: Situation) -> Iterator[Concern]:
    if now.unnamed:
        one, several = "1 food waits for its name", "{count} foods wait for their names"
        text = Phrase(one) if now.unnamed == 1 else Phrase(several, count=now.unnamed)
        yield Concern(Kind.NAME, text, "/food?shelf=unnamed")


def _mends(now: Situation) -> Iterator[Concern]:
    for device, detail in now.lost.items():
        if device not in _SILENT:
            text = Phrase(DEVICES.get(device, _ONE_RADIO if now.other_radio else _RADIO))
            yield Concern(Kind.MEND, text, "/health", detail)
    if now.broker_error:
        text = Phrase("The food service cannot be reached. Nothing is lost: everything is sent later.")
        yield Concern(Kind.MEND, text, "/delivery", now.broker_error)
    if now.refused:
        yield Concern(Kind.MEND, Phrase("The food service did not take everything."), "/delivery")
    if not now.clock_set:
        yield Concern(Kind.MEND, Phrase("The clock is not set: days and times may be wrong."), "/health")
    if now.disk_full:
        text = Phrase("The memory card is full: make room, or soon nothing more can be kept.")
        yield Concern(Kind.MEND, text, "/health")
    if now.update_error:
        text = Phrase("The last update did not work; the fridge goes on as before.")
        yield Concern(Kind.MEND, text, "/health", now.update_error)
    told = {"updates": bool(now.update_error), "disk": now.disk_full}
    for subject, detail in now.troubles.items():
        if not told.get(subject):
            yield Concern(Kind.MEND, Phrase(_TROUBLES.get(subject, _TROUBLE)), "/health", detail)
    if now.hanging:
        text = Phrase("A part of the fridge hangs; it starts again by itself.")
        yield Concern(Kind.MEND, text, "/health", ", ".join(now.hanging))
