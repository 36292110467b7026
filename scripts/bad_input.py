"""Go through every verb with bad input, on a terminal of 60 columns and in a pipe, and say what is not as it should be.

    python scripts/bad_input.py [--columns 60] [WORD...]      only commands that contain one of the words

No traceback, no errno, no id cut off, nothing that steers the terminal, an honest exit code, one line that says why;
with --json an object, also when it fails. The verbs and their options are found, not listed: what is new is tried, too.
Every command runs in a process of its own, forked from one that has loaded them all.
"""

import argparse
import asyncio
import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.main import get_command

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.guard import guarded
from befresh_agent.cli.verbs import VERBS, app, start
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.short_ids import matching
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.settings.paths import database_file
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerNames, ContainerRoster
from befresh_agent.storage.store import OutboxStore

LIMIT_S = 60.0
"""After so long a command is interrupted, and has to end at once."""
CODES = {0, 1, 2, 78, 130}
ITEMS = [f"01a22bbd-02c9-7{n}5a-96bb-498f0012ab3{n}" for n in range(3)]
ADDRESSES = [Address(f"FB:89:EB:22:95:8{n}") for n in range(3)]
HOSTILE = "\x1b[2J\x1b]0;x\x07\u202e"
NUMBERS = ("-1", "0", "99999999999999999999999", "nan", "1e999", "x", "")
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "x", "")
PATHS = ("/proc/no/such", "/", "/dev/full", "junk", HOSTILE, "x" * 300, "")
WORDS = ("", "-", HOSTILE, "김" * 1000, "01a2", "FB:89", "0", "99999999999999999999", "\udcff")
SLOW = {"doctor": 2, "scan": 4, "wake": 3}
"""These load much: so many values of each option are enough."""
WITH = {"plan": ("--containers", "1", "--hours", "1")}
"""What a verb needs beside what is tried."""
SIGNS = ("Traceback", "Errno", "a mistake in the program", "…", "should match pattern", "validation error", "packages/")
"""What nobody should have to read."""
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Ending:
    code: int
    out: str
    err: str
    """Empty on a terminal, where both come together."""
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("words", nargs="*")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="befresh-bad-") as folder:
        prepare(Path(folder))
        commands = [one for one in all_commands() if not chosen.words or any(w in one for w in chosen.words)]
        wrong = [text for words in commands for text in tried(words, chosen.columns)]
    print("\n".join(wrong) or "nothing found")
    print(f"{len(commands)} commands, on a terminal of {chosen.columns} columns and in a pipe; {len(wrong)} not well")
    return 1 if wrong else 0


def prepare(folder: Path) -> None:
    """A home with an agent's database in it, and nothing of this machine."""
    for name in [name for name in os.environ if name.startswith(("BEFRESH_", "KAFKA_", "REFRIGERATOR_"))]:
        del os.environ[name]
    places = {"HOME": ".", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "run"}
    for name, place in places.items():
        (folder / place).mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(folder / place)
    os.environ |= {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "TERM": "xterm"}
    os.environ.pop("COLUMNS", None)
    os.environ["STATE_DIRECTORY"] = str(folder / "state")  # before a service's own, should this machine have one
    os.chdir(folder)
    (folder / "junk").write_bytes(bytes(range(256)))
    asyncio.run(fill(database_file(folder / "state")))


async def fill(file: Path) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    async with Database(file) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.recover()
        await store.add("s", FoodItem("01a2-kimchi", FoodType.CONTAINER, "김치", at, address=ADDRESSES[0]))
        for item_id in ITEMS:
            await store.add("s", FoodItem(item_id, FoodType.PACKAGED, None, at, expires_on=date(2026, 12, 1)))
        await store.settle("s")
        for address in ADDRESSES:
            await store.keep_reading(Reading(address, at, Measurement(-10.25, 100, 1009.8, 53_700, 1_017_000, 1023)))
            await ContainerRoster(database, SystemClock()).add(address)
        await ContainerNames(database).set_name(ADDRESSES[0], "김치통")
        await store.batch()
        message = (await store.meant("1")).message
        for _ in range(3):
            await store.refuse(message, f"a broker's own words: {HOSTILE} {'long ' * 30}")


def all_commands() -> Iterator[tuple[str, ...]]:
    """Every verb, alone and with each of its options and arguments gone bad."""
    yield from ((), ("help",), ("help", "nope"), ("nope",), ("-v",), ("--help",), ("--nope",), (HOSTILE,), ("\udcff",))
    yield from (("run", "--dry-run", "--scenario", scenario) for scenario in ("dem", "junk", "/", HOSTILE))
    for name in VERBS:
        command: Any = get_command(app).get_command(None, name)  # type: ignore[attr-defined]
        members = getattr(command, "commands", None)
        if members is None:
            yield from _gone_bad((name,), command)
        else:
            yield (name,)
            for word, member in members.items():
                yield from _gone_bad((name, word), member)


