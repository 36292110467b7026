"""The lines of a dry run, wherever they go."""

import io
import logging
import os
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from befresh_agent.cli.printer import wrapped
from befresh_agent.cli.terminal import TerminalView
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingTaken
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.delivery_events import MessageDelivered, MessageQueued
from befresh_agent.domain.events import (
    CuePlayed,
    DeviceChanged,
    DeviceState,
    Event,
    NameHeard,
    PaceChanged,
    StageDirection,
)
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.simulation.world import SimulatedClock

FISH = Address("C4:5D:83:10:2A:02")
READING = ReadingTaken(
    Reading(FISH, datetime.now(UTC), Measurement(temperature=4.0511, humidity=95, gas=104_691, nh3=115)), 36.7
)
VISION = [DeviceChanged("vision", state, "") for state in (DeviceState.LIVE, DeviceState.READY)]


class Screen:
    def __init__(
        self,
        file: io.StringIO | None = None,
        *,
        language: Language = "en",
        width: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.unread = 0
        self.file = file or io.StringIO()
        self.clock = SimulatedClock()
        self.devices = DeviceRegistry(EventBus(), self.clock)
        self.terminal = TerminalView(
            Console(file=self.file, force_terminal=width is not None, width=width, color_system=None, highlight=False),
            language,
            clock=self.clock,
            devices=self.devices,
            session=lambda: None,
            waiting=lambda: 3,
            unread=self._nobody_reads,
            foods={FISH: "fish"},
            verbose=verbose,
        )

    def _nobody_reads(self) -> None:
        self.unread += 1

    def told(self, *events: Event) -> str:
        for event in events:
            self.terminal.on_event(event)
        return self.file.getvalue()


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    text = Screen().told(NameHeard("[/] 김치 [bold] {x}"))
    assert "heard “[/] 김치 [bold] {x}”" in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("kind", [FullDisk, ClosedPipe])
def test_output_that_nobody_can_read_ends_the_run_and_hurts_nobody_else(
    kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "dup2", lambda *_: 0)  # rich would close this process's own output
    screen = Screen(kind())
    for event in (MessageQueued(1, "t", "milk"), MessageDelivered(1, "t", "the journal")):
        screen.terminal.on_event(event)
    assert screen.unread == 1


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_line_is_wider_than_the_terminal_and_no_value_is_split(language: Language, width: int) -> None:
    text = Screen(width=width, language=language).told(
        READING, CuePlayed(Cue.BLURRED), StageDirection(Phrase("x " * 99))
    )
    assert all(cell_len(line) <= width for line in text.splitlines())
    for value in ("4.1 °C", "95 %", "104.7 kΩ", "NH3 115 raw"):
        assert value in text


def test_a_pipe_gets_a_line_for_each_event() -> None:
    assert Screen().told(StageDirection(Phrase("She comes. " * 30))).count("\n") == 1


def test_containers_are_called_by_what_is_in_them() -> None:
    assert "fish read in 36.7 s" in Screen().told(READING)
    assert "생선, 36.7초에 읽음" in Screen(language="ko").told(READING)


def test_a_sound_says_what_it_means() -> None:
    assert "♪ speak: Say the food's name now." in Screen().told(CuePlayed(Cue.SPEAK))
    assert "♪ 지금 음식 이름을 말하세요." in Screen(language="ko").told(CuePlayed(Cue.SPEAK))


def test_devices_that_do_as_usual_share_a_line() -> None:
    screen = Screen()
    screen.told(*[DeviceChanged(name, DeviceState.READY, "") for name in ("button", "voice")])
    assert screen.file.getvalue() == ""
    screen.terminal.catch_up(now=True)
    assert "ready: button, voice" in screen.file.getvalue()
    screen.told(VISION[0])
    assert "switched on: vision" in screen.told(PaceChanged(60)), "told before time is quickened"
    screen.told(DeviceChanged("speaker", DeviceState.READY, ""), VISION[1])
    screen.terminal.catch_up(now=True)
    assert "speaker" not in screen.file.getvalue(), "ready for the first time is no news later on"
    assert "switched off: vision" in screen.file.getvalue()


def test_a_lost_device_is_told_at_once() -> None:
    lost = DeviceChanged("camera", DeviceState.LOST, "unplugged")
    assert "camera is lost: unplugged" in Screen().told(lost)
    assert "카메라: 고장" in Screen(language="ko").told(lost)


def test_on_demand_every_device_has_a_line_of_its_own() -> None:
    assert "vision is live" in Screen(verbose=True).told(*VISION)


def test_what_is_logged_stands_among_the_lines_unless_an_event_tells_it() -> None:
    def logged(name: str, *, verbose: bool = False) -> str:
        screen = Screen(verbose=verbose)
        screen.terminal.log(logging.LogRecord(name, logging.ERROR, "", 0, "broken: %s", ("x",), None))
        return screen.file.getvalue()

    assert "agent      broken: x" in logged("befresh_agent.camera")
    assert logged("befresh_agent.aiokafka") == ""
    assert "broken: x" in logged("befresh_agent.aiokafka", verbose=True)


def test_the_live_line_tells_in_words_how_it_stands_as_far_as_there_is_room() -> None:
    screen = Screen(width=200)
    screen.devices.report("distance", DeviceState.LOST)
    screen.clock.speed = 60
    assert screen.terminal._line().plain == (
        "session closed  ·  lost: distance  ·  3 messages waiting  ·  time ×60  ·  Ctrl-C ends"
    )
    assert Screen(width=30).terminal._line().plain == "session closed"


@pytest.mark.parametrize("width", [5, 17, 40])
def test_wrapping_keeps_every_word_and_numbers_with_their_units(width: int) -> None:
    text = "gas 104.7 kΩ at C4:5D:83:10:2A:02 and 김치 12 days"
    lines = wrapped(text, width)
    assert " ".join(lines) == text
    assert not any(line[-1:].isdigit() and not line.endswith("2A:02") for line in lines)
