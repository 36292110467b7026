"""The outermost guard: whatever ends a verb becomes one clear line, an exit code and, with `--json`, an object.

In: the program and its words. Out: the exit code. Where the true cause is known it is told at its place; here only the
kinds are sorted. A mistake of the program shows its traceback with `python -X dev`.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from typer import Abort, BadParameter, Exit

from befresh_agent.cli.main import INTERRUPTED
from befresh_agent.cli.verbs import NAME, wrong_usage
from befresh_agent.domain.visible import visible_text
from befresh_agent.errors import WRONG_SETTINGS, BefreshError, SettingsError, told
from befresh_agent.runtime.remedies import closed, missing

Program = Callable[[Sequence[str]], int]

FAILED, WRONG_USAGE, UNREAD = 1, 2, 141
_PACKAGE = Path(__file__).parents[1]
_UsageError: type[Exception] = BadParameter.__mro__[1]
"""Typer's own name for wrong usage is not public."""


@dataclass(frozen=True, slots=True)
class VerbFailure:
    """What is said, and the exit code."""

    text: str
    code: int = FAILED


def guarded(program: Program, words: Sequence[str]) -> int:
    """Run it to its end, whatever that is."""
    try:
        code = _code(program, words)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (KeyboardInterrupt, Abort):
        _drop_output()
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return UNREAD
    except BaseException as error:
        if sys.flags.dev_mode:
            raise
        return _tell(explained(error), words)
    return code


def _code(program: Program, words: Sequence[str]) -> int:
    """The exit code, whichever way the program gives it."""
    try:
        return program(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else 0
    except Exit as end:
        return end.exit_code


def explained(error: BaseException) -> VerbFailure:
    """Of which kind it is, in words for people."""
    match error:
        case BaseExceptionGroup(exceptions=inner):
            return explained(inner[0])
        case SettingsError(__cause__=PermissionError() as cause) if cause.filename:
            return VerbFailure(str(closed(Path(cause.filename))), WRONG_SETTINGS)
        case SettingsError():
            return VerbFailure(str(error), WRONG_SETTINGS)
        case BefreshError():
            return VerbFailure(str(error))
        case _UsageError():
            return VerbFailure(wrong_usage(error), WRONG_USAGE)
        case ImportError():
            return VerbFailure(str(missing(error)))
        case PermissionError(filename=str(file)):
            return VerbFailure(str(closed(Path(file))))
        case OSError():
            return VerbFailure(told(error, _output(error)))
        case MemoryError():
            return VerbFailure("there is not enough memory; end other programs, then try again")
    return _mistake(error)


def _mistake(error: BaseException) -> VerbFailure:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    where = f" at {Path(own[-1].filename).relative_to(_PACKAGE)}:{own[-1].lineno}" if own else ""
    remedy = f"please report it, with what `{NAME} doctor --bundle FILE` packs"
    return VerbFailure(f"a mistake in the program ({type(error).__name__}: {error}){where}; {remedy}")


def _output(error: OSError) -> str | None:
    """What has no file is what was printed."""
    return None if error.filename else "output"


def _tell(failure: VerbFailure, words: Sequence[str]) -> int:
    with suppress(OSError, ValueError):
        if "--json" in words:
            print(json.dumps({"error": failure.text, "exit_code": failure.code}, ensure_ascii=False), flush=True)
    is_help = failure.text.startswith("Usage:")
    lines = f"{NAME}: {failure.text}".split("\n")
    text = failure.text if is_help else "\n".join(map(visible_text, lines))
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
    _drop_output()
    return failure.code


def _drop_output() -> None:
    """What could not be written is given up: Python would try it once more at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
