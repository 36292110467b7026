"""The units, as systemd itself understands them, and the other files that the installer puts into the system."""

import configparser
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd"
UNITS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".service", ".timer"})
MOST_EXPOSED = 2.0
"""By systemd's own score: 0 is perfectly shut, 10 wide open; a plain unit has 9.2."""
GROWING_DELAY_SINCE = 254


def systemd_analyze() -> str:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        assert not os.environ.get("CI"), "continuous integration must have systemd-analyze: scripts/setup.sh dev"
        pytest.skip("NOT TESTED: no systemd-analyze on this machine (apt install systemd)")
    return tool


def systemd_version() -> int:
    said = subprocess.run([systemd_analyze(), "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[1])


def units_that_can_start(folder: Path) -> list[str]:
    """Copies that run a program which is there: the agent need not be installed on this machine."""
    for name in UNITS:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", (FOLDER / name).read_text(), flags=re.MULTILINE)
        (folder / name).write_text(text)
    if systemd_version() >= GROWING_DELAY_SINCE:
        (folder / "befresh-agent.service.d").mkdir()
        shutil.copy(FOLDER / "growing-delay.conf", folder / "befresh-agent.service.d")
    return [str(folder / name) for name in UNITS]


def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    """It ends with 0 even where it does not know a key, and only says so."""
    command = [systemd_analyze(), "verify", "--man=no", *units_that_can_start(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_misspelt_key_would_be_noticed(tmp_path: Path) -> None:
    [agent] = [path for path in units_that_can_start(tmp_path) if path.endswith("/befresh-agent.service")]
    with Path(agent).open("a") as unit:
        unit.write("[Service]\nWatchdogSecs=1\n")
    done = subprocess.run([systemd_analyze(), "verify", "--man=no", agent], capture_output=True, text=True, check=False)
    assert "WatchdogSecs" in done.stderr


def test_the_service_is_well_shut() -> None:
    command = [systemd_analyze(), "security", "--offline=true", "--no-pager", str(FOLDER / "befresh-agent.service")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    score = re.search(r"Overall exposure level for befresh-agent\.service: ([0-9.]+)", said)
    assert score is not None, said
    assert float(score[1]) <= MOST_EXPOSED


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "RestartPreventExitStatus=78",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "User=befresh",
        "DevicePolicy=closed",
        *(f"DeviceAllow=char-{kind} rw" for kind in ("gpiochip", "video4linux", "media", "dma_heap", "drm", "alsa")),
    ],
)
def test_the_service_keeps_its_promises(line: str) -> None:
    assert line in (FOLDER / "befresh-agent.service").read_text().splitlines()


@pytest.mark.parametrize("module", ["snd", "videodev", "mc", "drm"])
def test_kinds_of_devices_are_known_before_the_service_starts(module: str) -> None:
    """`DeviceAllow=char-alsa` means nothing to a kernel that has not heard of sound by then."""
    lines = (FOLDER / "befresh-agent.service").read_text().splitlines()
    for key in ("Wants=", "After="):
        assert any(line.startswith(key) and f"modprobe@{module}.service" in line for line in lines)


def test_the_agent_waits_for_no_network() -> None:
    assert "network-online" not in re.sub(r"^#.*", "", (FOLDER / "befresh-agent.service").read_text(), flags=re.M)


def test_every_secret_can_be_a_credential() -> None:
    from befresh_agent.settings.model import SecretSettings

    loaded = re.findall(
        r"^LoadCredential=(\w+):befresh-agent\.(\w+)$", (FOLDER / "befresh-agent.service").read_text(), re.MULTILINE
    )
    assert loaded == [(name, name) for name in SecretSettings.model_fields]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_what_a_file_calls_is_in_every_release(path: Path) -> None:
    called = re.findall(r"/opt/befresh-agent/(?:current/(?!\.venv/)|(?=updater/))([\w./-]+)", path.read_text())
    assert [name for name in called if not (ROOT / name).exists()] == []


def test_the_installer_installs_every_file() -> None:
    script = "".join(
        (ROOT / "scripts" / "install" / name).read_text() for name in ("machine.sh", "offers.sh", "names.sh")
    )
    script += "".join(script.replace("$names_engine", engine) for engine in ("whisper", "vosk"))
    assert {path.name for path in FOLDER.iterdir()} == set(re.findall(r"\bsystemd/([\w.-]+)\"? ", script))


def test_the_cron_file_is_one_cron_takes() -> None:
    """Its lines end, the user is named, and no % is there, which cron makes a new line of."""
    text = (FOLDER / "cron").read_text()
    [job] = [line for line in text.splitlines() if not re.match(r"#|\w+=", line)]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-7] root /\S+( [^%]+)?", job)
    assert "--jitter" in job
    assert text.endswith("\n")


def test_cron_and_timer_look_for_updates_on_the_same_day() -> None:
    assert re.search(r"^17 3 \* \* 1 ", (FOLDER / "cron").read_text(), re.MULTILINE)
    assert "OnCalendar=Mon 03:17" in (FOLDER / "befresh-agent-update.timer").read_text()


def test_the_desktop_entry_opens_the_page() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]  # keys of desktop entries have capitals
    entry.read(FOLDER / "befresh-agent-kiosk.desktop")
    assert entry["Desktop Entry"]["Type"] == "Application"
    assert entry["Desktop Entry"]["Exec"].endswith("/scripts/kiosk.sh")


@pytest.mark.slow
def test_bluetooths_memory_of_strangers_is_cleaned_and_its_pairings_are_kept(tmp_path: Path) -> None:
    """By the real rule, but for the age: systemd-tmpfiles looks at times of a file that nobody can set."""
    tool = str(Path(systemd_analyze()).with_name("systemd-tmpfiles"))
    adapter = tmp_path / "var" / "lib" / "bluetooth" / "DC:A6:32:00:00:01"
    kept, old, new = adapter / "FB:89:EB:22:95:84" / "info", adapter / "cache" / "old", adapter / "cache" / "new"
    for file in (kept, old):
        file.parent.mkdir(parents=True)
        file.write_text("")
    time.sleep(2.5)
    new.write_text("")
    rule = tmp_path / "tmpfiles.conf"
    rule.write_text((FOLDER / "tmpfiles.conf").read_text().replace(" 7d", " 2s"))
    subprocess.run([tool, "--clean", f"--root={tmp_path}", rule], check=True, capture_output=True)
    assert (kept.exists(), old.exists(), new.exists()) == (True, False, True)
