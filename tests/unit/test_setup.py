"""Set-up on machines of several kinds: what it says, what it installs, and that it keeps still when all is there.

The script is the real one; the machine around it (Python, apt, sudo, who one is) is made of small stand-ins.
"""

import os
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDINARY_TOOLS = ["bash", "sh", "cat", "cp", "dirname", "env", "grep", "mkdir", "mktemp", "rm", "sha256sum", "tail"]

PYTHON = """#!/bin/sh
case "$1" in
  -c) case "$2" in
        *platform*) echo 3.11.2 ;;
        *zbar*|*ensurepip*) [ -e "$MACHINE/bin/tesseract" ] ;;
      esac ;;
  -m) echo "python $*" >>"$MACHINE/calls"
      if [ "$2" = venv ]; then
        mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "#!$PWD/$3/bin/python" >"$3/bin/pip"
      fi
      case "$*" in *--editable*)
        mkdir -p .venv/lib/python3.11/site-packages
        echo "$PWD/src" >.venv/lib/python3.11/site-packages/_befresh_agent.pth ;;
      esac ;;
esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$MACHINE/calls"
[ "$1" = update ] || cp "$MACHINE/bin/env" "$MACHINE/bin/tesseract"
"""
SUDO = """#!/bin/sh
echo "sudo" >>"$MACHINE/calls"
exec "$@"
"""
WITHOUT_PACKAGES = "python3-venv tesseract-ocr libzbar0"

pytestmark = pytest.mark.slow


