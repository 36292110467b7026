"""The dry run on a terminal: one line for each event, and below them a live line that tells how the agent is doing.

Where the output is no terminal (a file, a pipe) only the lines are printed. When nobody reads them any more (`| head`),
or the disk they go to is full, the agent is told so and nothing else suffers.
"""

import asyncio
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live
from rich.text import Text

from befresh_agent.domain import events as e
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.narration import Weight, tell
from befresh_agent.events import Devices
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.status.loop_lag import LoopLag

_EVERY_S = 0.25
_STYLES = {
    "session": "bold cyan",
    "vision": "magenta",
    "voice": "yellow",
    "sound": "blue",
    "containers": "green",
    "delivery": "bold green",
    "devices": "dim",
    "agent": "bold red",
}
_SHOWN_DETAILS = (e.Triggered, e.CuePlayed, e.DeviceChanged)
"""Events too small for the log that are worth watching here."""
_MARKS = {e.DeviceState.LIVE: "[green]●[/]", e.DeviceState.READY: "[dim]○[/]", e.DeviceState.LOST: "[red]✕[/]"}


class Terminal:
    """Prints events as they come; `run` keeps the live line up to date."""

    def __init__(
        self,
        console: Console,
        *,
        clock: SimulatedClock,
        devices: Devices,
        lag: LoopLag,
        session: Callable[[], Sequence[FoodItem] | None],
        waiting: Callable[[], int],
        unread: Callable[[], None],
    ) -> None:
        self._console = console
        self._clock = clock
        self._devices = devices
        self._lag = lag
        self._session = session
        self._waiting = waiting
        self._unread = unread

    def listen(self, event: e.Event) -> None:
        """Print one event; a listener for `Events`."""
        sentence = tell(event)
        if sentence.weight > Weight.DETAIL or isinstance(event, _SHOWN_DETAILS):
            self._print(sentence.part, sentence.text, sentence.weight, alarm=_is_sad(event))

    async def run(self) -> None:
        """Refresh the live line until cancelled."""
        if not self._console.is_terminal:
            return
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            while True:
                live.update(self._line(), refresh=True)
                await asyncio.sleep(_EVERY_S)

    def _print(self, part: str, text: str, weight: Weight, *, alarm: bool) -> None:
        style = "bold red" if weight >= Weight.ALARM else "yellow" if weight is Weight.WARNING or alarm else ""
        line = Text.assemble(
            (f"{self._clock.now():%H:%M:%S}  ", "dim"),
            (f"{part:<11}", _STYLES.get(part, "")),
            (text, style or ("dim" if weight is Weight.DETAIL else "")),
        )
        try:
            self._console.print(line, soft_wrap=True)
        except (
            SystemExit,
            OSError,
        ):  # rich ends the program on a broken pipe: here that would hit whoever told the event
            self._console.quiet = True
            self._unread()

    def _line(self) -> Text:
        items = self._session()
        session = "[dim]session closed[/]" if items is None else f"[bold cyan]session open, {len(items)} registered[/]"
        devices = "  ".join(
            f"{_MARKS.get(seen.state, '[dim]-[/]')} {seen.device}" for seen, _ in self._devices.states()
        )
        lag = self._lag.milliseconds()["p99"]
        pace = f"  [reverse] ×{self._clock.speed:g} [/]" if self._clock.speed != 1 else ""
        return Text.from_markup(f"{session}  │  {devices}  │  queue {self._waiting()}  │  loop lag {lag:.0f} ms{pace}")


def _is_sad(event: e.Event) -> bool:
    return isinstance(event, e.CuePlayed) and event.cue in (Cue.FAILED, Cue.NO_SERVICE, Cue.SILENCE, Cue.UNINTELLIGIBLE)
