"""The dry run on a terminal: a line for each event, and below them a live line that tells how it stands.

Where the output is no terminal (a file, a pipe) only the lines are printed, unwrapped. When nobody reads them any more
(`| head`), or the disk they go to is full, the agent is told so and nothing else suffers.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from befresh_agent.cli.printer import DeviceFold, padded, wrapped
from befresh_agent.domain import events as e
from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.narration import describe
from befresh_agent.domain.phrase import EventSentence, Language, LogSeverity, Phrase, counted
from befresh_agent.domain.visible import visible_text
from befresh_agent.i18n.words import say
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.simulation.world import SimulatedClock

_EVERY_S = 0.25
_STYLES = {
    "person": "bold white",
    "time": "bold white",
    "page": "bold",
    "session": "bold cyan",
    "vision": "magenta",
    "voice": "yellow",
    "sound": "blue",
    "containers": "green",
    "delivery": "bold green",
    "devices": "dim",
    "agent": "bold red",
}
_SHOWN_DETAILS = (e.TriggerReceived, e.CuePlayed, e.DeviceChanged)
"""Events too small for the log that are worth watching here."""
_TOLD_BY_EVENTS = "aiokafka"
"""What this library logs, the agent's own events tell as well."""
_TIME, _PART = 10, 11
"""Cells of the columns before the text."""
_NARROW = 72
"""In fewer columns, lines that go on begin below the part's name."""
_SAD = frozenset({Cue.FAILED, Cue.NO_SERVICE, Cue.SILENCE, Cue.UNINTELLIGIBLE})


class TerminalView:
    """Prints events as they come; `run` keeps the live line up to date.

    `foods` says what is in the containers, `verbose` tells of every device, and of the libraries' troubles, too.
    """

    def __init__(
        self,
        console: Console,
        language: Language,
        *,
        clock: SimulatedClock,
        devices: DeviceRegistry,
        session: Callable[[], Sequence[FoodItem] | None],
        waiting: Callable[[], int],
        unread: Callable[[], None],
        foods: Mapping[Address, str],
        verbose: bool = False,
    ) -> None:
        self._console = console
        self._language: Language = language
        self._clock = clock
        self._devices = devices
        self._session = session
        self._waiting = waiting
        self._unread = unread
        self._foods = {address: food for address, food in foods.items() if list(foods.values()).count(food) == 1}
        self._verbose = verbose
        self._fold = DeviceFold()

    def on_event(self, event: e.Event) -> None:
        """Print one event; a listener for `EventBus`."""
        if isinstance(event, e.DeviceChanged) and not self._verbose and self._fold.takes(event):
            return
        if isinstance(event, e.PaceChanged):
            self.catch_up(now=True)
        sentence = describe(event)
        if sentence.weight > LogSeverity.DETAIL or isinstance(event, _SHOWN_DETAILS):
            self._print(sentence, sad=isinstance(event, e.CuePlayed) and event.cue in _SAD)

    def tell(self, part: str, text: Phrase, *, alarm: bool = False) -> None:
        """Print a sentence that no event tells."""
        self._print(EventSentence(part, text, LogSeverity.ALARM if alarm else LogSeverity.NEWS), sad=False)

    def log(self, record: logging.LogRecord) -> None:
        """Print what a part of the agent or a library logs, unless an event tells it."""
        if self._verbose or not record.name.endswith(_TOLD_BY_EVENTS):
            weight = LogSeverity.ALARM if record.levelno >= logging.ERROR else LogSeverity.WARNING
            self._print(EventSentence("agent", Phrase("{text}", text=record.getMessage()), weight), sad=False)
            if record.exc_info and not self._console.quiet:
                self._console.print(Text(logging.Formatter().formatException(record.exc_info)), soft_wrap=True)

    async def run(self) -> None:
        """Tell what devices do, and refresh the live line, until cancelled."""
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            while True:
                self.catch_up()
                if self._console.is_terminal:
                    live.update(self._line(), refresh=True)
                await asyncio.sleep(_EVERY_S)

    def catch_up(self, *, now: bool = False) -> None:
        """Tell what devices have done together; at the end all of it at once."""
        for text in self._fold.due(now=now):
            self._print(EventSentence("devices", text, LogSeverity.DETAIL), sad=False)

    def _print(self, sentence: EventSentence, *, sad: bool) -> None:
        weight, part = sentence.weight, sentence.part
        style = "bold red" if weight >= LogSeverity.ALARM else "yellow" if weight is LogSeverity.WARNING or sad else ""
        style = style or {"person": "bold", "time": "bold", "page": "bold"}.get(
            part, "dim" if weight is LogSeverity.DETAIL else ""
        )
        indent, *lines = self._lines(self._said(sentence.text))
        text = Text.assemble(
            (f"{self._clock.now():%H:%M:%S}".ljust(_TIME), "dim"),
            (padded(say(self._language, Phrase(part)), _PART), _STYLES.get(part, "")),
            (f"\n{indent}".join(lines), style),
        )
        try:
            self._console.print(text, soft_wrap=True)
        except (
            SystemExit,
            OSError,
        ):  # rich ends the program on a broken pipe: here that would hit whoever told the event
            self._console.quiet = True
            self._unread()

    def _said(self, text: Phrase) -> str:
        """In the terminal's language, a container called by what is in it."""
        address = text.values.get("address")
        if text.template.startswith("{address}") and address in self._foods:
            text = Phrase(text.template, **text.values | {"address": Phrase(self._foods[Address(str(address))])})
        return "\n".join(map(visible_text, say(self._language, text).split("\n")))

    def _lines(self, text: str) -> list[str]:
        """What comes before lines that go on, and the lines."""
        if not self._console.is_terminal:
            return ["", " ".join(text.split())]
        width, before = self._console.width, _TIME + _PART
        indent = before if width >= _NARROW else _TIME
        return [" " * indent, *wrapped(text, width - indent, first=width - before)]

    def _line(self) -> Text:
        """How it stands: as much of it as the terminal is wide."""
        items, speed = self._session(), self._clock.speed
        session = Phrase("session closed")
        if items is not None:
            session = Phrase("session open, {registered}", registered=_registered(len(items)))
        parts = [(session, "dim" if items is None else "bold cyan")]
        for seen, _ in self._devices.states():
            if seen.state is e.DeviceState.LOST:
                parts.append((Phrase("lost: {device}", device=Phrase(seen.device)), "red"))
        if waiting := self._waiting():
            parts.append((counted(waiting, "1 message waiting", "{count} messages waiting"), "yellow"))
        if speed != 1:
            parts.append((Phrase("time ×{speed:g}", speed=speed), "reverse"))
        parts.append((Phrase("Ctrl-C ends"), "dim"))
        line = Text()
        for text, style in parts:
            more = Text.assemble("  ·  " if line else "", (say(self._language, text), style))
            if cell_len(line.plain) + cell_len(more.plain) < self._console.width:
                line.append_text(more)
        return line


def _registered(count: int) -> Phrase:
    return counted(count, "1 registered", "{count} registered")
