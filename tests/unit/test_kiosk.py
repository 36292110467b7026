"""The kiosk's script: it waits for the page, then shows it in the browser that is there."""

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDINARY = ("python3", "sleep", "touch")
SCRIPT = Path(__file__).parents[2] / "scripts" / "kiosk.sh"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing, please."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def shown(folder: Path, programs: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it where only these programs are, beside the ordinary ones."""
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    for name in ORDINARY:
        found = shutil.which(name, path="/usr/bin:/bin")
        assert found, name
        if not (folder / name).exists():
            (folder / name).symlink_to(found)
    environ = {"PATH": str(folder)}
    return subprocess.run([SCRIPT, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_it_shows_the_page_of_the_settings(tmp_path: Path, port: int) -> None:
    settings = f"""[ "$*" = "config show --json" ] && echo '{{"page": {{"port": {port}}}}}'"""
    done = shown(tmp_path, {"befresh-agent": settings, "chromium": 'echo "$@"'})
    assert done.stdout.split()[0] == "--kiosk"
    assert done.stdout.split()[-1] == f"http://127.0.0.1:{port}/"


@pytest.mark.slow
def test_it_waits_until_the_page_is_there(tmp_path: Path, port: int) -> None:
    """The agent may start after the desktop: here its second look finds the page."""
    once = 'if [ -e "$0.asked" ]; then exec /usr/bin/python3 "$@"; fi; touch "$0.asked"; exit 1'
    done = shown(tmp_path, {"python3": once, "chromium": 'echo "$@"'}, f"http://127.0.0.1:{port}/")
    assert (tmp_path / "python3.asked").exists()
    assert done.stdout.split()[-1] == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("browser", ["chromium-browser", "firefox"])
def test_another_browser_will_do(tmp_path: Path, port: int, browser: str) -> None:
    done = shown(tmp_path, {browser: 'echo "$0" "$@"'}, f"http://127.0.0.1:{port}/")
    assert Path(done.stdout.split()[0]).name == browser
    assert "--kiosk" in done.stdout


def test_nothing_is_asked_that_nobody_can_answer(tmp_path: Path, port: int) -> None:
    said = shown(tmp_path, {"chromium": 'echo "$@"'}, f"http://127.0.0.1:{port}/").stdout
    assert {"--no-memcheck", "--hide-crash-restore-bubble", "--noerrdialogs"} <= set(said.split())


def test_a_browser_that_crashes_is_started_again(tmp_path: Path, port: int) -> None:
    crash = 'if [ ! -e "$0.crashed" ]; then touch "$0.crashed"; exit 139; fi; echo "$@"'
    done = shown(tmp_path, {"chromium": crash, "sleep": ""}, f"http://127.0.0.1:{port}/")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


@pytest.mark.slow
def test_when_a_monitor_comes_back_the_browser_is_started_full_screen_again(tmp_path: Path, port: int) -> None:
    """It leaves full screen when its monitor is switched off. One that only goes changes nothing."""
    for output, state in (("card1-HDMI-A-1", "connected"), ("card1-HDMI-A-2", "disconnected")):
        (tmp_path / "drm" / output).mkdir(parents=True)
        (tmp_path / "drm" / output / "status").write_text(f"{state}\n")
    switched = tmp_path / "drm" / "card1-HDMI-A-1" / "status"
    browser = f"""echo shown
[ ! -e "$0.before" ] || exit 0
touch "$0.before"
echo disconnected >{switched}; sleep 6
echo connected >{switched}; sleep 30
echo "still there"
"""
    done = shown(tmp_path, {"chromium": browser}, f"http://127.0.0.1:{port}/", str(tmp_path / "drm"))
    assert (done.returncode, done.stdout.split("\n")) == (0, ["shown", "shown", ""])


def test_a_browser_that_somebody_closes_stays_closed(tmp_path: Path, port: int) -> None:
    done = shown(tmp_path, {"chromium": "echo shown"}, f"http://127.0.0.1:{port}/", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "shown\n")
