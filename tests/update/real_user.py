"""A machine whose root is the real one: root installs and updates, and a user made for it runs the agent.

python -m tests.update.real_user FOLDER PLAY, in a mount namespace where /etc is a copy, and /opt, /home, /run, /srv,
/var/lib, /var/log and /usr/local/bin are empty folders of its own (see `test_real_user.py`): nothing of it stays.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from befresh_update.layout import SERVICE_USER, Layout
from tests.update.machine import HERE, PATIENCE_S, SETTINGS, Done, Machine
from tests.update.upstream import ROOT, git
from tests.update.words import one_line, silent

PYTHON = "/usr/bin/python3"
"""The service's user can reach Debian's own; where these tests' Python lies is not for its eyes."""
OWNER = "pi"
COMMAND = Path("/usr/local/bin/befresh-agent")
RENAMES = "ALTER TABLE items RENAME COLUMN name TO title;"
TESTED = {"tested_by": SERVICE_USER}


class RealMachine(Machine):
    """The clone and the origin belong to whoever logs in there, whose home is closed to others."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.root = Path("/")
        self.tools = COMMAND.parent
        self.layout = Layout()
        self.upstream.python = PYTHON
        self.origin = Path("/srv/befresh-agent.git")
        self.home = Path("/home") / OWNER
        self.user = SERVICE_USER

    def make(self) -> None:
        for folder in ("/etc/befresh-agent", "/var/log"):
            Path(folder).mkdir(exist_ok=True, parents=True)
        self.settings(SETTINGS)
        self.upstream.make()
        shutil.copy(self.upstream.keys / "allowed_signers", "/etc/befresh-agent")
        add_user = (
            "me=install; . scripts/debian.sh; . scripts/install/actions.sh; . scripts/install/machine.sh; add_user"
        )
        names = {
            "user": SERVICE_USER,
            "root": "",
            "etc": "/etc/befresh-agent",
            "dry_run": "",
            "data": str(self.layout.data),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        }
        subprocess.run(["bash", "-euc", add_user], cwd=ROOT, check=True, env=names, stdout=subprocess.DEVNULL)
        subprocess.run(["useradd", "--create-home", OWNER], check=True, env=names)
        self.home.chmod(0o700)
        shutil.copy(ROOT / "systemd" / "befresh-agent", COMMAND)
        self._tool("systemctl", f'exec {sys.executable} -I -S {HERE / "systemctl.py"} / "$@"')

    def publish(self, version: str, faults: dict[str, object] | None = None, migration: str = "") -> str:
        """A signed release at the origin."""
        release = self.upstream.release(version, TESTED | (faults or {}), migration=migration)
        shutil.rmtree(self.origin, ignore_errors=True)
        git(self.place, "clone", "--quiet", "--bare", str(self.upstream.repository), str(self.origin))
        own(self.origin)
        return release

    def clone(self) -> Path:
        clone = self.home / "befresh-agent"
        shutil.rmtree(clone, ignore_errors=True)
        git(self.place, "clone", "--quiet", str(self.upstream.repository), str(clone))
        own(clone)
        return clone

    def install(self, origin: str = "", branch: str = "") -> Done:
        """As scripts/install.sh does, which root runs for whoever logs in."""
        clone = self.clone()
        command = [PYTHON, "-I", "-B", str(clone / "updater"), "--root", "/", "install", str(clone)]
        return self._as_cron([*command, "--origin", origin or str(self.origin), "--branch", branch])

    def update(self, *words: str) -> Done:
        return self._as_cron([str(COMMAND), "update", *words])

    def agent(self, *words: str) -> str:
        done = self._as_cron([str(COMMAND), *words])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _as_cron(self, command: list[str]) -> Done:
        """With next to no environment, and a umask that lets nobody else see anything."""
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root"}
        closed = ["sh", "-c", 'umask 077; exec "$@"', "sh", *command]
        return subprocess.run(closed, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE_S)

    def check(self) -> None:
        super().check()
        self.everybody_has_what_is_theirs()

    def everybody_has_what_is_theirs(self) -> None:
        """The program is root's, and the service reads all of it and changes none; the data is the service's alone."""
        home, data = str(self.layout.home), str(self.layout.data)
        nothing(home, "!", "-user", "root")
        nothing(home, "!", "-type", "l", "-perm", "/022")
        nothing(data, "!", "-user", SERVICE_USER)
        nothing(data, "-perm", "/077")
        as_service = ["setpriv", f"--reuid={SERVICE_USER}", f"--regid={SERVICE_USER}", "--init-groups"]
        for folder in ("releases", "current/", "updater"):
            nothing(f"{home}/{folder}", "-writable", "!", "-type", "l", by=as_service)
            nothing(f"{home}/{folder}", "!", "-readable", by=as_service)
            nothing(f"{home}/{folder}", "-type", "d", "!", "-executable", by=as_service)
        writing = subprocess.run([*as_service, "test", "-w", str(self.layout.state)], check=False)
        assert writing.returncode, "the service may write what decides which release runs"


def own(folder: Path) -> None:
    subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", str(folder)], check=True)


def nothing(folder: str, *what: str, by: list[str] | None = None) -> None:
    """`find` finds no such thing there, asked by that user."""
    done = subprocess.run([*(by or []), "find", folder, *what], capture_output=True, text=True, cwd="/", check=False)
    assert done.stdout + done.stderr == "", f"{' '.join(what)}: {done.stdout}{done.stderr}"


def installed(machine: RealMachine) -> None:
    machine.make()
    machine.good.add(machine.publish("1.0.0"))
    silent(machine.install())
    machine.boot()
    machine.register("김치")
    machine.check()


def renewed(machine: RealMachine, by: Callable[[], Done]) -> None:
    """Installed, and then a newer release runs."""
    installed(machine)
    machine.good.add(machine.publish("1.1.0"))
    silent(by())
    assert machine.current.startswith("1.1.0")


def good_release(machine: RealMachine) -> None:
    """From a repository that is somebody else's, by `befresh-agent update`; the self-test says who runs it."""
    renewed(machine, machine.update)
    machine.register("우유")
    machine.check()
    machine.power_off()
    machine.boot()
    machine.check()


