"""The dry run's world, played by hand instead of by a scenario. Stands behind `ports/playground.py`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from befresh_agent.domain.container import Address
from befresh_agent.domain.trigger import HELP_AFTER_S, Press
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.playground import Breakable, PlayContainer, PlaySample, PlayState
from befresh_agent.simulation import pictures
from befresh_agent.simulation.pictures import decode_untrusted
from befresh_agent.simulation.scenario_player import ButtonFinger
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.simulation.world import FAR_M, SimulatedClock, SimulatedWorld

_HAND_M = 0.3
_TAP_S = 0.12
_BETWEEN_S = 0.15
_SECONDS: Mapping[Press, Callable[[float], float]] = {
    Press.HOLD: lambda hold_s: hold_s + 0.3,
    Press.HELP: lambda hold_s: hold_s + HELP_AFTER_S + 0.3,
}
"""How long the button is down, by what counts as held."""
_SPEEDS = (0.1, 600.0)
_LONGEST_WORDS = 200
_CARTON_DAYS = 9
_CARTON = "carton"
"""A pack whose code tells which product it is, and its day."""
_PACKAGES = (("milk", "우유", 5), ("tofu", "두부", 2), ("yogurt", "요구르트", 12), ("ham", "햄", -1))
"""What lies ready: name, what it is called, days until its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayProps:
    """What else belongs to the play."""

    say: Callable[[str], None]
    foods: Mapping[Address, str]
    """Containers and what is in them."""
    wake_phrase: str
    folder: Path
    """For pictures that are held before the camera."""
    hold_s: float
    """How long the button must be held to count as held."""
    broker: bool
    """Whether there is a simulated broker to be cut off."""


class HandPlay:
    def __init__(
        self,
        world: SimulatedWorld,
        clock: SimulatedClock,
        finger: ButtonFinger,
        radio: SimulatedRadio,
        props: PlayProps,
    ) -> None:
        self._world = world
        self._clock = clock
        self._finger = finger
        self._radio = radio
        self._props = props
        self._breakable = tuple(what for what in get_args(Breakable) if props.broker or what != "broker")
        self._held = ""
        self._pushing = asyncio.Lock()
        self._shown = 0

    def state(self) -> PlayState:
        return PlayState(
            near=self._world.hand_m < FAR_M,
            held=self._held if self._world.picture else "",
            broken=frozenset(self._world.broken),
            containers=[
                PlayContainer(address, self._props.foods.get(address, ""), self._radio.is_away(address))
                for address in self._radio.in_the_air
            ],
            speed=self._clock.speed,
            wake_phrase=self._props.wake_phrase,
            breakable=self._breakable,
        )

    def samples(self) -> Sequence[PlaySample]:
        today = self._clock.now().date()
        packages = [PlaySample(key, "package", name, today + timedelta(days=days)) for key, name, days in _PACKAGES]
        lids = [PlaySample(address, "container", food, address=address) for address, food in self._props.foods.items()]
        carton = PlaySample(_CARTON, "product", "두유", today + timedelta(days=_CARTON_DAYS))
        return [*packages, carton, *lids, PlaySample("poster", "other", "poster")]

    async def press(self, press: Press) -> None:
        self.stand(True)
        self.set_speed(1.0)
        async with self._pushing:
            await self._tap(_SECONDS[press](self._props.hold_s) if press in _SECONDS else _TAP_S)
            if press is Press.DOUBLE:
                await asyncio.sleep(_BETWEEN_S)
                await self._tap(_TAP_S)

    async def show(self, key: str) -> None:
        sample = next((one for one in self.samples() if one.key == key), None)
        if sample is None:
            raise InvalidValue(f"there is no {key[:40]!r} to show")
        await self._hold(await asyncio.to_thread(_picture, sample), sample.name)

    async def show_label(self, day: date) -> None:
        await self._hold(await asyncio.to_thread(pictures.package, "food", day), day.isoformat())

    async def show_picture(self, picture: bytes, name: str) -> None:
        await self._hold(await decode_untrusted(picture), name[:60] or "picture")

    def put_down(self) -> None:
        self._world.picture = None
        self._file(self._shown).unlink(missing_ok=True)

    def say(self, words: str) -> None:
        if not (words := words.strip()[:_LONGEST_WORDS]):
            raise InvalidValue("nothing was said")
        self._props.say(words)

    def stand(self, near: bool) -> None:
        self._world.hand_m = _HAND_M if near else FAR_M

    def carry(self, address: Address, away: bool) -> None:
        if address not in self._radio.in_the_air:
            raise InvalidValue(f"there is no container {address} here")
        if away:
            self._radio.away(address)
        else:
            self._radio.back(address)

    def set_broken(self, what: Breakable, broken: bool) -> None:
        if what not in self._breakable:
            raise InvalidValue(f"{what} cannot be broken here")
        if broken:
            self._world.broken.add(what)
        else:
            self._world.broken.discard(what)

    def set_speed(self, speed: float) -> None:
        slowest, fastest = _SPEEDS
        if not slowest <= speed <= fastest:
            raise InvalidValue(f"time runs {slowest:g} to {fastest:g} times as fast as usual")
        if speed != self._clock.speed:
            self._clock.speed = speed

    async def _tap(self, seconds: float) -> None:
        self._finger.press()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._finger.release()

    async def _hold(self, picture: bytes, name: str) -> None:
        """A file with a name of its own: the camera notices that it is another one by that."""
        self._shown += 1
        path = self._file(self._shown)
        await asyncio.to_thread(path.write_bytes, picture)
        self._world.picture, self._held = path, name
        self._file(self._shown - 1).unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._props.folder / f"held-{number}.pgm"


def _picture(sample: PlaySample) -> bytes:
    if sample.address is not None:
        return pictures.container_code("container", sample.address)
    if sample.kind == "product" and sample.use_by is not None:
        return pictures.product_code("SOY MILK", sample.use_by)
    if sample.use_by is not None:
        return pictures.package(sample.key.upper(), sample.use_by)
    return pictures.other_code("recipes")
