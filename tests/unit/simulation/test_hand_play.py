"""The playground's props are real enough for the real readers, and its broker for the real relay."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, OtherCodeSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.domain.trigger import Press
from befresh_agent.errors import DeliveryTransient, InvalidValue
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.simulation import pictures
from befresh_agent.simulation.hand_play import HandPlay, PlayProps
from befresh_agent.simulation.pictures import decode_untrusted
from befresh_agent.simulation.simulated_camera import SimulatedCamera
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.simulation.world import FAR_M, SimulatedBroker, SimulatedClock, SimulatedWorld
from befresh_agent.vision.pipeline import open_pipeline

BOX = Address("FB:89:EB:22:95:84")
TODAY = date(2026, 11, 21)
PICTURES = Path(__file__).parents[3] / "config" / "scenarios" / "pictures"


class NotingFinger:
    def __init__(self) -> None:
        self.moves: list[str] = []

    def press(self) -> None:
        self.moves.append("down")

    def release(self) -> None:
        self.moves.append("up")


@pytest.fixture
def world() -> SimulatedWorld:
    return SimulatedWorld()


@pytest.fixture
def finger() -> NotingFinger:
    return NotingFinger()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def play(world: SimulatedWorld, finger: NotingFinger, said: list[str], tmp_path: Path) -> HandPlay:
    clock = SimulatedClock()
    props = PlayProps(
        say=said.append, foods={BOX: "kimchi"}, wake_phrase="일반 등록", folder=tmp_path, hold_s=0.05, broker=True
    )
    return HandPlay(world, clock, finger, SimulatedRadio({BOX: "kimchi"}, clock), props)


async def seen_in(picture: Path) -> list[Detection]:
    """What is read of it through the simulated camera."""
    pipeline, ready = open_pipeline("auto")
    assert not ready.no_dates
    window = DateWindow.around(TODAY, past_days=60, ahead_years=5)
    async with SimulatedCamera(lambda: picture, SimulatedClock(20), width=1536, height=864) as camera:
        frames = [await camera.frame() for _ in range(2)]
    return [found for frame in frames for found in pipeline.look(frame, window).detections]


@pytest.mark.parametrize("day", [TODAY + timedelta(days=n) for n in (-1, 2, 5, 12, 400)], ids=str)
async def test_the_date_on_a_label_is_read(day: date, tmp_path: Path) -> None:
    (tmp_path / "label.pgm").write_bytes(pictures.package("MILK", day))
    assert {found.date for found in await seen_in(tmp_path / "label.pgm") if isinstance(found, DateSeen)} == {day}


async def test_a_containers_code_and_a_posters_are_told_apart(play: HandPlay, world: SimulatedWorld) -> None:
    await play.show(BOX)
    assert world.picture is not None
    assert ContainerSeen(BOX) in await seen_in(world.picture)
    await play.show("poster")
    assert any(isinstance(found, OtherCodeSeen) for found in await seen_in(world.picture))


async def test_every_sample_can_be_shown_and_put_down(play: HandPlay, world: SimulatedWorld, tmp_path: Path) -> None:
    for sample in play.samples():
        await play.show(sample.key)
        assert play.state().held == sample.name
    play.put_down()
    assert (play.state().held, world.picture) == ("", None)
    assert list(tmp_path.glob("held-*")) == []
    with pytest.raises(InvalidValue, match="nothing"):
        await play.show("nothing")


async def test_putting_down_leaves_pictures_of_others_alone(
    play: HandPlay, world: SimulatedWorld, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(b"dear to me")
    world.picture = mine
    play.put_down()
    assert mine.exists()


async def test_a_picture_of_ones_own_is_decoded_elsewhere(play: HandPlay, world: SimulatedWorld) -> None:
    await play.show_picture((PICTURES / "tofu.jpg").read_bytes(), "tofu.jpg")
    assert world.picture is not None
    assert world.picture.read_bytes().startswith(b"P5 ")
    assert date(2030, 1, 20) in {found.date for found in await seen_in(world.picture) if isinstance(found, DateSeen)}


@pytest.mark.parametrize("picture", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", b"P5 1 1 255\n\0"], ids=repr)
async def test_what_is_no_picture_is_refused_in_one_line(picture: bytes) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await decode_untrusted(picture)
    assert "\n" not in str(refusal.value)


async def test_presses_are_what_the_button_feels(play: HandPlay, world: SimulatedWorld, finger: NotingFinger) -> None:
    play.set_speed(60)
    assert world.hand_m == FAR_M
    for press, moves in ((Press.SHORT, 1), (Press.DOUBLE, 2), (Press.HOLD, 1), (Press.HELP, 1)):
        finger.moves.clear()
        await play.press(press)
        assert finger.moves == ["down", "up"] * moves
    assert play.state().near
    assert play.state().speed == 1


async def test_containers_come_and_go_and_devices_break(play: HandPlay, said: list[str]) -> None:
    play.carry(BOX, True)
    play.set_broken("broker", True)
    assert play.state().containers[0].away
    assert play.state().broken == {"broker"}
    play.carry(BOX, False)
    play.set_broken("broker", False)
    assert not play.state().containers[0].away
    play.say(" 사과 ")
    assert said == ["사과"]
    with pytest.raises(InvalidValue):
        play.carry(Address("02:00:00:00:00:01"), True)
    with pytest.raises(InvalidValue):
        play.say("  ")
    for speed in (1e6, float("nan")):
        with pytest.raises(InvalidValue):
            play.set_speed(speed)


async def test_the_broker_acknowledges_unless_it_is_cut_off() -> None:
    cut = asyncio.Event()
    broker = SimulatedBroker(cut=cut.is_set)
    message = OutgoingMessage(1, "id", "food-regist", "17", (), b"{}")
    assert await broker.publish([message]) == [None]
    cut.set()
    (trouble,) = await broker.publish([message])
    assert isinstance(trouble, DeliveryTransient)
    assert broker.received == [message]
