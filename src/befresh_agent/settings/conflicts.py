"""What can only be seen across settings: values that are right each for itself and cannot work together.

In: settings, each of which is right by itself. Out: what cannot work, and what would be right. No I/O, no machine.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from befresh_agent.domain.endpoints import is_here
from befresh_agent.errors import MistakeSeverity
from befresh_agent.settings.model import KafkaSettings, SecretSettings, Settings

FRIDGE_NUMBER = (
    "set the number the backend knows this fridge by: `id = 17` in the section [fridge], or REFRIGERATOR_ID=17 in the "
    "environment"
)
LARGEST_JAVA_INT = 2**31 - 1
_TOPIC_LONGEST = 249
_TOPIC_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_PULLED_UP = (2, 3)
"""The header's I²C pins have resistors to 3.3 V on the board: a button there would always be pressed."""

_ORDER = (
    ("containers.lowest_c", "containers.highest_c", "below"),
    ("session.nobody_s", "session.longest_s", "below"),
    ("session.out_of_view_s", "session.longest_s", "below"),
    ("session.silence_s", "session.longest_s", "below"),
    ("session.phrase_s", "session.longest_s", "below"),
    ("gpio.bounce_s", "gpio.double_s", "below"),
    ("gpio.double_s", "gpio.hold_s", "below"),
    ("containers.absent_find_s", "containers.find_s", "at most"),
    ("containers.find_s", "containers.slot_s", "below"),
    ("containers.slot_s", "containers.period_s", "at most"),
    ("kafka.request_timeout_s", "kafka.delivery_timeout_s", "at most"),
    ("delivery.backoff_first_s", "delivery.backoff_longest_s", "at most"),
    ("delivery.spread_s", "delivery.batch_interval_s", "at most"),
)
"""The first must be below the second, or at most it."""
_AT_LEAST = {
    "containers.period_s": 60,
    "containers.slot_s": 5,
    "containers.find_s": 1,
    "containers.absent_find_s": 1,
    "session.nobody_s": 1,
    "session.longest_s": 10,
    "session.silence_s": 0.5,
    "session.phrase_s": 0.5,
    "voice.speech_timeout_s": 0.5,
    "vision.hang_s": 1,
    "kafka.request_timeout_s": 1,
    "kafka.start_timeout_s": 1,
    "kafka.delivery_timeout_s": 1,
    "delivery.batch_interval_s": 60,
}
"""Below this a fridge cannot work, though a simulated one may. A container's battery pays for every visit."""


@dataclass(frozen=True, slots=True)
class SettingConflict:
    """What cannot work."""

    key: str
    remedy: str
    because: tuple[str, ...] = ()
    """The other settings that it does not go with."""
    severity: MistakeSeverity = MistakeSeverity.ERROR


def conflicts(settings: Settings, *, dry_run: bool = False) -> Iterator[SettingConflict]:
    """Everything that cannot work together; `dry_run` leaves out what only real devices and days need."""
    for rule in _RULES:
        yield from rule(settings)
    if not dry_run:
        yield from _too_little(settings)
        yield from _voice(settings)


def _fridge(settings: Settings) -> Iterator[SettingConflict]:
    if settings.fridge.id is None:
        yield SettingConflict("fridge.id", FRIDGE_NUMBER)
    elif settings.fridge.id > LARGEST_JAVA_INT:
        remedy = f"consumers that count in 32 bits cannot read it; up to {LARGEST_JAVA_INT} every one can"
        yield SettingConflict("fridge.id", remedy, severity=MistakeSeverity.WARNING)


def _pins(settings: Settings) -> Iterator[SettingConflict]:
    used = defaultdict(list)
    for name, pin in settings.gpio:
        if name.endswith("_pin"):
            used[pin].append(f"gpio.{name}")
    for pin, (first, *others) in used.items():
        for other in others:
            yield SettingConflict(other, f"pin {pin} is {first} already; give each its own", (first,))
    if settings.gpio.button_pin in _PULLED_UP:
        yield SettingConflict(
            "gpio.button_pin", "this pin is pulled up on the board, so the button would always be pressed"
        )


