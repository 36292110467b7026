"""How this installation keeps itself up to date, as the updater tells it. Asked now and then, never waited for."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from befresh_agent.own_program import answer
from befresh_agent.page.models_delivery import UpdateState

UPDATER = Path("/opt/befresh-agent/updater/befresh-update")
_PATIENCE_S = 20.0
_AGAIN_S = 300.0


class Updates:
    """`updater` is the updater's command; where there is none, nothing is known."""

    def __init__(self, touched: Callable[[frozenset[str]], None], updater: Path = UPDATER) -> None:
        self._touched = touched
        self._updater = updater
        self._state: UpdateState | None = None
        self._asked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> UpdateState | None:
        """As far as it is known; a question is on its way when that is long ago."""
        if time.monotonic() - self._asked_at > _AGAIN_S and self._updater.exists():
            self._asked_at = time.monotonic()
            self._task = asyncio.create_task(self._ask())
        return self._state

    async def _ask(self) -> None:
        command = (str(self._updater), "update", "--status", "--json")
        try:
            _, said = await answer(*command, limit_s=_PATIENCE_S)
            self._state = UpdateState.model_validate(json.loads(said))
        except (OSError, TimeoutError, ValueError, ValidationError):
            self._state = None  # `befresh-agent update --status` says why
        self._touched(frozenset({"health"}))
