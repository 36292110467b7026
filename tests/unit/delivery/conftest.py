"""Delivery is tested on the real store."""

from tests.unit.storage.conftest import clock, database, events, store, told

__all__ = ["clock", "database", "events", "store", "told"]
