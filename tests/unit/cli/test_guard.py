"""Whatever ends a verb becomes one line and an exit code."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer

from befresh_agent.cli.guard import guarded
from befresh_agent.cli.verbs import VERBS, app, start
from befresh_agent.errors import BefreshError, SettingMistake, SettingsError, StoreError

PROGRAM = (sys.executable, "-m", "befresh_agent")


def raising(error: BaseException) -> Callable[[Sequence[str]], int]:
    def program(_: Sequence[str]) -> int:
        raise error

    return program


def import_error(name: str) -> ImportError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BefreshError("no such thing"), 1, "no such thing"),
        (StoreError("a\nb \x1b[2J"), 1, "a\nb \\x1b[2J"),
        (
            SettingsError(SettingMistake(source="f", key="fridge.id", value=-1, remedy="give a number")),
            78,
            "wrong settings: f: ",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "output: the disk is full; make room"),
        (OSError(errno.EIO, "", "/dev/mmcblk0"), 1, "/dev/mmcblk0: the device failed"),
        (PermissionError(errno.EACCES, "", "/var/lib/x"), 1, "/var/lib/x belongs to"),
        (import_error("PIL"), 1, "PIL is not installed; "),
        (MemoryError(), 1, "there is not enough memory"),
        (ExceptionGroup("x", [ExceptionGroup("y", [BefreshError("the root")])]), 1, "the root"),
        (ZeroDivisionError("division by zero"), 1, "a mistake in the program (ZeroDivisionError: division by zero)"),
    ],
)
def test_one_line_and_an_object(error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(error), ["verb", "--json"]) == code
    out, err = capsys.readouterr()
    assert err.startswith(f"befresh-agent: {said}")
    assert json.loads(out)["exit_code"] == code
    assert guarded(raising(error), ["verb"]) == code
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SystemExit(3), 3),
        (SystemExit(None), 0),
        (SystemExit("why"), 1),
        (typer.Exit(75), 75),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141),
    ],
)
def test_what_needs_no_words(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(error), ["verb", "--json"]) == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("outbx", "no such command 'outbx'; did you mean 'outbox'?; see befresh-agent --help"),
        ("outbox shw 1", "outbox: no such command 'shw'; did you mean 'show'?; see befresh-agent outbox --help"),
        ("outbox show", "outbox show: missing argument 'SEQ'; see befresh-agent outbox show --help"),
        ("plan --containers 0", "plan: --containers 0: give 1 or more; see befresh-agent plan --help"),
        ("plan --hours x", "plan: --hours x: give a number; see befresh-agent plan --help"),
        ("plan --containers 1.5", "plan: --containers 1.5: give a whole number; see befresh-agent plan --help"),
        ("scan --as-of x f", "scan: --as-of x: give a day such as 2026-11-30; see befresh-agent scan --help"),
        (
            "outbox list --state x",
            "outbox list: --state: 'x' is not one of 'waiting', 'delivered', 'journal', 'dead'; ",
        ),
        ("--nope", "no such option: --nope; see befresh-agent --help"),
        ("help nope", "no such command 'nope'; see befresh-agent --help"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_would_be_right(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(start, words.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"befresh-agent: {said}")


@pytest.mark.parametrize("words", [["help"], ["--help"], ["help", "outbox", "name"], ["plan", "-h"]])
def test_help_is_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(start, words) == 0
    assert capsys.readouterr().out.startswith("Usage: befresh-agent")


@pytest.mark.parametrize("words", [[], ["outbox"]])
def test_a_group_alone_shows_its_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(start, words) == 2
    assert capsys.readouterr().err.startswith("Usage: befresh-agent")


def test_the_table_of_verbs_says_what_they_say_of_themselves() -> None:
    group = typer.main.get_command(app)
    for name, verb in VERBS.items():
        command = group.get_command(None, name)  # type: ignore[attr-defined]
        said = (command.help or "").partition("\n")[0]
        assert said.startswith(verb.help.rstrip(".").partition(", and go")[0]), name


def test_what_needs_no_verb_loads_none() -> None:
    code = """
import sys, time
from befresh_agent.cli.main import main
sys.argv = ["befresh-agent", sys.argv[1]]
try:
    main()
finally:
    assert not {"rich.console", "pydantic", "asyncio", "befresh_agent.settings.model"} & sys.modules.keys(), "too much"
    assert time.process_time() < 1, "it takes long"
"""
    for word in ("--version", "--help"):
        done = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8])
def test_ctrl_c_at_any_moment_of_the_start_is_quiet(after_s: float) -> None:
    code = "from befresh_agent.cli import main as m; m._end_quietly_on_ctrl_c(); print(flush=True); m.main()"
    started = subprocess.Popen(
        [sys.executable, "-c", code, "run", "--dry-run", "--scenario", "by-hand"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "\n", "it has begun"
    time.sleep(after_s)
    started.send_signal(signal.SIGINT)
    err = started.communicate(timeout=60)[1]
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err
    assert started.returncode in (0, 130)


@pytest.mark.parametrize("words", [["--help"], ["config", "init"], ["config", "show"], ["outbox", "export"]])
def test_a_full_disk_behind_the_output(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "the disk is full; make room" in done.stderr or "no agent has run" in done.stderr


def test_a_full_disk_is_told_of_also_when_the_verb_has_an_exit_code_of_its_own() -> None:
    words = ["doctor", "--json"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "the disk is full" in done.stderr


def test_nobody_reads_the_output_any_more() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*PROGRAM, "config", "init"], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_without_any_output_at_all() -> None:
    done = subprocess.run(["sh", "-c", 'exec "$0" -m befresh_agent --version >&-', sys.executable], check=False)
    assert done.returncode == 0
