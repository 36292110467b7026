"""What happened, told in one sentence each: the log and the terminal use the same words."""

from befresh_agent.domain import container_events, delivery_events
from befresh_agent.domain import events as e
from befresh_agent.domain.container_narration import describe_container
from befresh_agent.domain.cue import cue_sentence
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, OtherCodeSeen, ProductSeen
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.phrase import EventSentence, LogSeverity, Phrase, counted
from befresh_agent.domain.spoken_answer import SpokenIntent
from befresh_agent.domain.trigger import Presence, Press, Trigger


def describe(event: e.Event) -> EventSentence:
    """The sentence for an event."""
    for narrate in (_play, _goods, _session, _seen, _voice, describe_container, _delivery):
        if (sentence := narrate(event)) is not None:
            return sentence
    return _agent(event)


def _play(event: e.Event) -> EventSentence | None:
    match event:
        case e.StageDirection(text=text):
            return EventSentence("person", text)
        case e.PaceChanged(speed=1):
            return EventSentence("time", Phrase("time runs as usual again"))
        case e.PaceChanged(speed=speed):
            return EventSentence("time", Phrase("time runs {speed:g} times as fast from here", speed=speed))
    return None


def _session(event: e.Event) -> EventSentence | None:
    match event:
        case e.TriggerReceived(trigger=trigger):
            weight = LogSeverity.DETAIL if isinstance(trigger, Presence) else LogSeverity.NEWS
            return EventSentence("session", _trigger(trigger), weight)
        case e.SessionOpened():
            return EventSentence("session", Phrase("session open: show food, or say the wake phrase"))
        case e.SessionClosed():
            return EventSentence("session", _closed(event))
        case e.SessionRecovered(items=items):
            text = Phrase("an interrupted session was settled from disk: {items}", items=_items(items))
            return EventSentence("session", text, LogSeverity.WARNING)
        case e.CuePlayed(cue=cue, about=about):
            text = Phrase("♪ {cue}: {meaning}", cue=cue, meaning=cue_sentence(cue, about))
            return EventSentence("sound", text, LogSeverity.DETAIL)
        case e.ItemRegistered(item=item):
            return EventSentence("session", Phrase("registered {item}", item=_item(item)))
        case e.ItemRemoved(item=item):
            return EventSentence("session", Phrase("taken back {item}", item=_item(item)))
        case e.NotKept(what=what, error=error):
            text = Phrase("{what} could not be saved: {error}", what=Phrase(what), error=error)
            return EventSentence("agent", text, LogSeverity.ALARM)
    return None


def _seen(event: e.Event) -> EventSentence | None:
    match event:
        case e.ThingDetected(detection=detection):
            return EventSentence("vision", _detection(detection))
        case e.HardToSee(hint=hint):
            return EventSentence("vision", Phrase("the picture is {hint}", hint=Phrase(hint)))
        case e.OtherSpelling(way=way):
            return EventSentence("vision", Phrase("a date is printed as {way}, which is switched off", way=way))
        case e.DateAsked(day=day):
            return EventSentence("vision", Phrase("asked whether {day} was read right", day=day.isoformat()))
    return None


def _voice(event: e.Event) -> EventSentence | None:
    match event:
        case e.NameAsked(attempt=attempt):
            return EventSentence(
                "voice", Phrase("asks for a name, attempt {attempt}", attempt=attempt), LogSeverity.DETAIL
            )
        case e.NameHeard(name=name):
            return EventSentence("voice", Phrase("heard “{name}”", name=name))
        case e.WishHeard(wish=wish):
            return EventSentence("voice", _wish(wish))
        case e.WakePhraseDoubted():
            text = Phrase("almost heard the wake phrase, but not surely: say it once more, clearly")
            return EventSentence("voice", text, LogSeverity.WARNING)
        case e.QuestionAnswered(answer=answer):
            return EventSentence("voice", Phrase("answers: {answer}", answer=answer))
        case e.NameMissed(why=why, attempt=attempt):
            text = Phrase("no name ({why}), attempt {attempt}", why=Phrase(why), attempt=attempt)
            return EventSentence("voice", text, LogSeverity.WARNING)
    return None