def _order(settings: Settings) -> Iterator[SettingConflict]:
    for low, high, how in _ORDER:
        smaller, larger = value(settings, low), value(settings, high)
        if smaller > larger or (how == "below" and smaller == larger):
            yield SettingConflict(low, f"it must be {how} {high}, which is {larger:g}", (high,))


def _too_little(settings: Settings) -> Iterator[SettingConflict]:
    for key, least in _AT_LEAST.items():
        if value(settings, key) < least:
            yield SettingConflict(key, f"give at least {least:g}")


def _voice(settings: Settings) -> Iterator[SettingConflict]:
    voice = settings.voice
    if voice.engine == "scripted":
        yield SettingConflict(
            "voice.engine", "it hears the simulated person of a dry run alone; give microphone or none"
        )
    if voice.engine == "microphone":
        yield from wake_word(settings)
        for engine in engines(settings):
            yield from speech(settings, engine)


def wake_word(settings: Settings) -> Iterator[SettingConflict]:
    """What Porcupine needs."""
    if settings.voice.wake != "porcupine":
        return
    if settings.secrets.porcupine_key is None:
        remedy = "Porcupine needs an access key of yours; set it, or voice.wake = pocketsphinx"
        yield SettingConflict("secrets.porcupine_key", remedy, ("voice.wake",))
    if settings.voice.porcupine_keyword is None:
        remedy = "Porcupine needs the keyword file (.ppn) from Picovoice's console"
        yield SettingConflict("voice.porcupine_keyword", remedy, ("voice.wake",))


def engines(settings: Settings) -> tuple[str, ...]:
    """Who understands names, in the order in which they are asked."""
    return settings.voice.engines(google_key=settings.secrets.google_key is not None)


def speech(settings: Settings, engine: str) -> Iterator[SettingConflict]:
    """What one of the engines needs that understand names."""
    voice = settings.voice
    if engine == "wyoming" and not voice.wyoming_server:
        yield SettingConflict("voice.wyoming_server", 'wyoming needs a server: "192.168.0.10:10300"', ("voice.speech",))
    if engine == "vosk" and voice.vosk_model is None:
        yield SettingConflict(
            "voice.vosk_model", "vosk needs the folder of a model: scripts/install.sh --names vosk", ("voice.speech",)
        )
    if engine == "whisper" and voice.whisper_model is None:
        yield SettingConflict(
            "voice.whisper_model",
            "whisper needs the folder of a model: scripts/install.sh --names whisper",
            ("voice.speech",),
        )
    if engine == "sphinx" and not voice.sphinx_foods:
        yield SettingConflict("voice.sphinx_foods", "sphinx needs the names it shall know", ("voice.speech",))


def _login(settings: Settings) -> Iterator[SettingConflict]:
    yield from login(settings.kafka, settings.secrets)


def login(kafka: KafkaSettings, secrets: SecretSettings) -> Iterator[SettingConflict]:
    """What logging in at the broker needs."""
    by_token = kafka.sasl_mechanism == "OAUTHBEARER"
    yield from _token(kafka, by_token=by_token)
    if kafka.security == "sasl_ssl":
        if not kafka.username and not (by_token and kafka.token_command):
            yield SettingConflict("kafka.username", "sasl_ssl needs a name to log in with", ("kafka.security",))
        if not secrets.kafka_password and not (by_token and kafka.token_command):
            yield SettingConflict("secrets.kafka_password", "sasl_ssl needs a password", ("kafka.security",))
    elif kafka.username:
        remedy = f"with {kafka.security} nobody logs in: set kafka.security = sasl_ssl, or take the name away"
        yield SettingConflict("kafka.username", remedy, ("kafka.security",), severity=MistakeSeverity.WARNING)
    if kafka.security == "plaintext" and (named := [key for key in _TLS if getattr(kafka, key) is not None]):
        remedy = "plaintext uses no certificate: set kafka.security = ssl or sasl_ssl"
        yield SettingConflict(f"kafka.{named[0]}", remedy, ("kafka.security",), severity=MistakeSeverity.WARNING)
    if kafka.key_file is not None and kafka.cert_file is None:
        yield SettingConflict("kafka.cert_file", "the key has no certificate: give both", ("kafka.key_file",))


