"""Everything that can be set: one frozen model per section, a line under each field. Long, as it is one list.

Where the values come from (options, environment, file) is `configuration.py`'s business.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from befresh_agent.domain.bthome import parse_keys
from befresh_agent.domain.checked import checked
from befresh_agent.domain.container import Address
from befresh_agent.domain.expiry import Spelling
from befresh_agent.domain.layouts import parse_layouts

Pin = Annotated[int, Field(ge=0, le=27)]
Seconds = Annotated[float, Field(gt=0)]
_BROKER = r"([^\s,:/\[\]]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"


def _keys(secret: SecretStr | None) -> Mapping[Address, bytes]:
    return parse_keys(secret.get_secret_value() if secret else "")


_KEY = "FB:89:EB:22:95:84=00112233445566778899aabbccddeeff"


class Section(BaseModel):
    """What all sections share: frozen, no unknown keys, field docs taken from the lines below the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class FridgeSettings(Section):
    """Which fridge this is."""

    id: Annotated[int | None, Field(ge=0, examples=[17])] = None
    """The number the backend knows this fridge by (refrigeratorId). Needed by `run`."""


class SessionSettings(Section):
    """The registration session."""

    near_cm: Annotated[float, Field(ge=5, le=300)] = 50
    """Somebody nearer than this stands before the fridge, in centimetres."""
    nobody_s: Seconds = 15
    """The session closes when nobody was there for so many seconds."""
    longest_s: Seconds = 600
    """The session closes after so many seconds in any case."""
    out_of_view_s: Seconds = 2
    """The same code or date counts again only after it was out of view for so many seconds."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a name is asked for before the item is kept without one."""
    silence_s: Seconds = 3
    """How long a listening attempt waits for speech to begin, in seconds."""
    phrase_s: Seconds = 3
    """How long a spoken name may be, in seconds."""
    past_days: Annotated[int, Field(ge=0, le=3650)] = 60
    """An expiry date may lie so many days in the past."""
    ahead_years: Annotated[int, Field(ge=1, le=50)] = 5
    """An expiry date may lie so many years ahead."""


class GpioSettings(Section):
    """Button and distance sensor, by BCM pin numbers."""

    button_pin: Pin = 15
    """The button: pulled down, active high."""
    trigger_pin: Pin = 23
    """TRIG of the HC-SR04."""
    echo_pin: Pin = 24
    """ECHO of the HC-SR04, through a voltage divider."""
    air_c: Annotated[float, Field(ge=-30, le=60)] = 20
    """Temperature of the air that the distance sensor looks into, in °C: sound is slower in the cold."""
    bounce_s: Annotated[float, Field(ge=0, le=0.2)] = 0.03
    """How long the button's level must be stable to count, in seconds."""
    double_s: Seconds = 0.4
    """Two presses within so many seconds are one double press."""
    hold_s: Seconds = 3
    """Holding the button so many seconds cancels the session."""


class CameraSettings(Section):
    """The camera and the size of its pictures."""

    source: Annotated[str, Field(min_length=1)] = "picamera2"
    """`picamera2`, a V4L2 device such as `/dev/video0`, or a picture or folder of pictures (for trying out)."""
    width: Annotated[int, Field(ge=320, le=4608)] = 1536
    """Width of a picture in pixels."""
    height: Annotated[int, Field(ge=240, le=2592)] = 864
    """Height of a picture in pixels."""


class VisionSettings(Section):
    """Reading codes and dates."""

    reader: Literal["auto", "trained", "tesserocr", "pytesseract"] = "auto"
    """Who reads dates: `auto` takes the trained networks; Tesseract (tesserocr, pytesseract) where they do not load."""
    spellings: tuple[Spelling, ...] = ()
    """Further ways to print a date that are accepted beside Y.M.D: `Y/M/D`, `Y-M-D`, `Y M D`, `Y년 M월 D일`, `Y.M`."""
    hang_s: Seconds = 15
    """A worker that needs longer than this for one picture, in seconds, is replaced."""