def _goods(event: e.Event) -> EventSentence | None:
    match event:
        case e.NameProposed(name=name):
            return EventSentence("voice", Phrase("asked whether it is “{name}” again", name=name))
        case e.FoodTakenOut(food=food):
            return EventSentence("session", Phrase("taken out {name}", name=food.name or Phrase("an unnamed food")))
        case e.FoodPutBack(food=food):
            return EventSentence("session", Phrase("back again {name}", name=food.name or Phrase("an unnamed food")))
        case e.SessionOpened(taking_out=True):
            return EventSentence("session", Phrase("taking out: show the food, or say its name"))
        case e.SessionClosed(taken=int(taken), why=why):
            text = Phrase("taking out ended ({why}): {items} off the list", why=Phrase(why), items=_items(taken))
            return EventSentence("session", text)
    return None


def _wish(wish: SpokenIntent) -> Phrase:
    match wish:
        case SpokenIntent.CANCEL:
            return Phrase("asked not to register it")
        case SpokenIntent.AGAIN:
            return Phrase("asked for the question once more")
        case SpokenIntent.YES:
            return Phrase("said yes")
        case SpokenIntent.NO:
            return Phrase("said no")
    return Phrase("asked to leave it without a name")


def _closed(event: e.SessionClosed) -> Phrase:
    sent = Phrase("session closed ({why}): {items} sent", why=Phrase(event.why), items=_items(event.items))
    if not event.unnamed:
        return sent
    return Phrase("{sent}, {unnamed} waiting for a name", sent=sent, unnamed=_items(event.unnamed))


def _delivery(event: e.Event) -> EventSentence | None:
    match event:
        case delivery_events.MessageQueued(seq=seq, topic=topic, summary=summary):
            text = Phrase("message {seq} for {topic} is on disk: {summary}", seq=seq, topic=topic, summary=summary)
            return EventSentence("delivery", text)
        case delivery_events.MessageDelivered(seq=seq, topic=topic, where=where):
            template = "message {seq} for {topic} delivered to {where}"
            return EventSentence("delivery", Phrase(template, seq=seq, topic=topic, where=Phrase(where)))
        case delivery_events.MessageDead(seq=seq, topic=topic, error=error):
            template = "message {seq} for {topic} is refused and set aside: {error}"
            return EventSentence("delivery", Phrase(template, seq=seq, topic=topic, error=error), LogSeverity.ALARM)
        case delivery_events.MessageSplit(seq=seq, topic=topic, other=other):
            template = "message {seq} is larger than {topic} takes: it travels as {seq} and {other}"
            return EventSentence("delivery", Phrase(template, seq=seq, topic=topic, other=other))
        case delivery_events.TopicLost(error=error):
            return EventSentence(
                "delivery", Phrase("{error}; everything else is delivered", error=error), LogSeverity.ALARM
            )
        case delivery_events.TopicFound(topic=topic, lost_s=seconds):
            text = Phrase("{topic} takes messages again, after {seconds:.0f} s", topic=topic, seconds=seconds)
            return EventSentence("delivery", text)
        case delivery_events.BrokerLost(error=error, waiting=waiting, sink=sink):
            messages = counted(waiting, "1 message", "{count} messages")
            template = "broker out of reach, {messages} waiting: {error}"
            if sink != delivery_events.BROKER:
                template = "sink {sink} out of reach, {messages} waiting: {error}"
            text = Phrase(template, sink=sink, messages=messages, error=error)
            return EventSentence("delivery", text, LogSeverity.WARNING)
        case delivery_events.BrokerFound(offline_s=seconds, sink=sink):
            broker = sink == delivery_events.BROKER
            template = "broker is back after {seconds:.0f} s" if broker else "sink {sink} is back after {seconds:.0f} s"
            return EventSentence("delivery", Phrase(template, sink=sink, seconds=seconds))
        case delivery_events.TimesCorrected(count=count):
            text = Phrase("the clock is set: {readings} dated anew", readings=_readings(count))
            return EventSentence("delivery", text)
        case delivery_events.ReadingsDropped(count=count):
            text = Phrase("{readings} given up: the store is full or damaged", readings=_readings(count))
            return EventSentence("delivery", text, LogSeverity.ALARM)
    return None


