"""How much memory a process has: against what the kernel says elsewhere, and without a /proc."""

import re
from pathlib import Path

import pytest

from befresh_agent.runtime import own_process
from befresh_agent.runtime.own_process import own_mb, resident_mb


def test_it_is_what_the_kernel_says() -> None:
    told = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert told is not None
    assert resident_mb() == pytest.approx(int(told[1]) * 1024 / 1e6, rel=0.2)
    assert 1 < own_mb() < resident_mb()


def test_nothing_is_known_in_a_root_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "Path", lambda name: tmp_path / name.lstrip("/"))
    assert (resident_mb(), own_mb()) == (0, 0)