@dataclass
class Machine:
    """A machine with a checkout on it."""

    place: Path
    checkout: Path

    def has(self, tool: str, script: str = "#!/bin/sh\n") -> None:
        path = self.place / "bin" / tool
        path.write_text(script)
        path.chmod(0o755)

    def set_up(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        script = self.checkout / "scripts" / "setup.sh"
        command = [str(self.place / "bin" / "bash"), str(script), *(words or ("run",))]
        environ = {"PATH": str(self.place / "bin"), "MACHINE": str(self.place), "TMPDIR": str(self.place), **environ}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        """What was called since the last look."""
        log = self.place / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare one: Python without venv, an apt to install the rest with, one is root."""
    machine = Machine(tmp_path, tmp_path / "checkout")
    (tmp_path / "bin").mkdir()
    for tool in ORDINARY_TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(os.path.realpath(found))
    machine.has("python3", PYTHON)
    machine.has("apt-get", APT_GET)
    machine.has("id", "#!/bin/sh\necho 0\n")
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, machine.checkout / name)
    shutil.copy(ROOT / "pyproject.toml", machine.checkout)
    return machine


def a_user(machine: Machine) -> None:
    machine.has("id", "#!/bin/sh\necho 1000\n")


def has_what_developing_needs(machine: Machine) -> None:
    for tool in (
        "tesseract",
        "git",
        "make",
        "dbus-daemon",
        "systemctl",
        "aplay",
        "arecord",
        "flac",
        "espeak-ng",
        "ssh-keygen",
    ):
        machine.has(tool)
    machine.has("dpkg-query", "#!/bin/sh\necho installed\n")


def test_a_bare_machine_gets_everything_and_then_peace(machine: Machine) -> None:
    first = machine.set_up()
    assert first.stderr == ""
    assert first.stdout.splitlines() == [
        f"setup: installing Debian packages: {WITHOUT_PACKAGES}",
        "setup: making .venv with Python 3.11.2",
        "setup: installing Python packages from requirements/run.lock (minutes, the first time)",
    ]
    assert any(WITHOUT_PACKAGES in call for call in machine.calls())
    again = machine.set_up()
    assert (again.returncode, again.stdout, again.stderr, machine.calls()) == (0, "", "", [])


def test_python_packages_come_from_the_lock_by_hash_and_are_never_compiled(machine: Machine) -> None:
    machine.set_up()
    (locked,) = [call for call in machine.calls() if "--requirement" in call]
    assert "--require-hashes --only-binary :all: --requirement requirements/run.lock" in locked


def test_a_user_is_asked_for_sudo_when_something_is_missing_and_only_then(machine: Machine) -> None:
    a_user(machine)
    machine.has("sudo", SUDO)
    assert "installing Debian packages with sudo: " in machine.set_up().stdout
    assert "sudo" in machine.calls()
    (machine.checkout / ".venv" / "bin" / "pip").unlink()
    assert "making .venv" in machine.set_up().stdout
    assert "sudo" not in machine.calls()


def test_neither_root_nor_sudo_is_told_what_to_run(machine: Machine) -> None:
    a_user(machine)
    outcome = machine.set_up()
    assert outcome.returncode == 1
    assert f"as root: apt-get install --yes --no-install-recommends {WITHOUT_PACKAGES}" in outcome.stderr
    assert machine.calls() == []


def test_another_system_is_told_what_is_missing_and_goes_on_when_it_is_there(machine: Machine) -> None:
    (machine.place / "bin" / "apt-get").unlink()
    outcome = machine.set_up()
    assert outcome.returncode == 1
    assert f"missing: {WITHOUT_PACKAGES}" in outcome.stderr
    machine.has("tesseract")
    assert machine.set_up().returncode == 0


def test_packages_that_do_not_arrive_show_the_end_of_the_log(machine: Machine) -> None:
    machine.has("apt-get", "#!/bin/sh\necho E: no space left\nexit 100\n")
    outcome = machine.set_up()
    assert outcome.returncode == 1
    assert "E: no space left" in outcome.stderr


def test_a_changed_lock_is_installed_into_the_same_venv(machine: Machine) -> None:
    machine.set_up()
    machine.calls()
    with (machine.checkout / "requirements" / "run.lock").open("a") as lock:
        lock.write("# another version\n")
    outcome = machine.set_up()
    assert [line.split()[1] for line in outcome.stdout.splitlines()] == ["installing"]
    assert [call.split()[2] for call in machine.calls()] == ["pip", "pip"]


def test_what_developing_needs_is_enough_for_running_but_not_the_reverse(machine: Machine) -> None:
    has_what_developing_needs(machine)
    assert "requirements/run.lock" in machine.set_up("run").stdout
    assert "requirements/dev.lock" in machine.set_up("dev").stdout
    assert machine.set_up("run").stdout == ""


def test_the_laboratories_come_on_top_of_what_developing_needs(machine: Machine) -> None:
    has_what_developing_needs(machine)
    for tool in (
        "qemu-system-x86_64",
        "bluetoothctl",
        "btattach",
        "socat",
        "cpio",
        "kmod",
        "xz",
        "qemu-img",
        "mmdebstrap",
        "mke2fs",
        "gcc",
    ):
        machine.has(tool)
    assert "requirements/lab.lock" not in machine.set_up("dev").stdout
    laboratory = machine.set_up("lab").stdout
    assert "requirements/dev.lock" not in laboratory  # is there
    assert "requirements/lab.lock" in laboratory
    (machine.checkout / ".venv" / ".set-up").unlink()
    laboratory = machine.set_up("lab").stdout
    assert laboratory.index("requirements/dev.lock") < laboratory.index("requirements/lab.lock")
    assert [machine.set_up(scope).stdout for scope in ("run", "dev", "lab")] == ["", "", ""]


def test_packages_can_be_had_before_the_rest(machine: Machine) -> None:
    assert machine.set_up("run", "packages").stdout.splitlines() == [
        f"setup: installing Debian packages: {WITHOUT_PACKAGES}"
    ]
    assert not (machine.checkout / ".venv").exists()
    assert "Debian" not in machine.set_up("run").stdout


def test_a_moved_checkout_gets_a_new_venv(machine: Machine) -> None:
    machine.set_up()
    machine.checkout = machine.checkout.rename(machine.place / "elsewhere")
    assert "making .venv" in machine.set_up().stdout


def test_an_unsuitable_python_is_refused_before_anything_happens(machine: Machine) -> None:
    machine.has("python2", "#!/bin/sh\nexit 1\n")
    outcome = machine.set_up(PYTHON="python2")
    assert outcome.returncode == 1
    assert "PYTHON=python2 is not a Python 3.11, 3.12 or 3.13" in outcome.stderr
    assert machine.calls() == []


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_a_folder_with_a_korean_name_is_found_in_any_locale(machine: Machine, locale: str) -> None:
    machine.checkout = machine.checkout.rename(machine.place / "내 냉장고")
    assert machine.set_up(LC_ALL=locale).returncode == 0
    written = machine.checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "_befresh_agent.pth"
    assert written.read_text().isascii()
    venv.create(machine.checkout / "real")
    (installed,) = (machine.checkout / "real" / "lib").glob("python3.*/site-packages")
    shutil.copy(written, installed)
    package = machine.checkout / "src" / "befresh_agent"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("print(__file__.encode('utf-8', 'surrogateescape').decode())")
    command = [str(machine.checkout / "real" / "bin" / "python"), "-c", "import befresh_agent"]
    environ = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    done = subprocess.run(command, env=environ, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout.strip(), done.stderr) == (str(package / "__init__.py"), "")
