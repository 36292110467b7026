"""What lies outside the fridge: the radio and its cipher, sinks of messages, the home, notices, names of products."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import ContainerKind
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.errors import DeliveryError

PACKETS = 8
"""Packets of one device that are told of at a time: the newest ones."""


@dataclass(frozen=True, slots=True)
class DeviceSighting:
    """A device that was heard."""

    address: Address
    name: str
    signal_dbm: int | None
    kind: ContainerKind | None = None
    """What it seems to be by its advertisement; None for a stranger."""
    broadcasts: tuple[bytes, ...] = ()
    """Its BTHome service data: the different packets that were heard, the oldest first, at most `PACKETS`."""


class Radio(Protocol):
    """One radio: one container at a time, no connection is ever held. An async context manager in its adapters."""

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        """Find the container, connect, read everything, disconnect.

        Gives up with `ContainerAbsent` when it is not found within `find_s` seconds, with `RadioTransient` when
        it was found but the visit failed or took longer than `limit_s` in all, with `ContainerBroadcasts` when it
        needs no visit, and with a plain `DeviceError` when the radio itself is missing or off.
        """

    def sightings(self) -> tuple[DeviceSighting, ...]:
        """Who was heard in visits since the last call, each device once with the newest that is known of it."""

    async def listen(self, seconds: float) -> tuple[DeviceSighting, ...]:
        """Whoever is heard within so many seconds, each device once, connecting to nobody.

        Raises a plain `DeviceError` when the radio is missing or off. Waits for a visit that is under way.
        """

    async def heal(self, remedy: RecoveryAction) -> None:
        """Apply the remedy; raises `DeviceError` where that is not possible or not allowed."""


class Cipher(Protocol):
    async def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        """The plain text of AES-CCM with four bytes of authentication behind the cipher text.

        Raises `InvalidValue` when the key does not fit or the text was changed, `DeviceError` when the library for it
        is missing.
        """


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as it travels; retries carry the same bytes and the same id."""

    seq: int
    id: str
    topic: str
    key: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MessageSink(AbstractAsyncContextManager[object], Protocol):
    """Where messages go; entering never needs the other side to be there."""

    @property
    def name(self) -> str:
        """As in the database, for ever: its section of the settings."""

    @property
    def where(self) -> str:
        """Where messages go, in a person's words."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        """Send them in order and wait for every acknowledgement: None where acknowledged, else what went wrong.

        Comes back within the delivery deadline whatever the other side does; never raises a `DeliveryError` itself.
        """

    async def close(self, grace_s: float) -> None:
        """Stop within that many seconds; nothing is delivered afterwards."""


@dataclass(frozen=True, slots=True)
class HomeMessage:
    """A message from the home's broker."""

    topic: str
    payload: bytes
    retained: bool
    """It is not new: the broker had kept it."""


class HomeConnection(Protocol):
    """A connection to the home's broker. Everything raises `DeviceError` once it is lost."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """At least once; comes back when the broker has it. An empty retained payload takes away what was kept."""

    async def subscribe(self, topics: Sequence[str]) -> None:
        """What is kept there comes at once, then what is new."""

    async def unsubscribe(self, topics: Sequence[str]) -> None:
        """Hear no more of them."""

    def messages(self) -> AsyncIterator[HomeMessage]:
        """What was subscribed to, for ever."""


class HomeBroker(Protocol):
    """The MQTT broker that Home Assistant uses."""

    @property
    def where(self) -> str:
        """Its address, for people."""

    def connected(self, will: str) -> AbstractAsyncContextManager[HomeConnection]:
        """A connection; entering raises `DeviceError` where there is none.

        Whenever it ends, in order or not, the topic `will` says `offline`.
        """


class ProductService(Protocol):
    """Who knows products outside of this house."""

    async def name_of(self, gtin: str) -> str | None:
        """What the product of that number, in 14 digits, is called; None where it is not known there.

        Takes some seconds at most. Raises `DeviceError` where nobody could be asked.
        """


class NoticeSender(Protocol):
    """Who gets notices: a phone, a mailbox, a messenger."""

    @property
    def receivers(self) -> tuple[str, ...]:
        """A name for each that stays the same as long as it is set, and tells nothing of it."""

    async def send(self, receiver: str, title: str, body: str) -> None:
        """Tell one of them. Raises `DeviceError` where that failed."""
