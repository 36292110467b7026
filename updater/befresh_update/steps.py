"""The steps of an update, told as they are done: for the terminal, and for tests that cut the power after each."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """Each is over, and durable, when it is told."""

    LOCKED = "no other update runs"
    FETCHED = "fetched"
    CHOSEN = "a newer release is there, and may be installed"
    BUILT = "built"
    TRIED = "its self-test is good"
    COPIED = "the database is copied"
    PROMISED = "noted that the switch is not confirmed yet"
    SWITCHED = "switched"
    RESTARTED = "the agent is started again"
    WATCHED = "the agent stays well"
    CONFIRMED = "confirmed"
    PRUNED = "old releases are forgotten"
    ADOPTED = "the updater is the new release's own"
    STOPPED = "the agent is stopped"
    SETTLED = "the database can be read by the release before"
    BACK = "back at the release before"


Tell = Callable[[Step], None]
