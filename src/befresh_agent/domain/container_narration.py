"""What happens with containers and their radio, told in one sentence each."""

from befresh_agent.domain import container_events
from befresh_agent.domain import events as e
from befresh_agent.domain.phrase import EventSentence, LogSeverity, Phrase
from befresh_agent.domain.quantities import Measurement, Quantity, shown, written


def describe_container(event: e.Event) -> EventSentence | None:
    """The sentence, where the event is about a container or the radio."""
    match event:
        case container_events.ReadingTaken(reading=reading, seconds=seconds):
            how = Phrase("broadcast") if seconds == 0 else Phrase("read in {seconds:.1f} s", seconds=seconds)
            values = _measurement(reading.values)
            return EventSentence(
                "containers", Phrase("{address} {how}: {values}", address=reading.address, how=how, values=values)
            )
        case container_events.BroadcastUnreadable(address=address, why=why):
            text = Phrase("{address} cannot be understood: {why}", address=address, why=why)
            return EventSentence("containers", text, LogSeverity.WARNING)
        case container_events.ReadingDoubted(address=address, why=why):
            text = Phrase("{address} is not believed: {why}", address=address, why=why)
            return EventSentence("containers", text, LogSeverity.WARNING)
        case container_events.VisitFailed(address=address, why=why):
            return EventSentence(
                "containers", Phrase("{address} not read: {why}", address=address, why=why), LogSeverity.DETAIL
            )
        case container_events.ContainerLost(address=address):
            text = Phrase("{address} does not answer; it is tried now and then", address=address)
            return EventSentence("containers", text, LogSeverity.WARNING)
        case container_events.ContainerFound(address=address):
            return EventSentence("containers", Phrase("{address} is back", address=address))
        case container_events.RadioRecovered() | container_events.RadioDown():
            return _radio(event)
    return None


def _radio(event: container_events.RadioRecovered | container_events.RadioDown) -> EventSentence:
    device = Phrase(event.device)
    if isinstance(event, container_events.RadioDown):
        text = Phrase("{device} is down, and no recovery has helped: {why}; retrying", device=device, why=event.why)
        return EventSentence("devices", text, LogSeverity.ALARM)
    template = "{device}: {remedy} (no. {times} since the start)"
    if event.error:
        template = "{device}: {remedy} (no. {times} since the start) was not possible: {error}"
    text = Phrase(template, device=device, remedy=Phrase(event.remedy), times=event.times, error=event.error)
    return EventSentence("devices", text, LogSeverity.WARNING if event.first else LogSeverity.DETAIL)


def _measurement(values: Measurement) -> Phrase:
    def told(quantity: Quantity) -> str:
        traits, value = quantity.traits, values.of(quantity)
        text = "—" if value is None else f"{written(quantity, value)} {traits.unit or 'raw'}"
        return f"{traits.short} {text}".strip()

    return Phrase("{values}", values=", ".join(map(told, shown())))
