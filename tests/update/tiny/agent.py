"""The program of a tiny release: real database, real status socket, real readiness, and faults on demand.

Its folder is made by `upstream.py`: this file, and the project's own modules for database, socket and readiness.
"""

import asyncio
import json
import os
import pwd
import signal
import sqlite3
import sys
import time
import tomllib
from pathlib import Path

from befresh_agent import __version__
from befresh_agent.adapters.system.systemd_notify import notify
from befresh_agent.status.status_socket import answering
from befresh_agent.storage import database_file

FAULTS = json.loads(Path(__file__).with_name("faults.json").read_text())
NAME = FAULTS.get("name_column", "name")
STATE = Path(os.environ.get("STATE_DIRECTORY", "/var/lib/befresh-agent"))
RUNTIME = Path(os.environ.get("RUNTIME_DIRECTORY", "/run/befresh-agent"))
DATABASE = STATE / "agent.db"
MACHINE = Path(__file__).resolve().parents[6]
"""What stands for /, with the settings, and with files that say what the machine lacks."""


async def run() -> None:
    check_settings()
    if (MACHINE / "no-sensor").exists():
        sys.exit("the sensor is not connected")
    lock = database_file.hold(DATABASE)
    connection = opened()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    if FAULTS.get("mute"):
        notify("READY=1")
        await over.wait()
        return
    asked = asyncio.Event()

    async def snapshot() -> dict[str, object]:
        asked.set()
        return status(connection)

    async with answering(RUNTIME / "agent.sock", snapshot):
        notify("READY=1")
        if seconds := FAULTS.get("dies_after"):
            await asked.wait()  # it seemed well at first, however busy the machine is
            await asyncio.sleep(seconds)
            sys.exit("it fell over")
        if FAULTS.get("killed"):
            await asked.wait()
            os.kill(os.getpid(), signal.SIGKILL)
        await over.wait()
    connection.close()
    os.close(lock)


def opened() -> sqlite3.Connection:
    connection, replaced = database_file.open_whole(DATABASE, size_mb=64, world="real")
    if FAULTS.get("start") or replaced:
        sys.exit(f"{__version__} cannot start: {replaced}")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('fridge_id', '17')")
    if food := FAULTS.get("registers"):
        register(food)
        (STATE / "confirmed").touch()
    if FAULTS.get("garbles"):
        connection.close()
        DATABASE.write_bytes(b"\0" * DATABASE.stat().st_size)
    return connection


def status(connection: sqlite3.Connection) -> dict[str, object]:
    waiting = connection.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0]
    error = {"error": why} if (why := FAULTS.get("memory")) else {}
    return {
        "version": FAULTS.get("says", __version__),
        "ready": not FAULTS.get("never_ready"),
        "session": {"items": []} if (STATE / "session").exists() else None,
        "outbox": {"waiting": waiting, "dead": 0, "broker": None, **error},
    }


def register(name: str) -> None:
    """A food, as the running agent would keep it: on disk when this returns."""
    connection = database_file.open_as_guest(DATABASE, 64)
    row = (name, "session", 3, name, "2026-11-21T09:30:00+09:00")
    connection.execute(f"INSERT INTO items (id, session, kind, {NAME}, registered_at) VALUES (?, ?, ?, ?, ?)", row)
    connection.close()


def foods() -> list[str]:
    connection = database_file.open_as_guest(DATABASE, 64)
    try:
        return [row[0] for row in connection.execute(f"SELECT {NAME} FROM items ORDER BY rowid")]
    finally:
        connection.close()


def check_settings() -> None:
    """The settings are wrong when they say `wrong`."""
    settings = MACHINE / "etc/befresh-agent/config.toml"
    if settings.exists() and "wrong" in tomllib.loads(settings.read_text()):
        print("1 broken: settings")
        sys.exit(FAULTS.get("settings_code", 78))


def self_test() -> None:
    import tinydep  # type: ignore[import-not-found]  # what the lock brought

    check_settings()
    if (MACHINE / "slow").exists():
        time.sleep(60)
    if (MACHINE / "no-zbar").exists():
        sys.exit("codes: zbar is not there")
    if FAULTS.get("oom"):
        (MACHINE / "proc/vmstat").write_text("nr_free_pages 12\noom_kill 7\n")
    if FAULTS.get("killed_in_test"):
        os.kill(os.getpid(), signal.SIGKILL)
    tried = MACHINE / "tried"
    if FAULTS.get("only_once") and not tried.exists():
        tried.touch()
        sys.exit("vision: no result within 60 s")
    if FAULTS.get("self_test") or FAULTS.get("oom") or tinydep.ANSWER != 42:
        sys.exit(FAULTS.get("says_in_test", "vision: the reader reads nothing"))
    if user := FAULTS.get("tested_by"):
        is_tested_by(user)


def is_tested_by(user: str) -> None:
    """The self-test runs as that user, with its own groups and a home of its own, and cannot change the release."""
    about = pwd.getpwnam(user)
    groups = set(os.getgrouplist(user, about.pw_gid))
    if os.getresuid() != (about.pw_uid,) * 3 or os.getresgid() != (about.pw_gid,) * 3 or set(os.getgroups()) != groups:
        sys.exit(f"tested by {os.getresuid()} {os.getresgid()} {os.getgroups()}")
    if os.access(__file__, os.W_OK) or Path(os.environ["HOME"]).stat().st_uid != about.pw_uid:
        sys.exit(f"tested in {os.environ['HOME']}, and {__file__} could be changed")
    (Path(os.environ["HOME"]) / "note").touch()


def main() -> None:
    words = sys.argv[1:]
    if words == ["run"]:
        asyncio.run(run())
    elif words == ["doctor", "--self-test"]:
        self_test()
    elif words[:1] == ["update"]:
        os.execv("/opt/befresh-agent/updater/befresh-update", ["befresh-update", *words])
    elif words == ["version"]:
        print(__version__)
    elif words[:1] == ["register"]:
        register(words[1])
    else:
        print(json.dumps(foods()))


if __name__ == "__main__":
    main()
