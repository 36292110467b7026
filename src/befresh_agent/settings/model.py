"""Everything that can be set: one frozen model per section, a line under each field.

Where the values come from (options, environment, file) is the business of `loader.py`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from befresh_agent.domain.bthome import parse_keys
from befresh_agent.domain.container import Address
from befresh_agent.domain.endpoints import parse_host, parse_network
from befresh_agent.domain.layouts import parse_layouts
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.spoilage import parse_spoilage
from befresh_agent.settings.device_sections import (
    CameraSettings,
    GpioSettings,
    SoundSettings,
    VisionSettings,
    VoiceSettings,
)
from befresh_agent.settings.home_sections import MqttSettings, NotifySettings, ProductSettings, check_notify_urls
from befresh_agent.settings.section import (
    Seconds,
    SettingsSection,
    check_adapters,
    check_hosts,
    check_no_option,
    check_web_address,
    checked,
    parse_brokers,
)

LARGEST_ID = 2**53 - 1
"""Every consumer of JSON reads integers up to this one exactly (RFC 8259, section 6)."""


def _keys(secret: SecretStr | None) -> Mapping[Address, bytes]:
    return parse_keys(secret.get_secret_value() if secret else "")


def _networks(texts: Iterable[str]) -> object:
    return [parse_network(text) for text in texts]


def _token_service(text: str) -> None:
    if text:
        check_web_address(text)


_KEY = "FB:89:EB:22:95:84=00112233445566778899aabbccddeeff"


class FridgeSettings(SettingsSection):
    """Which fridge this is."""

    id: Annotated[int | None, Field(ge=0, le=LARGEST_ID, examples=[17])] = None
    """The number the backend knows this fridge by (refrigeratorId). Needed by `run`."""


class SessionSettings(SettingsSection):
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
    phrase_s: Seconds = 5
    """How long a spoken name may be, in seconds."""
    past_days: Annotated[int, Field(ge=0, le=3650)] = 60
    """An expiry date may lie so many days in the past."""
    ahead_years: Annotated[int, Field(ge=1, le=50)] = 5
    """An expiry date may lie so many years ahead."""


class ContainerSettings(SettingsSection):
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
    adapters: Annotated[tuple[str, ...], Field(min_length=1), checked(check_adapters)] = ("hci0",)
    """The Bluetooth adapters, by name or, better, by address; several share the containers out among them."""
    silent_rounds: Annotated[int, Field(ge=1)] = 3
    """An adapter that heard not one device for so many rounds is switched off and on."""
    may_reboot: bool = False
    """Whether the machine may be restarted, at night and once a day, for a radio that nothing else has helped."""
    may_restart: bool = True
    """Where that does not help, the Bluetooth service may be restarted."""
    spoilage: Annotated[dict[str, str], checked(parse_spoilage)] = {}
    """By which published model a food's days are told, by its name: `MODEL`, `MODEL DAYS_AT_5_C`, or `none`."""
    layouts: Annotated[dict[str, tuple[str, ...]], checked(parse_layouts, "in ")] = {}
    """How other containers are read, by address or beginning of their name: lines of `UUID FIELD TYPE [SCALE]`."""


class KafkaSettings(SettingsSection):
    """The broker. Without a server the messages stay in the embedded journal."""

    server: Annotated[str, checked(parse_brokers)] = ""
    """Bootstrap addresses, `host:port`, several with commas. Empty: no broker, messages stay in the journal."""
    security: Literal["plaintext", "ssl", "sasl_ssl"] = "plaintext"
    """How the broker is spoken to: `ssl` and `sasl_ssl` are encrypted and check its certificate."""
    ca_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/broker-ca.pem"])] = None
    """Who signed the broker's certificate (PEM). Empty: the certification authorities of this machine."""
    cert_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/fridge.pem"])] = None
    """This fridge's own certificate (PEM), where the broker asks for one (mutual TLS)."""
    key_file: Annotated[Path | None, Field(examples=["/run/credentials/befresh-agent.service/fridge-key"])] = None
    """The key that belongs to it, when it is not in the same file."""
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = "SCRAM-SHA-512"
    """How this fridge logs in with `sasl_ssl`. OAUTHBEARER, as managed services want it, needs one of the next two."""
    token_url: Annotated[str, checked(_token_service), Field(examples=["https://login.example/token"])] = ""
    """The token service; it is asked with `username` (the client's id) and `secrets.kafka_password` (its secret)."""
    token_command: Annotated[tuple[str, ...], Field(examples=[["/usr/local/bin/kafka-token"]])] = ()
    """Or a command that prints a token, alone or as the JSON of a token service."""
    token_scope: str = ""
    """What the token is for, where the service asks for it."""
    username: str = ""
    """The name it logs in with; the password is `secrets.kafka_password`."""
    food_topic: str = "food-regist"
    """Topic of registrations."""
    sensor_topic: str = "sensor-data-topic"
    """Topic of container readings."""
    freshness_topic: Annotated[str, Field(examples=["container-freshness"])] = ""
    """Topic of how fresh the food in each container is, every `delivery.batch_interval_s`. Empty: not sent."""
    heartbeat_topic: Annotated[str, Field(examples=["fridge-heartbeat"])] = ""
    """Topic of how the fridge itself is doing, every six hours. Empty: not sent."""
    removed_topic: Annotated[str, Field(examples=["food-removed"])] = ""
    """Topic of foods that were taken out. Empty: they are not told to anybody."""
    request_timeout_s: Seconds = 15
    """How long one request to the broker may take, in seconds."""
    start_timeout_s: Seconds = 45
    """How long connecting may take, in seconds."""
    delivery_timeout_s: Seconds = 60
    """How long one batch of messages may take before the producer is replaced, in seconds."""


