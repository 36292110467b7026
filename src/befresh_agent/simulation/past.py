"""What a simulated fridge remembers from before the story begins: its containers' readings, and what is in them."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodType
from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.reading import Reading
from befresh_agent.record import history
from befresh_agent.simulation.radio import SimulatedRadio

_EVERY = timedelta(minutes=10)
_OUT_OF_REACH = (timedelta(hours=20), timedelta(hours=16))
"""One container was taken out of the kitchen then: charts show a gap."""


class Past:
    """Called once with the database, inside a transaction; does nothing when anything is remembered already."""

    def __init__(self, radio: SimulatedRadio, names: Mapping[Address, str], now: datetime, lasted: timedelta) -> None:
        self._radio = radio
        self._names = names
        self._now = now
        self._lasted = lasted

    def __call__(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT 1 FROM history LIMIT 1").fetchone():
            return
        for number, (address, name) in enumerate(self._names.items()):
            self._register(connection, address, name)
            at = self._now - self._lasted
            while at < self._now:
                if number or not self._now - _OUT_OF_REACH[0] <= at < self._now - _OUT_OF_REACH[1]:
                    values = self._radio.measured(address, (self._now - at).total_seconds())
                    history.add(connection, Reading(address, at, values))
                at += _EVERY

    def _register(self, connection: sqlite3.Connection, address: Address, name: str) -> None:
        at = self._now - self._lasted
        connection.execute(
            "INSERT INTO items (id, session, kind, name, address, registered_at, state)"
            " VALUES (?, '', ?, ?, ?, ?, 'sent')",
            (uuid7(at), int(FoodType.CONTAINER), name, address, at.isoformat()),
        )
