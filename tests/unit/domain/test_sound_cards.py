"""Which card is taken on machines as they are: Raspberry Pis with HDMI, headphones and USB."""

import pytest

from befresh_agent.domain.sound_cards import Direction, chosen, devices

PI_4 = """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 2 [Device         ]: USB-Audio - USB PnP Sound Device
                      C-Media Electronics Inc. USB PnP Sound Device at usb-0000:01:00.0-1.3
"""
PI_4_PCM = """\
00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8
01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
02-00: USB Audio : USB Audio : playback 1 : capture 1
"""
WITHOUT_USB = PI_4_PCM.rpartition("02-00")[0]
DUMMY = " 0 [Dummy          ]: Dummy - Dummy\n                      Dummy 1\n"
DUMMY_PCM = "00-00: Dummy PCM : Dummy PCM : playback 8 : capture 8\n"


@pytest.mark.parametrize(
    ("cards", "pcm", "direction", "alsa"),
    [
        (PI_4, PI_4_PCM, Direction.CAPTURE, "plughw:CARD=Device,DEV=0"),
        (PI_4, PI_4_PCM, Direction.PLAYBACK, "plughw:CARD=Device,DEV=0"),
        (PI_4, WITHOUT_USB, Direction.PLAYBACK, "plughw:CARD=Headphones,DEV=0"),
        (PI_4, WITHOUT_USB, Direction.CAPTURE, None),
        (DUMMY, DUMMY_PCM, Direction.CAPTURE, "plughw:CARD=Dummy,DEV=0"),
        ("--- no soundcards ---\n", "", Direction.PLAYBACK, None),
    ],
)
def test_the_card_that_can_do_it_is_taken(cards: str, pcm: str, direction: Direction, alsa: str | None) -> None:
    card = chosen(devices(cards, pcm, direction))
    assert (card and card.alsa) == alsa


@pytest.mark.parametrize(
    ("name", "alsa"),
    [
        ("Headphones", "plughw:CARD=Headphones,DEV=0"),
        ("usb pnp", "plughw:CARD=Device,DEV=0"),
        ("plughw:1", None),
        ("telescope", None),
    ],
)
def test_a_card_goes_by_its_name_or_a_part_of_its_title(name: str, alsa: str | None) -> None:
    card = chosen(devices(PI_4, PI_4_PCM, Direction.PLAYBACK), name)
    assert (card and card.alsa) == alsa


def test_portaudio_calls_it_by_its_number() -> None:
    [card] = devices(PI_4, PI_4_PCM, Direction.CAPTURE)
    assert card.number in "USB PnP Sound Device: Audio (plughw:2,0)"
