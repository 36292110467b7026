"""The settings of what lies outside: Home Assistant by MQTT, notices, and who knows the names of products."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from befresh_agent.domain.endpoints import ServerEndpoint, parse_endpoint
from befresh_agent.domain.phrase import Language
from befresh_agent.errors import InvalidValue
from befresh_agent.settings.section import SettingsSection, check_web_address, checked

_PORT, _TLS_PORT = 1883, 8883
"""Where an MQTT broker is whose address has no port."""
_TOPIC_LONGEST = 100


def _mqtt_server(text: str) -> object:
    return parse_endpoint(text, _PORT) if text else None


def _topic(text: str) -> None:
    parts = text.split("/")
    if len(text) > _TOPIC_LONGEST or not all(part and part.isprintable() and part == part.strip() for part in parts):
        raise InvalidValue("give words with / between them, such as befresh or house/kitchen")
    if "+" in text or "#" in text or text.startswith("$"):
        raise InvalidValue("+, # and a $ in front have a meaning of their own in MQTT")


class MqttSettings(SettingsSection):
    """Home Assistant, over an MQTT broker. Without a server nothing of it is there."""

    server: Annotated[str, checked(_mqtt_server), Field(examples=["192.168.0.10:1883"])] = ""
    """The MQTT broker that Home Assistant uses, `host` or `host:port`. Empty: nothing is told to anybody."""
    tls: bool = False
    """Whether the broker is spoken to encrypted (port 8883 where none is given), and its certificate checked."""
    ca_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/mqtt-ca.pem"])] = None
    """Who signed the broker's certificate (PEM). Empty: the certification authorities of this machine."""
    cert_file: Annotated[Path | None, Field(examples=["/etc/befresh-agent/mqtt.pem"])] = None
    """This fridge's own certificate (PEM), where the broker asks for one."""
    key_file: Annotated[Path | None, Field(examples=["/run/credentials/befresh-agent.service/mqtt-key"])] = None
    """The key that belongs to it, when it is not in the same file."""
    username: str = ""
    """The name it logs in with; the password is `secrets.mqtt_password`."""
    topic: Annotated[str, checked(_topic)] = "befresh"
    """Where its topics begin; the fridge's number follows."""
    discovery_topic: Annotated[str, checked(_topic)] = "homeassistant"
    """Home Assistant's discovery prefix."""
    language: Language = "ko"
    """The language of names in Home Assistant."""
    picture: bool = False
    """Whether the last picture of each session is shown there: people may be in it."""
    may_press: bool = False
    """Whether the fridge's button can be pressed from there."""
    may_speak: bool = False
    """Whether sentences can be spoken from there; needs `sound.prompts` with a language."""
    may_update: bool = False
    """Whether an update can be looked for and installed from there."""

    @property
    def place(self) -> ServerEndpoint:
        """Where the broker is; `server` must be set."""
        return parse_endpoint(self.server, _TLS_PORT if self.tls else _PORT)


class NotifySettings(SettingsSection):
    """Notices to phones, mail or messengers, by Apprise. Without `secrets.notify_urls` nobody is told anything."""

    digest_hour: Annotated[int | None, Field(ge=0, le=23, examples=[18])] = None
    """At this hour of the day, what is due is told, if anything is. Empty: never."""
    alarms: bool = True
    """Whether it is told that a container is too warm, messages cannot be sent, an update failed, a radio is down."""
    language: Language = "ko"
    """The language of notices."""


def _lookup(text: str) -> None:
    if text:
        check_web_address(text)
        if "{gtin}" not in text:
            raise InvalidValue("it needs {gtin} where the product's number stands")


_OPEN_FOOD_FACTS = "https://world.openfoodfacts.org/api/v2/product/{gtin}.json"


class ProductSettings(SettingsSection):
    """Names of products by their barcodes, beside those given in this house."""

    lookup: Annotated[str, checked(_lookup), Field(examples=[_OPEN_FOOD_FACTS])] = ""
    """Who is asked for the name of an unknown product: a web address with {gtin}, {key}. Empty: nobody."""
    lookup_fields: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "product.product_name_ko",
        "product.product_name",
    )
    """Where the name stands in its answer: names of JSON members with dots between them; the first that is there."""
    lookup_wait_s: Annotated[float, Field(gt=0, le=10)] = 2
    """How long a session waits for it before it asks for the name itself, in seconds."""


def check_notify_urls(secret: SecretStr | None) -> None:
    """What an address is, its service knows; words that can be none are refused without being shown."""
    for number, word in enumerate(notify_urls(secret), start=1):
        if not _ADDRESS.fullmatch(word):
            raise InvalidValue(f"word {number} is no address such as ntfys://TOPIC or mailtos://NAME:PASSWORD@HOST")


def notify_urls(secret: SecretStr | None) -> tuple[str, ...]:
    """The addresses, which stand in words."""
    return tuple(secret.get_secret_value().split()) if secret else ()


_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s]+")
