"""Voice stage: a model that is loaded once, whoever asks for it and however often, and given back."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.own_process import trim_memory

M = TypeVar("M")
_AT_ONCE = contextlib.nullcontext()


class LoadedModel(Generic[M]):
    """`load` blocks, and raises `NotHeard`; it runs on a thread, outside any limit for a name."""

    def __init__(self, load: Callable[[], M]) -> None:
        self._load = load
        self._loading: asyncio.Task[M] | None = None

    async def prepare(self) -> None:
        with contextlib.suppress(NotHeard):
            await self.get()

    async def get(self) -> M:
        """The one model; what failed is tried again. Raises `NotHeard`."""
        if self._loading is None or (self._loading.done() and self._loading.exception()):
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        return await asyncio.shield(self._loading)

    async def read(
        self,
        ask: Callable[[M], Sequence[NameHypothesis]],
        limit_s: float,
        turn: AbstractAsyncContextManager[object] = _AT_ONCE,
    ) -> Sequence[NameHypothesis]:
        """What the model reads, asked on a thread; waiting for a turn counts. Raises `NotHeard`, also for nothing."""
        model = await self.get()
        try:
            async with within(limit_s), turn:
                readings = await asyncio.to_thread(ask, model)
        except TimeoutError:
            raise NotHeard(ListenFailure.SERVICE, f"not understood within {limit_s:g} s") from None
        if not readings:
            raise NotHeard(ListenFailure.UNINTELLIGIBLE)
        return readings

    def release(self) -> None:
        """Whoever uses it still keeps it as long; one that is only being loaded stays."""
        if self._loading is not None and self._loading.done():
            self._loading = None
            asyncio.get_running_loop().call_soon(trim_memory)  # hundreds of megabytes are missed elsewhere
