"""A browser before a dry run that is played by hand: the program as a user starts it."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.browser import driver
from tests.browser.driver import Browser

_PATIENCE_S = 60.0
_START_S = 240.0
"""A machine that has other things to do loads a page's libraries slowly."""
_SAID_AGAIN_S = 1.5
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass
class Fridge:
    """A running dry run, and what a person does there."""

    folder: Path
    page: str = ""
    agent: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """From its beginning, or again at the same address."""
        port = self.page.rpartition(":")[2] or "0"
        log, command = (
            self.folder / "dry-run.log",
            [sys.executable, "-m", "befresh_agent", "run", "--dry-run", "--by-hand"],
        )
        own = {"BEFRESH_AGENT_STATE_DIR": str(self.state), "BEFRESH_AGENT_RUNTIME_DIR": str(self.folder / "run")}
        environment = {**os.environ, **own, "BEFRESH_PAGE_PORT": port, "COLUMNS": "200"}
        environment.setdefault("BEFRESH_SESSION_SILENCE_S", "6")  # a question is looked at on every screen
        with log.open("w") as output:
            self.agent = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        self.page = _address(self.agent, log)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.agent is None:
            return
        self.agent.terminate()
        try:
            self.agent.wait(20)
        except subprocess.TimeoutExpired:
            self.agent.kill()
            self.agent.wait()
        self.agent = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def calm(self) -> None:
        """No session is open, nothing is broken."""
        if self.agent is None:
            self.start()
        for device in ("camera", "broker", "distance", "radio", "speaker"):
            self.play("break", device, on=False)
        self.play("away")
        if self.now()["stage"] != "closed":
            self.play("press")
            self.until(lambda now: now["stage"] == "closed")

    def api(self, path: str, method: str = "GET", **body: object) -> Any:
        """What the API answers."""
        answer = self._asked(method, path, body or None)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def ask(self, statement: str, rows: Sequence[tuple[object, ...]] = ()) -> list[tuple[Any, ...]]:
        """Look into the database, or put rows into it."""
        with contextlib.closing(sqlite3.connect(self.state / "agent.db", timeout=10)) as connection, connection:
            if rows:
                connection.executemany(statement, rows)
                return []
            return connection.execute(statement).fetchall()

    def play(self, do: str, what: str = "", *, on: bool = True) -> None:
        """Something that the tab "Fridge" offers, without a browser."""
        self._asked("POST", "/play", {"do": do, "what": what, "on": on}).raise_for_status()

    def until(self, condition: Callable[[Any], bool]) -> None:
        """Wait until the tab "Now" would show it so."""
        ends = time.monotonic() + _PATIENCE_S
        while not condition(found := self.now()):
            assert time.monotonic() < ends, found
            time.sleep(0.05)

    def say_until(self, words: str, condition: Callable[[Any], bool]) -> None:
        """Say it, and again as long as it was not heard: nobody listens while a sound is played."""
        ends = time.monotonic() + _PATIENCE_S
        while not condition(found := self.now()):
            assert time.monotonic() < ends, found
            self.play("say", words)
            again = time.monotonic() + _SAID_AGAIN_S
            while time.monotonic() < again and not condition(self.now()):
                time.sleep(0.05)

    def now(self) -> Any:
        return self._asked("GET", "/now").json()

    def _asked(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Asked again where nobody listens: so it is for a moment when phones are let in."""
        with httpx.Client(transport=httpx.HTTPTransport(retries=3), timeout=_PATIENCE_S) as client:
            return client.request(method, f"{self.page}/api/v1{path}", json=body)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if lacking := driver.missing():
        pytest.fail(f"no {lacking} on this machine: scripts/setup.sh browser installs it")
    with driver.opened(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fridge]:
    """One for all: a start takes its time."""
    with Fridge(tmp_path_factory.mktemp("fridge")) as fridge:
        yield fridge


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Fridge]:
    """One of its own, for whoever leaves disorder behind."""
    with Fridge(tmp_path) as fridge:
        yield fridge


@pytest.fixture
def fridge(running: Fridge) -> Iterator[Fridge]:
    """Nobody plays but the browser."""
    running.calm()
    yield running
    running.calm()


def _address(agent: subprocess.Popen[bytes], log: Path) -> str:
    ends = time.monotonic() + _START_S
    while not (found := _ADDRESS.search(log.read_text())):
        assert agent.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.05)
    return found[0]
