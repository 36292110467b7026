"""A D-Bus of our own: the real dbus-daemon on a private socket."""

import ctypes
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

_CONFIG = """<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_SET_DEATH_SIGNAL = 1


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)


class PrivateBus:
    """Can be killed and started again at the same address, as when the system's bus is restarted."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "bus"
        self._config = folder / "bus.conf"
        self._config.write_text(_CONFIG.format(socket=self._socket))
        self._process: subprocess.Popen[str] | None = None
        self.address = f"unix:path={self._socket}"

    def start(self) -> None:
        if shutil.which("dbus-daemon") is None and not os.environ.get("CI"):
            pytest.skip("Bluetooth is not tested: there is no dbus-daemon (apt install dbus-daemon)")
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--print-address=1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=_die_with_parent,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith(self.address)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
            self._socket.unlink(missing_ok=True)
