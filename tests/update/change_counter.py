"""Runs of the updater in which every change to a disk is counted, and before any of which the power can go away."""

import random
import signal
import subprocess
from pathlib import Path

from tests.update.machine import PATIENCE_S, Machine

SOURCE = Path(__file__).with_name("cut.c")


class ChangeCounter:
    """The library that counts, compiled once for all runs."""

    def __init__(self, folder: Path) -> None:
        self.totals: dict[str, int] = {}
        """How many changes the runs of each kind make."""
        self._library = folder / "cut.so"
        self._count = folder / "changes"
        compiler = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(self._library), str(SOURCE)]
        subprocess.run(compiler, check=True, capture_output=True)

    def count(self, machine: Machine, *words: str, door: Path | None = None) -> int:
        """The changes of a run from beginning to end."""
        self._run(machine, 0, words, door)
        return int.from_bytes(self._count.read_bytes(), "little")

    def cut(self, machine: Machine, at: int, *words: str, door: Path | None = None) -> None:
        """The power goes away before that change, or as soon as the run is over."""
        code = self._run(machine, at, words, door)
        assert code in {0, 1, -signal.SIGKILL}
        machine.power_off()

    def _run(self, machine: Machine, at: int, words: tuple[str, ...], door: Path | None) -> int:
        self._count.write_bytes(bytes(8))
        counted = {"LD_PRELOAD": self._library, "CUT_COUNT": self._count, "CUT_AT": at}
        command = ["env", *(f"{name}={value}" for name, value in counted.items()), str(door or machine.door)]
        done = subprocess.run(
            [*command, "--root", str(machine.root), *words],
            env=machine.environment,
            start_new_session=True,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return done.returncode


def somewhere(seed: int, total: int) -> int:
    """A change to cut before; said, so that a failure can be played again."""
    at = random.Random(seed).randint(1, total)
    print(f"seed {seed}: the power goes away before change {at} of {total}")
    return at
