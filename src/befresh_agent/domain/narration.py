"""What happened, told in one sentence each: the log and the terminal use the same words."""

from dataclasses import dataclass
from enum import IntEnum

from befresh_agent.domain import events as e
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, OtherCodeSeen, ProductSeen
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.reading import Measurement
from befresh_agent.domain.trigger import Presence, Press, Trigger


class Weight(IntEnum):
    """How much a sentence matters; the numbers are those of Python's logging."""

    DETAIL = 10
    NEWS = 20
    WARNING = 30
    ALARM = 40


@dataclass(frozen=True, slots=True)
class Sentence:
    part: str
    """Which part of the agent speaks: session, vision, voice, sound, containers, delivery, devices, agent."""
    text: str
    weight: Weight = Weight.NEWS
    detail: str = ""
    """More lines for the log alone, such as a traceback."""


def tell(event: e.Event) -> Sentence:
    """The sentence for an event."""
    for narrate in (_session, _containers, _delivery):
        if (sentence := narrate(event)) is not None:
            return sentence
    return _agent(event)


def _session(event: e.Event) -> Sentence | None:
    match event:
        case e.Triggered(trigger=trigger):
            return Sentence(
                "session", _trigger(trigger), Weight.DETAIL if isinstance(trigger, Presence) else Weight.NEWS
            )
        case e.SessionOpened():
            return Sentence("session", "session open: show food, or say the wake phrase")
        case e.SessionClosed(why=why, items=items, unnamed=unnamed):
            waiting = f", {_count(unnamed, 'item')} waiting for a name" if unnamed else ""
            return Sentence("session", f"session closed ({why}): {_count(items, 'item')} sent{waiting}")
        case e.SessionRecovered(items=items):
            return Sentence(
                "session", f"an interrupted session was settled from disk: {_count(items, 'item')}", Weight.WARNING
            )
        case e.Detected(detection=detection):
            return Sentence("vision", _detection(detection))
        case e.HardToSee(hint=hint):
            return Sentence("vision", f"the picture is {hint}")
        case e.CuePlayed(cue=cue):
            return Sentence("sound", f"♪ {cue}", Weight.DETAIL)
        case e.NameHeard(name=name):
            return Sentence("voice", f"heard “{name}”")
        case e.NameMissed(why=why, attempt=attempt):
            return Sentence("voice", f"no name ({why}), attempt {attempt}", Weight.WARNING)
        case e.ItemRegistered(item=item):
            return Sentence("session", f"registered {_item(item)}")
        case e.ItemRemoved(item=item):
            return Sentence("session", f"taken back {_item(item)}")
        case e.NotKept(what=what, error=error):
            return Sentence("session", f"{what} could not be saved: {error}", Weight.ALARM)
    return None


def _containers(event: e.Event) -> Sentence | None:
    match event:
        case e.ReadingTaken(reading=reading, seconds=seconds):
            how = "broadcast" if seconds == 0 else f"read in {seconds:.1f} s"
            return Sentence("containers", f"{reading.address} {how}: {_measurement(reading.values)}")
        case e.BroadcastUnreadable(address=address, why=why):
            return Sentence("containers", f"{address} cannot be understood: {why}", Weight.WARNING)
        case e.VisitFailed(address=address, why=why):
            return Sentence("containers", f"{address} not read: {why}", Weight.DETAIL)
        case e.ContainerLost(address=address):
            return Sentence("containers", f"{address} does not answer; it is tried now and then", Weight.WARNING)
        case e.ContainerFound(address=address):
            return Sentence("containers", f"{address} is back")
        case e.RadioTreated(device=device, remedy=remedy, times=times, first=first, error=error):
            outcome = f" was not possible: {error}" if error else ""
            weight = Weight.WARNING if first else Weight.DETAIL
            return Sentence("devices", f"{device}: {remedy} (no. {times} since the start){outcome}", weight)
        case e.RadioDown(device=device, why=why):
            return Sentence(
                "devices", f"{device} is down, and nothing helps: {why}; it is tried for ever", Weight.ALARM
            )
    return None


def _delivery(event: e.Event) -> Sentence | None:
    match event:
        case e.MessageQueued(seq=seq, topic=topic, summary=summary):
            return Sentence("delivery", f"message {seq} for {topic} is on disk: {summary}")
        case e.MessageDelivered(seq=seq, topic=topic, where=where):
            return Sentence("delivery", f"message {seq} for {topic} delivered to {where}")
        case e.MessageDead(seq=seq, topic=topic, error=error):
            return Sentence("delivery", f"message {seq} for {topic} is refused and set aside: {error}", Weight.ALARM)
        case e.BrokerLost(error=error, waiting=waiting):
            return Sentence(
                "delivery", f"broker out of reach, {_count(waiting, 'message')} waiting: {error}", Weight.WARNING
            )
        case e.BrokerFound(offline_s=seconds):
            return Sentence("delivery", f"broker is back after {seconds:.0f} s")
        case e.TimesCorrected(count=count):
            return Sentence("delivery", f"the clock is set: {_count(count, 'reading')} dated anew")
        case e.ReadingsDropped(count=count):
            text = f"{_count(count, 'reading')} given up: the store is full or damaged"
            return Sentence("delivery", text, Weight.ALARM)
    return None


def _agent(event: e.Event) -> Sentence:
    match event:
        case e.DeviceChanged(device=device, state=state, detail=detail, back=back):
            weight = Weight.WARNING if state is e.DeviceState.LOST else Weight.NEWS if back else Weight.DETAIL
            text = f"{device} is {state}" + (" again" if back else "") + (f": {detail}" if detail else "")
            return Sentence("devices", text, weight)
        case e.DiskFull(folder=folder):
            text = f"the disk with {folder} is full: the reserve is in use, make room now"
            return Sentence("agent", text, Weight.ALARM)
        case e.MemoryReplaced(kept_as=kept_as, error=error, rescued=rescued):
            text = f"the database was damaged ({error}): kept as {kept_as}, {_count(rescued, 'row')} rescued"
            return Sentence("agent", text, Weight.ALARM)
        case e.Restarted(part=part, error=error, pause_s=pause, trace=trace):
            return Sentence("agent", f"{part} crashed ({error}); again in {pause:.1f} s", Weight.ALARM, trace)
        case e.Stalled(part=part):
            return Sentence("agent", f"{part} hangs; the watchdog is not fed until it gets on", Weight.ALARM)
    return Sentence("agent", str(event))


def _trigger(trigger: Trigger) -> str:
    match trigger:
        case Press():
            return f"button: {trigger} press" if trigger is not Press.HOLD else "button held"
        case Presence(near=near):
            return "somebody is there" if near else "nobody is there"
    return "wake phrase heard"


def _detection(detection: Detection) -> str:
    match detection:
        case ContainerSeen(address=address):
            return f"container code {address}"
        case DateSeen(date=day, confidence=confidence):
            return f"expiry date {day} (confidence {confidence:.2f})"
        case ProductSeen(product=product):
            return f"product {product.gtin}"
        case OtherCodeSeen(text=text):
            return f"not a container's code: {text[:60]!r}"


def _item(item: FoodItem) -> str:
    name = item.name or "an unnamed food"
    if item.address:
        return f"{name} in container {item.address}"
    return f"{name}, use by {item.expires_on}" if item.expires_on else name


def _measurement(values: Measurement) -> str:
    def show(value: float | None, unit: str) -> str:
        return "—" if value is None else f"{value}{unit}"

    return (
        f"{show(values.temperature, ' °C')}, {show(values.humidity, ' %')}, gas {show(values.gas, ' Ω')}, "
        f"NH3 {show(values.nh3, '')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
