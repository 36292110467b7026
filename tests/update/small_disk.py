"""A machine on a disk of a few megabytes, or on one that cannot be written: python -m tests.update.small_disk FOLDER

FOLDER is where the machine belongs, empty and of its own; beside it lies `facts.json`, which says what to play.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.update.machine import Done, Machine, Shelf

FILLS_THE_DISK = "#!/bin/sh\nhead -c 200000000 /dev/zero >.filled\n"


def disk_full_at_the_start(machine: Machine) -> list[Done]:
    machine.good.add(machine.upstream.release("1.1.0"))
    log = machine.root / "var/log/somebody.log"
    _fill(log)
    first = machine.update()
    os.truncate(log, log.stat().st_size - 20_000_000)
    second = machine.update()
    machine.check()
    log.unlink()
    return [first, second, machine.update()]


def disk_full_while_it_is_built(machine: Machine) -> list[Done]:
    machine.upstream.commit("1.1.0", files={"scripts/setup.sh": FILLS_THE_DISK})
    machine.upstream.tag("v1.1.0")
    first = machine.update()
    machine.check()
    machine.good.add(machine.upstream.release("1.1.1"))
    return [first, machine.update()]


def read_only_root(machine: Machine) -> list[Done]:
    machine.good.add(machine.upstream.release("1.1.0"))
    home = str(machine.layout.home)
    subprocess.run(["mount", "--bind", home, home], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
    first = machine.update()
    machine.check()
    subprocess.run(["mount", "-o", "remount,bind,rw", home], check=True)
    return [first, machine.update()]


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as log, suppress(OSError):
        while True:
            log.write(b"x" * 4096)


def main(folder: Path) -> None:
    facts = json.loads((folder.parent / "facts.json").read_text())
    like = Machine(folder)
    like.foods, like.good = facts["foods"], set(facts["good"])
    play = {f.__name__: f for f in (disk_full_at_the_start, disk_full_while_it_is_built, read_only_root)}
    with Shelf(folder.parent).brought_back("installed", like) as machine:
        runs = play[facts["play"]](machine)
        machine.check()
        print(json.dumps([machine.current, *([run.returncode, run.stdout, run.stderr] for run in runs)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
