"""What `--status` and `--check` say: facts for programs, lines for people."""

import json
from datetime import UTC, datetime
from typing import Any

from befresh_update.errors import UpdateError
from befresh_update.origin import divided
from befresh_update.update import Check, Update


def status(update: Update) -> dict[str, Any]:
    """What runs, what it follows, what was refused, how the last run ended."""
    current, outcome = update.releases.current, update.journal.outcome
    pending = update.journal.pending
    return {
        "release": current.id if current else None,
        "enabled": update.wishes.enabled,
        "channel": str(update.channel),
        "origin": divided(update.wishes.origin or update.repository.origin)[0],
        "unconfirmed": pending.next if pending else None,
        "seen": _seen(update),
        "kept": sorted(path.name for path in update.layout.releases.glob("*") if update.releases.known(path.name)),
        "bad": update.journal.bad,
        "edited": _edited(update),
        "last": None
        if outcome is None
        else {"at": _moment(outcome.at), "code": outcome.code, "line": outcome.line or "good"},
    }


def check(checked: Check) -> dict[str, Any]:
    return {
        "release": checked.current.id if checked.current else None,
        "due": checked.due.id if checked.due else None,
        "channel": str(checked.channel),
    }


def show(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    for name, fact in facts.items():
        print(f"{name + ':':13}{_in_words(fact)}")


def _in_words(fact: object) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{name}: {_in_words(value)}" for name, value in fact.items()) or "-"
    if isinstance(fact, list):
        return ", ".join(map(str, fact)) or "-"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return "-" if fact is None else str(fact)


def _edited(update: Update) -> list[str] | None:
    """Files of the running release that somebody has changed; the next comes without the changes. None: not known."""
    current = update.releases.current
    try:
        return update.releases.edited(current) if current else []
    except (UpdateError, OSError):
        return None


def _seen(update: Update) -> str | None:
    """The newest release that was fetched and is not installed, also one that was refused. Asks nobody."""
    try:
        due = update.channel.due(update.repository, update.releases.current, ())
    except (UpdateError, OSError):
        return None
    return due.id if due else None


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
