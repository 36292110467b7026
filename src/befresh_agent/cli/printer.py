"""What a dry run prints: sentences in the terminal's language, wrapped to its width, many device changes in a few
lines.

What must be copied (an address, a command) is never wrapped or cut.
"""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.i18n.words import say
from befresh_agent.settings.paths import PROGRAM_NAME, SYSTEM_STATE


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """The text in lines of at most that many cells, the first of at most `first`, where its words allow it."""
    lines: list[str] = []
    for word in _together(text):
        room = first if first is not None and len(lines) == 1 else width
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def padded(text: str, width: int) -> str:
    """The text, filled up to so many cells; Korean letters take two."""
    return text + " " * max(0, width - cell_len(text))


def _together(text: str) -> Iterator[str]:
    """The words; a number and the word after it, mostly its unit, are one."""
    held = ""
    for word in text.split():
        held = f"{held} {word}" if held else word
        if not held[-1].isdigit():
            yield held
            held = ""
    if held:
        yield held


_ENDLESS = 10_000


@dataclass(frozen=True, slots=True)
class SentencePrinter:
    """Where it prints, and in which language."""

    console: Console
    language: Language

    def said(self, text: str | Phrase) -> str:
        """In this language; plain text is a sentence without values."""
        return say(self.language, text if isinstance(text, Phrase) else Phrase(text))

    def line(self, text: str | Phrase, *, mark: str = "", style: str = "") -> None:
        """A sentence behind a mark."""
        width = self.console.width if self.console.is_terminal else _ENDLESS
        lines = wrapped(self.said(text), width - len(mark))
        body = f"\n{' ' * len(mark)}".join(lines)
        self.console.print(Text.assemble((mark, f"bold {style}"), (body, style)), soft_wrap=True)

    def command(self, why: str | Phrase, command: str) -> None:
        """What can be done, and on a line of its own what to type for it."""
        self.line(Phrase("{why}:", why=Phrase(self.said(why))), mark="  ", style="dim")
        self.console.print(Text(f"    {command}", style="bold"), soft_wrap=True)

    def rule(self, title: str | Phrase = "") -> None:
        self.console.rule(Text(self.said(title)) if title else "")


_TOGETHER_S = 1.2


class DeviceFold:
    """Feed it every change; `due` gives what is to be told by now."""

    def __init__(self) -> None:
        self._before: dict[str, DeviceState] = {}
        self._begun = False
        self._since: float | None = None
        self._changed: dict[str, list[str]] = {}

    def takes(self, event: DeviceChanged) -> bool:
        """Whether the change is told folded, or not at all; news is left to be told at once."""
        before = self._before.get(event.device)
        self._before[event.device] = event.state
        if event.back or event.state in (DeviceState.LOST, DeviceState.OFF):
            return False
        if event.state is DeviceState.LIVE:
            self._note("switched on: {devices}", event.device)
        elif before is DeviceState.LIVE:
            self._note("switched off: {devices}", event.device)
        elif not self._begun:
            self._note("ready: {devices}", event.device)
        return True

    def due(self, *, now: bool = False) -> list[Phrase]:
        """Sentences whose time has come; all with `now`."""
        if self._since is None or not (now or time.monotonic() - self._since >= _TOGETHER_S):
            return []
        told = [Phrase(template, devices=_listed(devices)) for template, devices in self._changed.items()]
        self._changed, self._since, self._begun = {}, None, True
        return told

    def _note(self, template: str, device: str) -> None:
        self._since = self._since or time.monotonic()
        self._changed.setdefault(template, []).append(device)


def _listed(devices: list[str]) -> Phrase:
    return Phrase(
        ", ".join(f"{{d{number}}}" for number in range(len(devices))),
        **{f"d{number}": Phrase(device) for number, device in enumerate(devices)},
    )


@dataclass(frozen=True, slots=True)
class OwnCommands:
    """Calling it with a command's words gives the whole line."""

    program: str
    options: str = ""
    make: bool = False
    """It was started by `make`."""

    def __call__(self, words: str) -> str:
        return f"{self.program} {words}{self.options}"

    def run(self, target: str, words: str) -> str:
        """The target of the Makefile where that was used, else the command itself."""
        return f"make {target}" if self.make else self(words)


def own_commands(config: Path | None, environment: Mapping[str, str] = os.environ) -> OwnCommands:
    """Of a dry run with this settings file; where the agent is installed as well, its commands must be told apart."""
    options = f" --config {shlex.quote(str(config))}" if config else ""
    if SYSTEM_STATE.is_dir():
        options += " --dry-run"
    return OwnCommands(_program(Path(sys.argv[0])), options, make="MAKELEVEL" in environment)


def _program(started: Path) -> str:
    if started.name == "__main__.py":
        return f"{shlex.quote(os.path.relpath(sys.executable))} -m befresh_agent"
    found = shutil.which(PROGRAM_NAME)
    if found and started.exists() and started.samefile(found):
        return PROGRAM_NAME
    shortest = min(str(started), os.path.relpath(started), key=len)
    return shlex.quote(shortest)
