"""What opens a session and what happens in it: triggers, voice, camera, answers."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.hardware import CoreServices
from befresh_agent.domain.events import WakePhraseDoubted
from befresh_agent.domain.trigger import WakeWord
from befresh_agent.registration.answering import QuestionAnswerer
from befresh_agent.registration.capture_loop import CaptureLoop
from befresh_agent.registration.cues import CuePlayer, MutingSpeaker
from befresh_agent.registration.live_session import SessionParts
from befresh_agent.registration.registration_service import RegistrationService
from befresh_agent.status.spoken_doctor import SpokenDoctor
from befresh_agent.storage.products import KeptAnswers
from befresh_agent.triggers.trigger_stream import TriggerStream
from befresh_agent.vision.vision_pool import VisionPool
from befresh_agent.voice.agent_side.voice_server import VoiceServer
from befresh_agent.voice.wake.people import wake_folder

if TYPE_CHECKING:
    from befresh_agent.registration.product_lookup import ProductLookup


def registration_stage(
    ground: CoreServices, vision: VisionPool, lookup: "ProductLookup | None"
) -> tuple[TriggerStream, VoiceServer, RegistrationService]:
    """Who hears of button and person, who hears words, and who makes sessions of it."""
    settings, hardware, clock, devices = ground.settings, ground.hardware, ground.clock, ground.devices
    watch = TriggerStream(
        button=hardware.button,
        distance=hardware.distance,
        session=settings.session,
        gpio=settings.gpio,
        clock=clock,
        devices=devices,
    )
    voice = VoiceServer(
        hardware.runtime,
        settings.voice,
        SystemClock(),
        devices,
        on_wake=lambda: watch.offer(WakeWord()),
        on_doubt=lambda: ground.events.emit(WakePhraseDoubted()),
        air=hardware.air,
        pace=hardware.pace,
        secrets=settings.secrets,
        household=wake_folder(hardware.state),
    )
    speaker = MutingSpeaker(hardware.speaker, voice, speaks=settings.sound.prompts != "tones")
    cues = CuePlayer(speaker, ground.events, devices)
    parts = SessionParts(
        eyes=CaptureLoop(hardware.camera, vision, clock, devices),
        voice=voice,
        cues=cues,
        ledger=ground.store,
        stock=ground.stock,
        settings=settings.session,
        clock=clock,
        events=ground.events,
        vitals=ground.vitals,
        look_up=lookup.find if lookup else None,
        answerer=_answerer(ground, cues),
    )
    return watch, voice, RegistrationService(watch, parts, _on_help(ground, parts.cues))


def _answerer(ground: CoreServices, cues: CuePlayer) -> QuestionAnswerer | None:
    """Questions are answered where sentences are spoken."""
    if (language := ground.settings.sound.prompts) == "tones":
        return None
    return QuestionAnswerer(
        stock=ground.stock,
        rising=ground.records.rising,
        cues=cues,
        clock=ground.clock,
        events=ground.events,
        language=language,
    )


def _on_help(ground: CoreServices, cues: CuePlayer) -> Callable[[], None]:
    """Who holds the button is told how the fridge is, where sentences are spoken."""
    if (language := ground.settings.sound.prompts) == "tones":
        return lambda: None
    return SpokenDoctor(ground.doctor.examined, cues.say, ground.events, language).ask


def product_lookup(ground: CoreServices) -> "ProductLookup | None":
    """Loaded only where it is asked for."""
    wished, key = ground.settings.products, ground.settings.secrets.products_key
    if not wished.lookup:
        return None
    from befresh_agent.adapters.web.product_service import WebProductService
    from befresh_agent.registration.product_lookup import ProductLookup

    service = WebProductService(wished.lookup, wished.lookup_fields, key.get_secret_value() if key else "")
    answers = KeptAnswers(ground.database)
    return ProductLookup(service, answers, SystemClock(), ground.devices, wait_s=wished.lookup_wait_s)
