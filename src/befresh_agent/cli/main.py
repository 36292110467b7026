"""`befresh-agent`: what comes before everything else, so that even Ctrl-C in the first moment ends quietly.

0 good, 1 the thing failed, 2 wrong usage, 78 wrong settings, 130 ended by Ctrl-C, 141 nobody reads the output any more.
"""

import codecs
import io
import locale
import os
import signal
import sys
from pathlib import Path

INTERRUPTED = 128 + signal.SIGINT


def main() -> None:
    """The console script. Nothing is imported before it listens to Ctrl-C."""
    _end_quietly_on_ctrl_c()
    _be_utf8()
    _speak_to_any_terminal()
    from befresh_agent.cli.guard import guarded
    from befresh_agent.cli.verbs import start

    sys.exit(guarded(start, sys.argv[1:]))


def _end_quietly_on_ctrl_c() -> None:
    """Until a verb begins its work (`verbs.py`), there is nothing to clean up, and an exception would be noisy."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))


def _be_utf8() -> None:
    """Start over in Python's UTF-8 mode where the locale would have names of files and programs in another encoding."""
    if sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"  # for the helper processes
        program, *words = Path("/proc/self/cmdline").read_bytes().split(b"\0")[:-1]  # as they were given
        os.execv("/proc/self/exe", [program, b"-X", b"utf8", *words])


def _speak_to_any_terminal() -> None:
    """A terminal gets its own encoding, and escapes for letters that it has not; files and programs get UTF-8."""
    terminal = locale.getencoding()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = stream.isatty() and not _is_ascii(terminal)
            stream.reconfigure(encoding=terminal if own else "utf-8", errors="backslashreplace")


def _is_ascii(encoding: str) -> bool:
    """A locale without letters of its own, as C: its terminals show UTF-8."""
    return codecs.lookup(encoding).name == "ascii"
