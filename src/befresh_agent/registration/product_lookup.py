"""Names of products that nobody in this house has named, from a service outside: asked once, and remembered.

In: the numbers of products. Out: names that come in time; later ones are known when the product is seen again. One
question at a time. A service that fails is left alone for a while, and the device `product lookup` says so.
"""

import asyncio
import contextlib

from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.errors import DeviceError, StoreError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import ProductService
from befresh_agent.ports.storage import ProductAnswers
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_loop import within

_DEVICE = "product lookup"
_FIRST_REST_S, _LONGEST_REST_S = 60.0, 3600.0
"""A service that failed is left alone for so long; twice as long after each further time."""
_MOST = 8
"""Questions that wait. Whoever asks more is not in a kitchen."""


class ProductLookup:
    """`run` goes on for ever."""

    def __init__(
        self, service: ProductService, answers: ProductAnswers, clock: Clock, devices: DeviceRegistry, *, wait_s: float
    ) -> None:
        self._service = service
        self._answers = answers
        self._clock = clock
        self._devices = devices
        self._wait_s = wait_s
        self._questions: asyncio.Queue[str] = asyncio.Queue(_MOST)
        self._waiting: dict[str, asyncio.Future[KnownProduct | None]] = {}
        self._rest_s, self._rests_until = 0.0, float("-inf")

    async def find(self, gtin: str) -> KnownProduct | None:
        """What the service calls the product; None where it does not know, or does not say so in time.

        Never raises, and never takes longer than the wait that was set.
        """
        with contextlib.suppress(StoreError, TimeoutError):
            async with within(self._wait_s):
                if not self._rests and not await self._answers.is_unknown(gtin):
                    return await asyncio.shield(self._answer(gtin))
        return None

    async def run(self) -> None:
        try:
            while True:
                gtin = await self._questions.get()
                known = None if self._rests else await self._ask(gtin)
                self._tell(gtin, known)
        finally:
            for gtin in tuple(self._waiting):
                self._tell(gtin, None)

    @property
    def _rests(self) -> bool:
        return self._clock.monotonic() < self._rests_until

    def _answer(self, gtin: str) -> "asyncio.Future[KnownProduct | None]":
        """The one that is waited for already, or a new question's."""
        if (waiting := self._waiting.get(gtin)) is not None:
            return waiting
        answer: asyncio.Future[KnownProduct | None] = asyncio.get_running_loop().create_future()
        try:
            self._questions.put_nowait(gtin)
        except asyncio.QueueFull:
            answer.set_result(None)
        else:
            self._waiting[gtin] = answer
        return answer

    async def _ask(self, gtin: str) -> KnownProduct | None:
        try:
            name = await self._service.name_of(gtin)
        except DeviceError as error:
            self._rest_s = min(max(_FIRST_REST_S, 2 * self._rest_s), _LONGEST_REST_S)
            self._rests_until = self._clock.monotonic() + self._rest_s
            self._devices.report(_DEVICE, DeviceState.LOST, str(error))
            return None
        self._rest_s = 0.0
        self._devices.report(_DEVICE, DeviceState.READY)
        with contextlib.suppress(StoreError):  # a full disk is told elsewhere; the name counts all the same
            await self._answers.note_answer(gtin, name)
        return None if name is None else KnownProduct(gtin, name, own=False)

    def _tell(self, gtin: str, known: KnownProduct | None) -> None:
        answer = self._waiting.pop(gtin, None)
        if answer is not None and not answer.done():
            answer.set_result(known)
