"""One container is bad in every way there is: the others are read as often as ever.

Eight hours of virtual time each.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import RadioRecovered
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.storage.database import Database
from tests.bthome import plain
from tests.virtual_time import run_virtually

from .conftest import Figures, Kitchen, figures, fleet

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]  # measuring takes four times as long; others go the same ways

HOURS = 8
BAD = fleet(1)[0]


class MixedRadio(SimulatedRadio):
    """One container answers as told."""

    after_s: float = 0
    answer: DeviceError | Measurement | None = None

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        if address != BAD or self.answer is None:
            return await super().visit(address, find_s=find_s, limit_s=limit_s)
        async with self._busy:
            self._listen(address)
            await self._clock.sleep(min(self.after_s, limit_s))
        if isinstance(self.answer, DeviceError):
            raise self.answer
        return self.answer


def answering(after_s: float, answer: DeviceError | Measurement) -> Callable[[Kitchen, MixedRadio], None]:
    def change(_: Kitchen, radio: MixedRadio) -> None:
        radio.after_s, radio.answer = after_s, answer

    return change


def garbage(kitchen: Kitchen, _: MixedRadio) -> None:
    kitchen.radio.add_broadcaster(BAD, lambda: plain(int(kitchen.clock.monotonic()) % 256)[:3])


CONTAINER_FAULTS: dict[str, Callable[[Kitchen, MixedRadio], None]] = {
    "carried away": lambda kitchen, radio: radio.away(BAD),
    "not heard": answering(10, ContainerAbsent("not heard")),
    "refusing at once": answering(0.2, RadioTransient("refused")),
    "refusing after the whole slot": answering(60, RadioTransient("took too long")),
    "broadcasting, or so it says": answering(1, ContainerBroadcasts("broadcasts")),
    "telling nothing": answering(3, Measurement()),
    "telling zeros": answering(3, Measurement(0.0, 0, 0.0, 0, 0, 0)),
    "telling the impossible": answering(3, Measurement(-300.0, 200, -5.0, 2**32 - 1, 2**32 - 1, 2**32 - 1)),
    "broadcasting garbage": garbage,
}


def eight_hours(
    path: Path, count: int, change: Callable[[Kitchen, MixedRadio], None] | None
) -> tuple[Figures, Kitchen]:
    async def main() -> tuple[Figures, Kitchen]:
        async with Database(path) as database:
            kitchen = Kitchen(database, ContainerSettings())
            radio = MixedRadio({}, kitchen.clock, seed=1)
            kitchen.radio = radio
            kitchen.radios = {"radio": radio}
            kitchen.poller = kitchen.new_poller()
            await kitchen.join(*fleet(count))
            if change is not None:
                change(kitchen, radio)
            async with kitchen.polling():
                await kitchen.clock.sleep(HOURS * 3600)
            return figures(kitchen, but=BAD), kitchen

    return run_virtually(main())


@pytest.fixture(scope="module", params=[6, 14, 40])
def healthy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Figures]:
    count: int = request.param
    return count, eight_hours(tmp_path_factory.mktemp("healthy") / "agent.db", count, None)[0]


@pytest.mark.parametrize("fault", CONTAINER_FAULTS)
def test_a_bad_container_costs_the_others_nothing(tmp_path: Path, healthy: tuple[int, Figures], fault: str) -> None:
    count, expected = healthy
    found, kitchen = eight_hours(tmp_path / "agent.db", count, CONTAINER_FAULTS[fault])
    assert found == pytest.approx(expected, rel=0.1)
    assert not kitchen.all(RadioRecovered), "the radio is well"
    assert not [told for told in kitchen.all(DeviceChanged) if told.state is DeviceState.LOST]


def test_where_nobody_can_be_read_though_everybody_is_heard_the_radio_is_treated(tmp_path: Path) -> None:
    class Mute(SimulatedRadio):
        mute = False

        async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
            if not self.mute:
                return await super().visit(address, find_s=find_s, limit_s=limit_s)
            self._listen(address)
            await asyncio.sleep(1)
            raise RadioTransient("le-connection-abort-by-local")

        async def heal(self, remedy: object) -> None:
            self.mute = False

    async def main() -> None:
        async with Database(tmp_path / "agent.db") as database:
            kitchen = Kitchen(database, ContainerSettings())
            kitchen.radio = radio = Mute({}, kitchen.clock, seed=1)
            kitchen.radios = {"radio": radio}
            kitchen.poller = kitchen.new_poller()
            await kitchen.join(*fleet(4))
            async with kitchen.polling():
                await kitchen.clock.sleep(3600)
                radio.mute = True
                await kitchen.clock.sleep(2 * 3600)
            assert len(kitchen.all(RadioRecovered)) == 1
            assert [told.state for told in kitchen.all(DeviceChanged)][-1] is DeviceState.READY

    run_virtually(main())