def self_test_that_fails(machine: RealMachine) -> None:
    installed(machine)
    machine.publish("1.1.0", {"tested_by": "root"})
    one_line(machine.update(), "its self-test: tested by")
    machine.check()


def taken_back_with_another_form_of_the_database(machine: RealMachine) -> None:
    """The file made anew is the service's, whoever made it."""
    installed(machine)
    faults = {"registers": "두부", "dies_after": 0.2, "name_column": "title"}
    machine.publish("1.1.0", faults, migration=RENAMES)
    machine.foods.append("두부")
    one_line(machine.update(), "the newer database is kept as")
    machine.check()
    machine.register("파")
    machine.check()


def installed_again_from_a_closed_home(machine: RealMachine) -> None:
    """A newer clone is installed while the agent runs: its updater lies where the service's user cannot look."""
    renewed(machine, machine.install)
    machine.check()


def status_for_everybody(machine: RealMachine) -> None:
    """Whoever logs in may ask what runs, and is told what somebody changed by hand."""
    installed(machine)
    program = machine.layout.current / "src" / "befresh_agent" / "agent.py"
    published = program.read_text()
    program.write_text(published + "# by hand\n")
    for user in (OWNER, SERVICE_USER):
        asked = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", str(COMMAND), "update", "--status"]
        done = subprocess.run([*asked, "--json"], capture_output=True, text=True, check=False, cwd="/")
        assert (done.returncode, done.stderr) == (0, ""), done
        told = json.loads(done.stdout)
        assert (told["release"], told["edited"]) == (machine.current, ["src/befresh_agent/agent.py"]), told
    program.write_text(published)
    machine.check()


PLAYS = {
    play.__name__: play
    for play in (
        good_release,
        self_test_that_fails,
        taken_back_with_another_form_of_the_database,
        installed_again_from_a_closed_home,
        status_for_everybody,
    )
}


def main(folder: str, play: str) -> None:
    os.umask(0o022)
    machine = RealMachine(Path(folder))
    try:
        PLAYS[play](machine)
    finally:
        machine.power_off()


if __name__ == "__main__":
    main(*sys.argv[1:])
