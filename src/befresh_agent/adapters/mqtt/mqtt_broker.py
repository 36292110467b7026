"""The MQTT broker of the household: TLS, login, last will. In: payloads by topic. Out: messages, and what is wrong.

Before the library connects, a plain connection is tried: the library looks names up in asyncio's thread pool, which a
program must wait for when it ends.
"""

import contextlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from befresh_agent.adapters.system.network import daemon_lookups, probe_tcp
from befresh_agent.errors import DeviceError, told
from befresh_agent.ports.outside import HomeMessage
from befresh_agent.runtime.remedies import missing
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.settings.home_sections import MqttSettings
from befresh_agent.settings.model import SecretSettings

if TYPE_CHECKING:
    from aiomqtt import Client

OFFLINE = b"offline"
_LIMIT_S = 5.0
"""For connecting, and for each acknowledgement."""
_FAREWELL_S = 1.0
_KEEP_ALIVE_S = 20
"""A fridge without power is told as offline by the broker after one and a half of these."""
_LARGEST = 256 * 1024
"""Bytes of a message that is looked at."""
_LOGIN = "set mqtt.username and secrets.mqtt_password to what the broker knows"

_library_log = logging.getLogger("befresh_agent.mqtt.library")
_library_log.setLevel(logging.CRITICAL)  # it is told here, once, in words


class MqttBroker:
    """`name` is this client's id: of two with the same name a broker keeps the later one."""

    def __init__(self, settings: MqttSettings, secrets: SecretSettings, *, name: str) -> None:
        self._settings = settings
        self._secrets = secrets
        self._name = name

    @property
    def where(self) -> str:
        place = self._settings.place
        return f"[{place.host}]:{place.port}" if ":" in place.host else f"{place.host}:{place.port}"

    @contextlib.asynccontextmanager
    async def connected(self, will: str = "") -> AsyncIterator["MqttConnection"]:
        """A connection; without a `will` nothing is said when it ends."""
        client = await self._client(will)
        with _in_our_words(self.where):
            await _enter(client)
        try:
            yield MqttConnection(client)
        finally:
            client.timeout = _FAREWELL_S
            with contextlib.suppress(DeviceError):  # whatever ended it matters more
                if will:
                    await MqttConnection(client).publish(will, OFFLINE, retain=True)
            with contextlib.suppress(DeviceError), _in_our_words(self.where):
                await client.__aexit__(None, None, None)

    async def _client(self, will: str) -> "Client":
        place = self._settings.place
        context = await in_daemon_thread(self._context) if self._settings.tls else None
        with daemon_lookups():
            trouble = await probe_tcp(place.host, place.port, _LIMIT_S, context)
        if trouble:
            raise DeviceError(f"{self.where}: {trouble}", remedy=_remedy(trouble))
        try:
            aiomqtt = await in_daemon_thread(lambda: import_module("aiomqtt"))  # takes long
        except ImportError as error:
            raise missing(error, "mqtt") from error
        password = self._secrets.mqtt_password
        client: Client = aiomqtt.Client(
            place.host,
            place.port,
            identifier=self._name,
            username=self._settings.username or None,
            password=password.get_secret_value() if password else None,
            tls_context=context,
            will=aiomqtt.Will(will, OFFLINE, qos=1, retain=True) if will else None,
            keepalive=_KEEP_ALIVE_S,
            timeout=_LIMIT_S,
            logger=_library_log,
        )
        return client

    def _context(self) -> ssl.SSLContext:
        """Read anew for each connection, so that a renewed certificate is taken up."""
        settings, password = self._settings, self._secrets.mqtt_key_password
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
            if settings.cert_file is not None:
                secret = password.get_secret_value() if password else ""
                context.load_cert_chain(settings.cert_file, settings.key_file, secret)
        except ssl.SSLError as error:
            raise DeviceError(
                f"the certificates cannot be used: {error}", remedy="look at mqtt.ca_file and its like"
            ) from error
        except OSError as error:
            raise DeviceError(told(error, settings.ca_file), remedy="look at mqtt.ca_file and its like") from error
        return context


async def _enter(client: "Client") -> None:
    try:
        await client.__aenter__()
    except BaseException:
        client._client.disconnect()  # noqa: SLF001  # else the library keeps the socket of one that never answered
        raise


class MqttConnection:
    """One connection."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        with _in_our_words(topic):
            await self._client.publish(topic, payload, qos=1, retain=retain)

    async def subscribe(self, topics: Sequence[str]) -> None:
        with _in_our_words(", ".join(topics)):
            await self._client.subscribe([(topic, 1) for topic in topics])

    async def unsubscribe(self, topics: Sequence[str]) -> None:
        with _in_our_words(", ".join(topics)):
            await self._client.unsubscribe(list(topics))

    async def messages(self) -> AsyncIterator[HomeMessage]:
        with _in_our_words("the broker"):
            async for message in self._client.messages:
                payload = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
                if len(payload) <= _LARGEST:
                    yield HomeMessage(str(message.topic), payload, bool(message.retain))


def _remedy(trouble: str) -> str:
    if "certificate" in trouble or "mismatch" in trouble:
        return "set mqtt.ca_file to who signed the broker's certificate, and mqtt.server to the name in it"
    return "start the broker, or correct mqtt.server"


@contextlib.contextmanager
def _in_our_words(where: str) -> Iterator[None]:
    from aiomqtt import MqttCodeError, MqttError

    try:
        yield
    except MqttError as error:
        code = error.rc if isinstance(error, MqttCodeError) else None
        refused = str(code) in ("Not authorized", "Bad user name or password")
        said = re.sub(r"^\[code:\d+\] ", "", str(error))
        raise DeviceError(f"{where}: {said}", remedy=_LOGIN if refused else "") from error
    except UnicodeError as error:
        raise DeviceError(f"{where}: {error}") from error