def _token(kafka: KafkaSettings, *, by_token: bool) -> Iterator[SettingConflict]:
    named = [key for key in ("token_url", "token_command", "token_scope") if getattr(kafka, key)]
    if named and not by_token:
        remedy = f"{kafka.sasl_mechanism} uses no token: set kafka.sasl_mechanism = OAUTHBEARER"
        yield SettingConflict(f"kafka.{named[0]}", remedy, ("kafka.sasl_mechanism",), severity=MistakeSeverity.WARNING)
    if by_token and kafka.security == "sasl_ssl" and not (kafka.token_url or kafka.token_command):
        yield SettingConflict("kafka.sasl_mechanism", "OAUTHBEARER needs kafka.token_url or kafka.token_command")
    if kafka.token_url.startswith("http:") and not is_here(urlsplit(kafka.token_url).hostname or ""):
        yield SettingConflict("kafka.token_url", "the secret would travel in plain text: give an address with https://")


_TLS = ("ca_file", "cert_file", "key_file")


def _mqtt(settings: Settings) -> Iterator[SettingConflict]:
    mqtt = settings.mqtt
    warning = MistakeSeverity.WARNING
    if not mqtt.server:
        return
    if settings.secrets.mqtt_password and not mqtt.username:
        yield SettingConflict("mqtt.username", "the password has no name: set both", ("secrets.mqtt_password",))
    if mqtt.username and not settings.secrets.mqtt_password:
        remedy = "it has no password: set secrets.mqtt_password, or take the name away"
        yield SettingConflict("mqtt.username", remedy, severity=warning)
    if not mqtt.tls and (named := [key for key in _TLS if getattr(mqtt, key) is not None]):
        yield SettingConflict(
            f"mqtt.{named[0]}", "without tls no certificate is used: set mqtt.tls = true", ("mqtt.tls",)
        )
    if not mqtt.tls and mqtt.username and not is_here(mqtt.place.host):
        remedy = "the password travels in plain text: set mqtt.tls = true where the broker can do that"
        yield SettingConflict("mqtt.tls", remedy, ("mqtt.server",), severity=warning)
    if mqtt.key_file is not None and mqtt.cert_file is None:
        yield SettingConflict("mqtt.cert_file", "the key has no certificate: give both", ("mqtt.key_file",))
    if mqtt.may_speak and settings.sound.prompts == "tones":
        yield SettingConflict(
            "mqtt.may_speak", 'tones cannot say it: set sound.prompts = "ko" or "en"', ("sound.prompts",)
        )
    if mqtt.picture and not settings.page.enabled:
        yield SettingConflict(
            "mqtt.picture", "pictures are kept by the page: set page.enabled = true", ("page.enabled",)
        )


def _notify(settings: Settings) -> Iterator[SettingConflict]:
    if settings.notify.digest_hour is not None and not settings.secrets.notify_urls:
        remedy = "nobody gets it: set secrets.notify_urls"
        yield SettingConflict("notify.digest_hour", remedy, severity=MistakeSeverity.WARNING)


def _topics(settings: Settings) -> Iterator[SettingConflict]:
    used: dict[str, str] = {}
    for name, topic in settings.kafka:
        if not name.endswith("_topic") or (topic == "" and KafkaSettings.model_fields[name].default == ""):
            continue
        key = f"kafka.{name}"
        if topic in ("", ".", "..") or len(topic) > _TOPIC_LONGEST or not _TOPIC_LETTERS.issuperset(topic):
            yield SettingConflict(key, f"give letters, digits, dots, _ and -, at most {_TOPIC_LONGEST} of them")
        elif (other := used.setdefault(topic.replace(".", "_"), key)) != key:
            yield SettingConflict(key, f"{other} is the same (to Kafka . and _ are alike); give each its own", (other,))


def _adapters(settings: Settings) -> Iterator[SettingConflict]:
    adapters = settings.containers.adapters
    if len({adapter.upper() for adapter in adapters}) < len(adapters):
        yield SettingConflict("containers.adapters", "an adapter is there twice: name each once")


def value(settings: Settings, key: str) -> float:
    """A number among the settings."""
    section, _, field = key.partition(".")
    number: float = getattr(getattr(settings, section), field)
    return number


_RULES: tuple[Callable[[Settings], Iterator[SettingConflict]], ...] = (
    _fridge,
    _pins,
    _order,
    _login,
    _mqtt,
    _notify,
    _topics,
    _adapters,
)
