"""The lines of a dry run, wherever they go."""

import io
import os

import pytest
from rich.console import Console

from befresh_agent.cli.terminal import Terminal
from befresh_agent.domain.events import MessageDelivered, MessageQueued, NameHeard
from befresh_agent.events import Devices, Events
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.status.loop_lag import LoopLag


class Screen:
    def __init__(self, file: io.TextIOBase) -> None:
        self.unread = 0
        clock = SimulatedClock()
        self.terminal = Terminal(
            Console(file=file),  # type: ignore[arg-type]  # rich asks for IO[str], which io's classes are not
            clock=clock,
            devices=Devices(Events(), clock),
            lag=LoopLag(),
            session=lambda: None,
            waiting=lambda: 3,
            unread=self._nobody_reads,
        )

    def _nobody_reads(self) -> None:
        self.unread += 1


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    file = io.StringIO()
    Screen(file).terminal.listen(NameHeard("[/] 김치 [bold]"))
    assert "heard “[/] 김치 [bold]”" in file.getvalue()
    assert file.getvalue().count("\n") == 1


@pytest.mark.parametrize("kind", [FullDisk, ClosedPipe])
def test_output_that_nobody_can_read_ends_the_run_and_hurts_nobody_else(
    kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "dup2", lambda *_: 0)  # rich would close this process's own output
    screen = Screen(kind())
    for event in (MessageQueued(1, "t", "milk"), MessageDelivered(1, "t", "the journal")):
        screen.terminal.listen(event)
    assert screen.unread == 1


def test_the_live_line_tells_how_many_messages_wait() -> None:
    assert "queue 3" in Screen(io.StringIO()).terminal._line().plain