def _agent(event: e.Event) -> EventSentence:
    match event:
        case e.DeviceChanged():
            return _device(event)
        case delivery_events.DiskFull(folder=folder):
            text = Phrase("the disk with {folder} is full: the reserve is in use, make room now", folder=folder)
            return EventSentence("agent", text, LogSeverity.ALARM)
        case delivery_events.DatabaseRebuilt(kept_as=kept_as, error=error, rescued=rescued):
            rows = counted(rescued, "1 row", "{count} rows")
            template = "the database was damaged ({error}): kept as {kept_as}, {rows} rescued"
            return EventSentence("agent", Phrase(template, error=error, kept_as=kept_as, rows=rows), LogSeverity.ALARM)
        case delivery_events.DatabaseNewer(version=version, known=known):
            text = Phrase(
                "a newer release made the database (schema {version}; this release knows {known}):"
                " what this one does not know is left as it is, for the next update",
                version=version,
                known=known,
            )
            return EventSentence("agent", text, LogSeverity.WARNING)
        case container_events.MachineRestarted(times=times, error=""):
            text = Phrase("the radio stays lost: the machine is restarted (no. {times} ever)", times=times)
            return EventSentence("agent", text, LogSeverity.ALARM)
        case container_events.MachineRestarted(error=error):
            return EventSentence("agent", Phrase("the radio stays lost: {error}", error=error), LogSeverity.ALARM)
        case e.TroubleFound(trouble=trouble):
            subject = Phrase(trouble.subject)
            text = Phrase("{subject}: {detail}", subject=subject, detail=str(trouble))
            return EventSentence("agent", text, LogSeverity.WARNING)
        case e.TroubleOver(subject=subject):
            return EventSentence("agent", Phrase("{subject}: all is well again", subject=Phrase(subject)))
        case e.ServiceRestarted(part=part, error=error, pause_s=pause, trace=trace):
            text = Phrase("{part} crashed ({error}); again in {pause:.1f} s", part=part, error=error, pause=pause)
            return EventSentence("agent", text, LogSeverity.ALARM, trace)
        case e.ServiceStalled(part=part):
            text = Phrase("{part} hangs; the watchdog is not fed until it gets on", part=part)
            return EventSentence("agent", text, LogSeverity.ALARM)
    return EventSentence("agent", Phrase("{event}", event=event))


def _device(event: e.DeviceChanged) -> EventSentence:
    weight = (
        LogSeverity.WARNING
        if event.state is e.DeviceState.LOST
        else LogSeverity.NEWS
        if event.back
        else LogSeverity.DETAIL
    )
    state = f"{event.state} again" if event.back else event.state
    text = Phrase(f"{{device}} is {state}", device=Phrase(event.device))
    if event.detail:
        text = Phrase("{state}: {detail}", state=text, detail=event.detail)
    return EventSentence("devices", text, weight)


def _trigger(trigger: Trigger) -> Phrase:
    match trigger:
        case Press.SHORT:
            return Phrase("button: short press")
        case Press.DOUBLE:
            return Phrase("button: double press")
        case Press.LONG:
            return Phrase("button: long press")
        case Press.HOLD:
            return Phrase("button held")
        case Press.HELP:
            return Phrase("button held longer: how is the fridge?")
        case Presence(near=near):
            return Phrase("somebody is there") if near else Phrase("nobody is there")
    return Phrase("wake phrase heard")


def _detection(detection: Detection) -> Phrase:
    match detection:
        case ContainerSeen(address=address):
            return Phrase("container code {address}", address=address)
        case DateSeen(date=day, confidence=confidence):
            return Phrase("expiry date {day} (confidence {confidence:.0%})", day=day, confidence=confidence)
        case ProductSeen(product=product):
            return Phrase("product {gtin}", gtin=product.gtin)
        case OtherCodeSeen(text=text):
            return Phrase("not a container's code: {text!r}", text=text[:60])


def _item(item: FoodItem) -> Phrase:
    name = item.name or Phrase("an unnamed food")
    if item.address:
        return Phrase("{name} in container {address}", name=name, address=item.address)
    if item.expires_on:
        return Phrase("{name}, use by {day}", name=name, day=item.expires_on)
    return Phrase("{name}", name=name)


def _items(count: int) -> Phrase:
    return counted(count, "1 item", "{count} items")


def _readings(count: int) -> Phrase:
    return counted(count, "1 reading", "{count} readings")
