"""Stands in for systemd: a process that starts, stops and watches the release's program, and answers `systemctl`.

python supervisor.py ROOT [USER]: reads one command a connection at ROOT/run/systemd.sock. It keeps some promises of
systemd: a start returns when the program has said READY=1, or failed; what dies is started again after a moment, unless
its exit code says that the settings are wrong; how it ended can be asked; and with a USER the program and its folders
are that user's.
"""

import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

UNIT = "befresh-agent.service"
START_S = 20.0
RESTART_S = 3.0
"""As the unit file has it."""
WRONG_SETTINGS = 78


class Unit:
    """The service, restarted three times when it dies by itself."""

    def __init__(self, root: Path, user: str | None) -> None:
        self.root = root
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None
        self.state = "inactive"
        self.restarts = 0
        self.ended: int | None = None
        """As `Popen.returncode`."""
        self.restart_at = 0.0
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(root / "run" / "notify"))
        (root / "run" / "notify").chmod(0o777)

    def start(self) -> bool:
        runtime = self.root / "run" / "befresh-agent"
        runtime.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "STATE_DIRECTORY": str(self.root / "var/lib/befresh-agent"),
            "RUNTIME_DIRECTORY": str(runtime),
            "NOTIFY_SOCKET": str(self.root / "run" / "notify"),
        }
        program = self.root / "opt/befresh-agent/current/.venv/bin/befresh-agent"
        log = (self.root / "var/log/agent").open("ab")
        try:
            self.process = subprocess.Popen(
                [program, "run"], env=environment, stdout=log, stderr=log, **self._as_user(runtime)
            )
        except OSError:
            self.state = "failed"
            return False
        finally:
            log.close()
        self.state = "active" if self._said_ready() else "failed"
        if self.state == "failed":
            self.ended = self.process.poll() if self.process else None
            self._end()
        return self.state == "active"

    def _as_user(self, runtime: Path) -> dict[str, Any]:
        """What a process of that user needs, whose folders are made its own."""
        if self.user is None:
            return {}
        about = pwd.getpwnam(self.user)
        for folder in (runtime, self.root / "var/lib/befresh-agent"):
            os.chown(folder, about.pw_uid, about.pw_gid)
        groups = os.getgrouplist(self.user, about.pw_gid)
        return {"user": about.pw_uid, "group": about.pw_gid, "extra_groups": groups, "umask": 0o077}

    def _started(self) -> tuple[bool, str]:
        good = self.start()
        return good, "" if good else f"Job for {UNIT} failed.\n"

    def _said_ready(self) -> bool:
        self.notices.settimeout(0.05)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process is not None and self.process.poll() is None:
            try:
                if b"READY=1" in self.notices.recv(100):
                    return True
            except TimeoutError:
                continue
        return False

    def stop(self) -> bool:
        self._end()
        self.state = "inactive"
        return True

    def _end(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def look(self) -> None:
        """Start again what died."""
        if self.process is not None and self.process.poll() is not None:
            self.ended, self.process = self.process.returncode, None
            again = self.restarts < 3 and self.ended != WRONG_SETTINGS
            self.state = "activating" if again else "failed"
            self.restart_at = time.monotonic() + RESTART_S
        if self.state == "activating" and time.monotonic() >= self.restart_at:
            self.restarts += 1
            self.start()

    def shown(self) -> str:
        pid = self.process.pid if self.process else 0
        code = self.ended or 0
        result = "success" if not code or self.state == "active" else "signal" if code < 0 else "exit-code"
        return (
            f"ActiveState={self.state}\nMainPID={pid}\nUnitFileState=enabled\nNRestarts={self.restarts}\n"
            f"Result={result}\nExecMainStatus={abs(code)}\n"
        )

    def answer(self, words: list[str]) -> tuple[bool, str]:
        match words[0]:
            case "show":
                return True, self.shown()
            case "restart":
                self.stop()
                self.restarts = 0
                return self._started()
            case "start":
                return (True, "") if self.state == "active" else self._started()
            case "stop":
                return self.stop(), ""
            case "reset-failed":
                self.restarts = 0
                return True, ""
        return False, f"Unknown command verb {words[0]}.\n"


def main(root: Path, user: str | None = None) -> None:
    unit, parent = Unit(root, user), os.getppid()
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(root / "run" / "systemd.sock"))
    door.listen()
    door.settimeout(0.1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            try:
                connection, _ = door.accept()
            except TimeoutError:
                if os.getppid() != parent:
                    return  # whoever rehearses was killed
                unit.look()
                continue
            with connection:
                unit.look()
                words = shlex.split(connection.recv(4096).decode())
                good, text = unit.answer(words)
                connection.sendall(f"{'0' if good else '1'}{text}".encode())
    finally:
        unit.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