class VoiceSettings(Section):
    """Wake phrase and spoken names."""

    engine: Literal["microphone", "scripted", "none"] = "microphone"
    """Who listens: the `microphone`, or `none`; `scripted` hears the simulated person of a dry run."""
    microphone: str = "pyaudio"
    """How to record: `pyaudio`, `arecord`, or a WAV file that is played to the engines (for trying out)."""
    input_device: str = ""
    """Which microphone: for arecord an ALSA name, for PyAudio a part of the device's name. Empty: the default one."""
    wake: Literal["pocketsphinx", "porcupine", "none"] = "pocketsphinx"
    """Who listens for the wake phrase. Porcupine needs your own key (secrets.porcupine_key) and keyword file."""
    phrase: str = "일반 등록"
    """The wake phrase that announces food without a code or a date."""
    phones: Annotated[tuple[str, ...], Field(min_length=1)] = ("IY L B AA N", "D UH NG N OW UH")
    """How the wake phrase sounds to pocketsphinx: one word each, in the phones of English (CMU dictionary)."""
    wake_threshold: Annotated[float, Field(gt=0, le=1)] = 1e-8
    """How sure pocketsphinx must be: larger values miss more, smaller ones wake without reason."""
    porcupine_keyword: Annotated[Path | None, Field(examples=["/etc/befresh-agent/ilban.ppn"])] = None
    """Keyword file (.ppn) of the Porcupine wake-word engine."""
    porcupine_model: Annotated[Path | None, Field(examples=["/etc/befresh-agent/porcupine_params_ko.pv"])] = None
    """Language model (.pv) of the Porcupine wake-word engine."""
    porcupine_sensitivity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How readily Porcupine wakes, from 0 to 1."""
    speech: Annotated[tuple[Literal["google", "wyoming", "vosk", "sphinx"], ...], Field(min_length=1)] = ("google",)
    """Who understands names; the next one is asked when one fails. With `google` speech leaves the house."""
    language: str = "ko-KR"
    """Language of names, for google and wyoming."""
    speech_timeout_s: Annotated[float, Field(gt=0, le=60)] = 8
    """How long one service may take to understand a name, in seconds."""
    google_endpoint: str = "https://www.google.com/speech-api/v2/recognize"
    """Where `google` asks."""
    wyoming_server: Annotated[str, Field(pattern=r"^([^:\s]+:\d+)?$", examples=["192.168.0.10:10300"])] = ""
    """A wyoming speech-to-text server in the house, such as a local Whisper, as `host:port`."""
    vosk_model: Annotated[Path | None, Field(examples=["/var/lib/befresh-agent/vosk-model-small-ko-0.22"])] = None
    """Folder of the model for vosk."""
    sphinx_foods: tuple[str, ...] = (
        "apple", "banana", "beef", "bread", "butter", "cabbage", "carrot", "cheese", "chicken", "cucumber", "egg",
        "fish", "grape", "ham", "kimchi", "lemon", "lettuce", "milk", "mushroom", "onion", "orange", "pepper", "pork",
        "potato", "rice", "salad", "sausage", "shrimp", "spinach", "strawberry", "tofu", "tomato", "yogurt",
    )  # fmt: skip
    """The only names that `sphinx` knows, in English: it takes whatever it hears for one of them."""


class SoundSettings(Section):
    """The loudspeaker."""

    player: tuple[str, ...] = ("aplay", "-q")
    """The command that plays a WAV file (its path is appended); an empty list for a silent fridge."""
    prompts: Literal["tones", "ko", "en"] = "tones"
    """What the fridge says: short `tones`, or sentences in Korean (`ko`) or English (`en`) by espeak-ng."""


class ContainerSettings(Section):
    """The rotation over the containers (Bluetooth LE)."""

    period_s: Seconds = 600
    """A container is due so many seconds after its last reading."""
    slot_s: Seconds = 60
    """The longest time one container may take, in seconds."""
    find_s: Seconds = 10
    """A container that is not heard within so many seconds of its slot is not there."""
    lowest_c: Annotated[float, Field(ge=-60, le=60)] = 0
    """The right temperature is at least this, in degrees Celsius; the daily sheet tells when it was not."""
    highest_c: Annotated[float, Field(ge=-60, le=60)] = 10
    """And at most this."""
    absent_find_s: Seconds = 5
    """The same for a container known to be absent: a cheap try."""
    adapters: Annotated[tuple[str, ...], Field(min_length=1)] = ("hci0",)
    """The Bluetooth adapters; several share the containers out among them."""
    silent_rounds: Annotated[int, Field(ge=1)] = 3
    """An adapter that heard not one device for so many rounds is switched off and on."""
    may_restart: bool = True
    """Where that does not help, the Bluetooth service may be restarted."""
    layouts: Annotated[dict[str, tuple[str, ...]], checked(parse_layouts, "in ")] = {}
    """How other containers are read, by address or beginning of their name: lines of `UUID FIELD TYPE [SCALE]`."""


class KafkaSettings(Section):
    """The broker. Without a server the messages stay in the embedded journal."""

    server: Annotated[str, Field(pattern=rf"^({_BROKER}(, *{_BROKER})*)?$")] = ""
    """Bootstrap addresses, `host:port`, several with commas. Empty: no broker, messages stay in the journal."""
    security: Literal["plaintext", "ssl", "sasl_ssl"] = "plaintext"
    """How the broker is spoken to: `ssl` and `sasl_ssl` are encrypted and check its certificate."""
    ca_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/broker-ca.pem"])] = None
    """Who signed the broker's certificate (PEM). Empty: the certification authorities of this machine."""
    cert_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/fridge.pem"])] = None
    """This fridge's own certificate (PEM), where the broker asks for one (mutual TLS)."""
    key_file: Annotated[Path | None, Field(examples=["/run/credentials/befresh-agent.service/fridge-key"])] = None
    """The key that belongs to it, when it is not in the same file."""
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """How this fridge logs in with `sasl_ssl`."""
    username: str = ""
    """The name it logs in with; the password is `secrets.kafka_password`."""
    food_topic: str = "food-regist"
    """Topic of registrations."""
    sensor_topic: str = "sensor-data-topic"
    """Topic of container readings."""
    request_timeout_s: Seconds = 15
    """How long one request to the broker may take, in seconds."""
    start_timeout_s: Seconds = 45
    """How long connecting may take, in seconds."""
    delivery_timeout_s: Seconds = 60
    """How long one batch of messages may take before the producer is replaced, in seconds."""


