"""`befresh-update`: options, exit codes, and what is printed.

What is printed is kept for `status` and the page, and mailed by cron where there is mail. So without a terminal a run
that went well says nothing, and one that failed says exactly one line. Exit codes: 0 good, 1 failed (what ran before
runs), 2 wrong usage, 75 not now, 78 wrong settings, 70 fell over.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from befresh_update import memory, report
from befresh_update.errors import FELL_OVER, Later, UpdateError
from befresh_update.layout import Layout
from befresh_update.steps import Step
from befresh_update.update import Update

NAME = "befresh-update"
_STOPPED = "stopped; run it again to go on"
_UNHEARD_S = 28 * 86400
"""Scheduled runs that only find the fridge in use say so after so many seconds without a good one."""


def main() -> None:
    """The program."""
    sys.exit(run(sys.argv[1:], _tell_terminal))


def run(words: Sequence[str], tell: Callable[[Step], None]) -> int:
    """One command; its exit code."""
    if list(words[:1]) == ["memory"]:
        return _guarded(lambda: memory.main(*words[1:]))
    chosen = _parser().parse_args(words)
    os.umask(0o022)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was switched is taken back before the end
    return _guarded(lambda: _do(chosen, tell), as_json=getattr(chosen, "json", False))


def _do(chosen: argparse.Namespace, tell: Callable[[Step], None]) -> None:
    layout = Layout(Path(chosen.root))
    if chosen.verb == "probe":
        return
    if os.geteuid() and layout.root == Path("/") and not getattr(chosen, "status", False):
        raise UpdateError("only root can do that: sudo befresh-agent update")
    update = Update(layout, tell)
    if chosen.verb == "recover":
        _say(*filter(None, [update.recover()]))
    elif chosen.verb == "install":
        installed = update.install(Path(chosen.checkout), chosen.origin, chosen.branch)
        _say(*update.told)
        _tell(chosen, {"installed": installed.id})
    elif chosen.status:
        report.show(report.status(update), as_json=chosen.json)
    elif chosen.check:
        report.show(report.check(update.check()), as_json=chosen.json)
    elif chosen.rollback:
        _noted(update, lambda: _rolled_back(update, chosen))
    elif update.wishes.enabled or not chosen.scheduled:
        time.sleep(random.uniform(0, chosen.jitter))
        act = partial(_noted, update, lambda: _updated(update, chosen))
        _patiently(update, act) if chosen.scheduled else act()


def _updated(update: Update, chosen: argparse.Namespace) -> None:
    installed = update.run(scheduled=chosen.scheduled)
    _say(*update.told)
    _tell(chosen, {"installed": installed.id if installed else None})


def _rolled_back(update: Update, chosen: argparse.Namespace) -> None:
    target = update.rollback()
    _say(*update.told)
    _tell(chosen, {"back": target.id})


def _noted(update: Update, act: Callable[[], None]) -> None:
    """Do it, and remember how it ended."""
    code, line = FELL_OVER, "it fell over"
    try:
        act()
        code, line = 0, ""
    except UpdateError as error:
        code, line = error.code, str(error)
        raise
    except KeyboardInterrupt:
        code, line = UpdateError.code, _STOPPED
        raise
    finally:
        with contextlib.suppress(OSError):  # where not even that can be written, the line says why
            update.journal.note(code, line)


def _patiently(update: Update, act: Callable[[], None]) -> None:
    """Somebody at the fridge is no news, unless there always is somebody."""
    try:
        act()
    except Later as later:
        outcome = update.journal.outcome
        good_at = outcome.good_at if outcome else 0
        if not good_at or time.time() - good_at < _UNHEARD_S:
            raise Quiet from later
        raise Later(f"no update for {(time.time() - good_at) / 86400:.0f} days: {later}") from later


class Quiet(Later):
    """Not now, and nothing to say about it."""


def _guarded(act: Callable[[], None], *, as_json: bool = False) -> int:
    code, line = _ended(act)
    if line:
        print(f"{NAME}: {line}", file=sys.stderr)
    if as_json and code not in (0, FELL_OVER):  # after that the door asks the other copy
        print(json.dumps({"error": line, "exit_code": code}, ensure_ascii=False))
    return code


def _ended(act: Callable[[], None]) -> tuple[int, str]:
    """Do it; the exit code, and the line that says why it failed."""
    try:
        act()
    except Quiet as error:
        return error.code, ""
    except UpdateError as error:
        return error.code, str(error)
    except OSError as error:
        return UpdateError.code, f"{error.filename or 'this machine'}: {error.strerror or error}"
    except KeyboardInterrupt:
        return UpdateError.code, _STOPPED
    except Exception as error:  # noqa: BLE001  # the door takes the other copy of this program then
        return FELL_OVER, f"fell over: {type(error).__name__}: {error}"
    return 0, ""


def _tell(chosen: argparse.Namespace, facts: dict[str, str | None]) -> None:
    if chosen.json:
        print(json.dumps(facts))
    elif sys.stdout.isatty():
        ((what, release),) = facts.items()
        print(f"{release} runs ({what})" if release else "up to date")


def _say(*lines: str) -> None:
    for line in lines:
        print(f"{NAME}: {line}", file=sys.stderr)


def _tell_terminal(step: Step) -> None:
    if sys.stdout.isatty():
        print(f"  {step}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(NAME, description="Updates befresh-agent from git, and takes updates back.")
    parser.add_argument("--root", default="/", help="a folder that stands for / (rehearsals)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    update = verbs.add_parser("update", help="install the newest release, watch it, go back if it is not well")
    one = update.add_mutually_exclusive_group()
    one.add_argument("--check", action="store_true", help="only look whether there is one")
    one.add_argument("--rollback", action="store_true", help="go back to the release before")
    one.add_argument("--status", action="store_true", help="what runs, what it follows, how the last run ended")
    update.add_argument("--json", action="store_true", help="print JSON")
    update.add_argument("--scheduled", action="store_true", help="by cron or a timer: wait while somebody is there")
    update.add_argument("--jitter", type=float, default=0, metavar="S", help="begin within so many seconds")
    install = verbs.add_parser("install", help="install what is committed in a checkout (scripts/install.sh)")
    install.add_argument("checkout")
    install.add_argument("--origin", default="", help="where updates come from")
    install.add_argument("--branch", default="", help="the branch that was cloned, and is followed")
    install.add_argument("--json", action="store_true", help="print JSON")
    verbs.add_parser("recover", help="at boot: take back what nobody confirmed")
    verbs.add_parser("probe", help="answer that this program works")
    return parser
