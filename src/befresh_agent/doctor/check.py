"""What the doctor says about one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    ABSENT = "not here"
    """Nobody expects it on this machine, such as pins on a laptop, or it is switched off."""
    WARNING = "warning"
    """It works; something should be done all the same."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table. Whatever is not all right has exactly one remedy."""

    name: str
    state: State
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "state": str(self.state), "detail": self.detail, "remedy": self.remedy}


def ok(name: str, detail: str) -> Check:
    return Check(name, State.OK, detail)


def absent(name: str, detail: str) -> Check:
    return Check(name, State.ABSENT, detail)


def warning(name: str, detail: str, remedy: str) -> Check:
    return Check(name, State.WARNING, detail, remedy)


def broken(name: str, detail: str, remedy: str) -> Check:
    return Check(name, State.BROKEN, detail, remedy)


def worst(checks: Iterable[Check]) -> State:
    """The worst state among them; things that are not here are no trouble."""
    found = {check.state for check in checks}
    return next((state for state in (State.BROKEN, State.WARNING) if state in found), State.OK)
