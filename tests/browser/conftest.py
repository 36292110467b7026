"""A browser before a dry run that is played by hand: the program as a user starts it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser import driver
from tests.browser.driver import Browser

_PATIENCE_S = 60.0
_SAID_AGAIN_S = 1.5
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass
class Fridge:
    """A running dry run, and what a person does there."""

    page: str

    def play(self, do: str, what: str = "", *, on: bool = True) -> None:
        """Something that the tab "Fridge" offers, without a browser."""
        httpx.post(f"{self.page}/api/v1/play", json={"do": do, "what": what, "on": on}).raise_for_status()

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
        return httpx.get(f"{self.page}/api/v1/now").json()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if lacking := driver.missing():
        pytest.fail(f"no {lacking} on this machine: scripts/setup.sh browser installs it")
    with driver.opened(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def fridge(tmp_path: Path) -> Iterator[Fridge]:
    """Nobody plays but the browser."""
    log = tmp_path / "dry-run.log"
    command = [sys.executable, "-m", "befresh_agent", "run", "--dry-run", "--by-hand"]
    environment = {**os.environ, "BEFRESH_PAGE_PORT": "0", "COLUMNS": "200"}
    with log.open("w") as output:
        agent = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        yield Fridge(_address(agent, log))
    finally:
        agent.terminate()
        try:
            agent.wait(20)
        except subprocess.TimeoutExpired:
            agent.kill()
            agent.wait()


def _address(agent: subprocess.Popen[bytes], log: Path) -> str:
    ends = time.monotonic() + _PATIENCE_S
    while not (found := _ADDRESS.search(log.read_text())):
        assert agent.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.05)
    return found[0]
