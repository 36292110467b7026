"""What is around the virtual Pi: containers in the air, a broker, a speech service, things to show and to say."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zxingcpp
from PIL import Image

from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import Record, read_all
from tests.google_speech import google
from tests.machine.kernel import kernel
from tests.machine.qemu import NoBoot
from tests.spoken import quiet, spoken, wav_file

from .pi import HOST, RADIO, Pi

if TYPE_CHECKING:
    from tests.air.air import Air

FOOD, SENSORS = "food-regist", "sensor-data-topic"
SIZE = (640, 480)
"""Of the camera's pictures."""
CONTAINER, USE_BY = "FB:89:EB:22:95:84", "2030-03-15"
"""What the pictures show."""
WAKE = "일반 등록"
NEAR_MM, FAR_MM = 100, 3900
"""Where the hand is."""
ORIGIN = "/home/befresh-agent"
"""Of releases: the clone that was installed from."""
_BOOTS = 3
_PICTURES = Path(__file__).parents[2] / "config" / "scenarios" / "pictures"
# A processor that is played by a program is many times slower than a Pi's: whoever waits for it waits longer. And its
# clock stumbles, which the distance sensor takes for metres: near and far are far apart. The network that hears the
# wake phrase takes all of such a processor: pocketsphinx hears it here.
_SETTINGS = """
[fridge]
id = 17
[session]
near_cm = 200
nobody_s = 20
silence_s = 15
phrase_s = 6
[camera]
source = "/dev/video0"
width = 640
height = 480
[vision]
hang_s = 120
[voice]
wake = "pocketsphinx"
google_endpoint = "{google}"
speech_timeout_s = 40
[containers]
period_s = 60
slot_s = 45
[kafka]
server = "{kafka}"
[delivery]
batch_interval_s = 60
spread_s = 0
[update]
origin = "{origin}"
health_s = 30
[agent]
log_level = "debug"
"""


@dataclass(slots=True)
class Household:
    """The fridge's surroundings stay while its power comes and goes."""

    pi: Pi
    kafka: MockKafka
    folder: Path
    _powered: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _air: "Air | None" = None

    async def switch_on(self) -> None:
        """Containers in the air, power, and a wait until the agent is at work.

        Again where the kernel panics: with two emulated processors it does so at times while it changes its own code.
        """
        for _ in range(_BOOTS - 1):
            with contextlib.suppress(NoBoot):
                return await self._boot()
            await self.cut()
        return await self._boot()

    async def _boot(self) -> None:
        from tests.air.air import Air  # only the laboratories have bumble

        self.pi.machine.start()
        self._powered.push_async_callback(self.pi.cut)
        self._air = await self._powered.enter_async_context(Air(self.pi.machine.line(RADIO)))
        await self._air.add(1)
        await self._air.add(2, CONTAINER)
        await self.pi.at_work()

    async def cut(self) -> None:
        """The power goes."""
        await self._powered.aclose()

    @property
    def air(self) -> "Air":
        assert self._air is not None, "the power is off"
        return self._air

    async def calm(self) -> None:
        """Whatever was before: nobody is there, nothing is shown, and no session is open."""
        await self.pi.hand(FAR_MM)
        await self.pi.show(table())
        await self.pi.at_work()

    async def say(self, text: str) -> None:
        sound = spoken(text, "ko+m2", 140, 55) + quiet(0.5)
        await self.pi.say(wav_file(self.folder / "said.wav", sound).read_bytes())

    async def records(self, topic: str) -> list[Record]:
        """All messages that the broker has of the topic."""
        here, port = "127.0.0.1", _port(self.kafka.bootstrap)
        self.kafka.advertise(here, port)
        try:
            return await read_all(f"{here}:{port}", (topic,))
        finally:
            self.kafka.advertise(HOST, port)

    async def messages(self, topic: str) -> list[dict[str, Any]]:
        """Their bodies."""
        return [json.loads(record.body) for record in await self.records(topic)]

    async def foods(self) -> list[dict[str, Any]]:
        """Every food that has arrived, in order; a message that came twice counts once, as for whoever reads them."""
        unique = {record.id: record for record in await self.records(FOOD)}
        return [food for record in unique.values() for food in json.loads(record.body)["foodList"]]


@contextlib.asynccontextmanager
async def household(folder: Path) -> AsyncIterator[Household]:
    """A booted machine with the agent at work in it."""
    with _broker() as kafka, google() as speech:
        settings = _SETTINGS.format(
            google=f"http://{HOST}:{_port(speech.endpoint)}/good",
            kafka=f"{HOST}:{_port(kafka.bootstrap)}",
            origin=ORIGIN,
        )
        async with Pi(kernel(), folder, settings) as pi:
            house = Household(pi, kafka, folder)
            try:
                await house.switch_on()
                yield house
            finally:
                await house.cut()


@contextlib.contextmanager
def _broker() -> Iterator[MockKafka]:
    with MockKafka() as kafka:
        kafka.advertise(HOST, _port(kafka.bootstrap))
        yield kafka


def _port(address: str) -> int:
    return int(address.rstrip("/").rpartition(":")[2])


@cache
def table() -> bytes:
    """Nothing but a table: neither dark nor blurred, which the agent would remark upon."""
    return np.random.default_rng(1).integers(90, 170, SIZE[0] * SIZE[1], np.uint8).tobytes()


@cache
def container() -> bytes:
    """A container before the camera, in gray bytes."""
    with Image.open(_PICTURES / "container-kimchi.jpg") as image:
        return image.convert("L").resize(SIZE, Image.Resampling.LANCZOS).tobytes()


@cache
def package() -> bytes:
    """A package whose code says until when: reading print takes the emulated processor most of a minute."""
    link = f"https://id.gs1.org/01/09506000134352?17={USE_BY[2:].replace('-', '')}"
    code = zxingcpp.create_barcode(link, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image = Image.new("L", SIZE, 210)
    image.paste(Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=6))), (120, 80))
    return image.tobytes()