class DeliverySettings(SettingsSection):
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
    sealed_log: bool = False
    """Keep a sealed log of readings, gaps and alarms for an inspector (`befresh-agent log`)."""
    sealed_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """It holds so many days; what is older is cut off at a signed head."""
    size_mb: Annotated[int, Field(ge=2, le=4096)] = 64
    """The database never grows beyond so many megabytes."""


class PageSettings(SettingsSection):
    """The page in the browser, and its API."""

    enabled: bool = True
    """Whether there is one."""
    host: Annotated[str, checked(parse_host)] = "127.0.0.1"
    """Where it listens. Other addresses, such as `0.0.0.0`, ask for a token: `befresh-agent page --qr` shows it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8480
    """Its port; 0 takes a free one."""
    language: Literal["auto", Language] = "auto"
    """Its language; `auto` goes by the browser."""
    names: Annotated[tuple[str, ...], checked(check_hosts), Field(examples=[["fridge.local"]])] = ()
    """Names by which browsers may call this machine, beside its host name and its addresses."""
    token: Literal["auto", "always"] = "auto"
    """Who needs a token: with `auto` those who can come from other machines, with `always` everybody."""
    proxies: Annotated[tuple[str, ...], checked(_networks), Field(examples=[["127.0.0.1"]])] = ()
    """Addresses or networks of reverse proxies before the page: what they say of a request is believed."""


class AgentSettings(SettingsSection):
    """The program itself."""

    state_dir: Annotated[Path | None, Field(examples=["/var/lib/befresh-agent"])] = None
    """Where everything is kept that must survive. Empty: chosen by the machine (see docs)."""
    runtime_dir: Annotated[Path | None, Field(examples=["/run/befresh-agent"])] = None
    """Where sockets live. Empty: chosen by the machine."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""


class UpdateSettings(SettingsSection):
    """The weekly update from git. Only root reads these, from the installed file."""

    enabled: bool = True
    """Whether the weekly run does anything; `sudo befresh-agent update` works in any case."""
    channel: Literal["auto", "tags", "branch"] = "auto"
    """Signed `tags`, or a `branch`: weaker, it trusts the origin. `auto`: tags where allowed_signers exists."""
    branch: Annotated[str, checked(check_no_option), Field(examples=["stable"])] = ""
    """The branch that is followed, by fast-forward only. Empty: the one that was cloned when it was installed."""
    origin: Annotated[str, checked(check_no_option), Field(examples=["https://example.org/befresh-agent.git"])] = ""
    """Where updates come from. Empty: from where the agent was cloned when it was installed."""
    allowed_signers: str = "/etc/befresh-agent/allowed_signers"
    """Who may sign releases: keys in the format of ssh-keygen's ALLOWED SIGNERS."""
    health_s: Annotated[float, Field(gt=0, le=3600)] = 180
    """How long a new release is watched, in seconds, before it is confirmed."""
    ring: Annotated[int, Field(ge=-1, le=99)] = -1
    """Signed releases come to ring 0 first, to 99 last. -1: worked out from `fridge.id`, each a hundredth of them."""


class SecretSettings(SettingsSection):
    """Values that are never shown. Better kept in a credentials directory or a 0600 file than here."""

    porcupine_key: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Access key of the Porcupine wake-word engine."""
    google_key: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Key for the google speech-to-text service; without one the key shared by all users of the library is taken."""
    kafka_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password for the broker."""
    kafka_key_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password of `kafka.key_file`, when it has one."""
    mqtt_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password for the MQTT broker of Home Assistant."""
    mqtt_key_password: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """Password of `mqtt.key_file`, when it has one."""
    notify_urls: Annotated[SecretStr | None, checked(check_notify_urls), Field(examples=["ntfys://TOPIC"])] = None
    """Who gets notices: addresses of Apprise, in words."""
    products_key: Annotated[SecretStr | None, Field(examples=["..."])] = None
    """What stands in the place of {key} in `products.lookup`."""
    bthome_keys: Annotated[SecretStr | None, checked(_keys), Field(examples=[_KEY])] = None
    """Keys of containers that broadcast encrypted (BTHome): `ADDRESS=KEY` in words, a key has 32 hexadecimal digits."""


def bthome_keys(secrets: SecretSettings) -> Mapping[Address, bytes]:
    """The keys of containers that broadcast encrypted, by address."""
    return _keys(secrets.bthome_keys)


class Settings(SettingsSection):
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
    mqtt: MqttSettings = MqttSettings()
    notify: NotifySettings = NotifySettings()
    products: ProductSettings = ProductSettings()
    page: PageSettings = PageSettings()
    agent: AgentSettings = AgentSettings()
    update: UpdateSettings = UpdateSettings()
    secrets: SecretSettings = SecretSettings()