class DeliverySettings(Section):
    """The outbox."""

    batch_interval_s: Seconds = 1800
    """Readings travel in one message every so many seconds."""
    backoff_first_s: Seconds = 1
    """The first pause after a failed delivery is at most so many seconds; it doubles from there."""
    backoff_longest_s: Seconds = 300
    """The longest pause between deliveries, in seconds."""
    spread_s: Annotated[float, Field(ge=0)] = 120
    """Readings left from before a restart wait up to so many seconds, lest all fridges of a region send at once."""
    kept_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """Delivered messages are kept for so many days, to be listed and exported."""
    history_days: Annotated[int, Field(ge=1, le=366)] = 30
    """What containers said is remembered for so many days, for charts, trends and the daily sheet."""
    size_mb: Annotated[int, Field(ge=2, le=4096)] = 64
    """The database never grows beyond so many megabytes."""


class PageSettings(Section):
    """The page in the browser, and its API."""

    enabled: bool = True
    """Whether there is one."""
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Where it listens. Other addresses, such as `0.0.0.0`, ask for a token: `befresh-agent page --qr` shows it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8480
    """Its port; 0 takes a free one."""
    language: Literal["auto", "ko", "en"] = "auto"
    """Its language; `auto` goes by the browser."""
    names: Annotated[tuple[str, ...], Field(examples=[["fridge.local"]])] = ()
    """Names by which browsers may call this machine, beside its host name and its addresses."""


class AgentSettings(Section):
    """The program itself."""

    state_dir: Annotated[Path | None, Field(examples=["/var/lib/befresh-agent"])] = None
    """Where everything is kept that must survive. Empty: chosen by the machine (see docs)."""
    runtime_dir: Annotated[Path | None, Field(examples=["/run/befresh-agent"])] = None
    """Where sockets live. Empty: chosen by the machine."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""


class UpdateSettings(Section):
    """The weekly update from git. Only root reads these, from the installed file."""

    enabled: bool = True
    """Whether the weekly run does anything; `sudo befresh-agent update` works in any case."""
    channel: Literal["auto", "tags", "branch"] = "auto"
    """Signed `tags`, or a `branch`: weaker, it trusts the origin. `auto`: tags where allowed_signers exists."""
    branch: Annotated[str, Field(pattern=r"^[^-].*$")] = "main"
    """The branch that is followed, by fast-forward only."""
    origin: Annotated[str, Field(pattern=r"^([^-].*)?$", examples=["https://example.org/befresh-agent.git"])] = ""
    """Where updates come from. Empty: from where the agent was cloned when it was installed."""
    allowed_signers: str = "/etc/befresh-agent/allowed_signers"
    """Who may sign releases: keys in the format of ssh-keygen's ALLOWED SIGNERS."""
    health_s: Annotated[float, Field(gt=0, le=3600)] = 180
    """How long a new release is watched, in seconds, before it is confirmed."""


class SecretSettings(Section):
    """Values that are never shown. Better kept in a credentials directory or a 0600 file than here."""

    porcupine_key: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Access key of the Porcupine wake-word engine."""
    google_key: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Key for the google speech-to-text service; without one the key shared by all users of the library is taken."""
    kafka_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password for the broker."""
    kafka_key_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password of `kafka.key_file`, when it has one."""
    bthome_keys: Annotated[SecretStr | None, checked(_keys), Field(examples=[_KEY])] = None
    """Keys of containers that broadcast encrypted (BTHome): `ADDRESS=KEY` in words, a key has 32 hexadecimal digits."""


def bthome_keys(secrets: SecretSettings) -> Mapping[Address, bytes]:
    """The keys of containers that broadcast encrypted, by address."""
    return _keys(secrets.bthome_keys)


class Settings(Section):
    """All sections."""

    fridge: FridgeSettings = FridgeSettings()
    session: SessionSettings = SessionSettings()
    gpio: GpioSettings = GpioSettings()
    camera: CameraSettings = CameraSettings()
    vision: VisionSettings = VisionSettings()
    voice: VoiceSettings = VoiceSettings()
    sound: SoundSettings = SoundSettings()
    containers: ContainerSettings = ContainerSettings()
    kafka: KafkaSettings = KafkaSettings()
    delivery: DeliverySettings = DeliverySettings()
    page: PageSettings = PageSettings()
    agent: AgentSettings = AgentSettings()
    update: UpdateSettings = UpdateSettings()
    secrets: SecretSettings = SecretSettings()