def _gone_bad(path: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
    yield from ((*path, "--help"), (*path, "--nope"), path)
    arguments = [one for one in command.params if one.param_type_name == "argument" and one.required]
    as_json = ("--json",) if any("--json" in one.opts for one in command.params) else ()
    head = (*path, *as_json, *WITH.get(path[0], ()))
    yield (*head, *map(_good, arguments))
    for parameter in command.params:
        for value in _bad(parameter)[: SLOW.get(path[0])]:
            if parameter.param_type_name == "argument":
                yield (*head, "--", *(value if one is parameter else _good(one) for one in arguments or [parameter]))
            else:
                yield (*head, max(parameter.opts, key=len), value, *map(_good, arguments))


def _kind(parameter: Any) -> str:
    return str(getattr(parameter.type_descriptor, "annotation", ""))


def _good(parameter: Any) -> str:
    kind = _kind(parameter)
    if "Path" in kind:
        return "junk"
    return "1" if "int" in kind else "우유" if parameter.name == "name" else "FB:89:EB:22:95:84"


def _bad(parameter: Any) -> Sequence[str]:
    """Values that are no good, for what the parameter takes."""
    if parameter.param_type_name != "argument" and getattr(parameter, "is_flag", False):
        return ()
    kind = _kind(parameter)
    if parameter.name == "config":
        return PATHS[:1]
    if "Path" in kind:
        return PATHS
    if "datetime" in kind:
        return DAYS
    return NUMBERS if "int" in kind or "float" in kind else WORDS


def tried(words: tuple[str, ...], columns: int) -> list[str]:
    """What is not well with this command."""
    shown = " ".join(shlex.quote(word) for word in words).encode(errors="surrogateescape").decode(errors="replace")
    found = []
    for where, given, width in (("terminal", _for_people(words), columns), ("pipe", words, None)):
        found += [f"{where}: befresh-agent {shown[:150]}: {trouble}" for trouble in troubles(given, run(given, width))]
    return found


def _for_people(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word != "--json")


def troubles(words: tuple[str, ...], ending: Ending) -> Iterator[str]:
    text = ending.out + ending.err
    if ending.code not in CODES:
        yield f"exit code {ending.code}"
    for sign in SIGNS:
        if sign in text:
            yield f"it shows {sign!r}: {text[:600]}"
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", _ESCAPES.sub("", text).replace("\x1b[?25", "")):
        yield f"it steers the terminal: {text[:300]!r}"
    yield from (f"an id is cut to {part}" for part in _cut(text, is_terminal=not ending.err and "--json" not in words))
    if ending.code and not text.strip():
        yield "it says nothing"
    if ending.code and ending.err and "--json" in words:
        yield from _json_troubles(ending.out)
    if ending.seconds > LIMIT_S:
        yield f"it took {ending.seconds:.0f} s"


def _cut(text: str, *, is_terminal: bool) -> Iterator[str]:
    """Ids of which only a part is shown. On a terminal the first letters of an item's do, where they are its alone."""
    yield from (part for part in re.findall(r"FB:89:EB[0-9A-F:]*", text) if len(part.rstrip(":")) != 17)
    for part in re.findall(r"01a22bbd[0-9a-f-]*", text):
        if part not in ITEMS and not (is_terminal and len(matching(part, ITEMS)) == 1):
            yield part


def _json_troubles(out: str) -> Iterator[str]:
    try:
        objects = [json.loads(line) for line in out.splitlines()]
    except ValueError:
        objects = []
    if not objects or not all(isinstance(one, dict) for one in objects):
        yield f"no JSON object, but {out[:200]!r}"


def run(words: tuple[str, ...], columns: int | None) -> Ending:
    """In a child that does nothing else, on a terminal of so many columns or, with None, in a pipe."""
    began = time.monotonic()
    raw = [os.fsencode(word) for word in words]
    if columns is None:
        out, err = os.pipe(), os.pipe()
        if (child := os.fork()) == 0:
            os.dup2(out[1], 1)
            os.dup2(err[1], 2)
            _be(raw)
        os.close(out[1])
        os.close(err[1])
        texts = _read([out[0], err[0]], child)
    else:
        child, terminal = pty.fork()
        if child == 0:
            _be(raw)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        texts = [*_read([terminal], child), ""]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ending(code, texts[0].replace("\r\n", "\n"), texts[1], time.monotonic() - began)


def _be(raw: Sequence[bytes]) -> None:
    """The program, from here on."""
    time.sleep(0.005)  # until the terminal has its size
    nowhere = os.open(os.devnull, os.O_RDONLY)
    if not os.isatty(0):
        os.dup2(nowhere, 0)
    words = [os.fsdecode(word) for word in raw]
    sys.argv = ["befresh-agent", *words]
    sys.stdout, sys.stderr = (
        open(where, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        for where in (1, 2)
    )
    os._exit(guarded(start, words))


def _read(descriptors: list[int], child: int) -> list[str]:
    """All that comes; a child that takes too long is interrupted, and then killed."""
    texts, until = dict.fromkeys(descriptors, b""), time.monotonic() + LIMIT_S
    still = list(descriptors)
    signals = iter((signal.SIGINT, signal.SIGKILL))
    while still:
        ready, _, _ = select.select(still, [], [], max(0.0, until - time.monotonic()))
        if not ready:
            os.kill(child, next(signals))
            until = time.monotonic() + 10
        for descriptor in ready:
            try:
                part = os.read(descriptor, 65536)
            except OSError:  # a terminal at its end
                part = b""
            texts[descriptor] += part
            if not part:
                still.remove(descriptor)
                os.close(descriptor)
    return [text.decode(errors="replace") for text in texts.values()]


if __name__ == "__main__":
    raise SystemExit(main())
