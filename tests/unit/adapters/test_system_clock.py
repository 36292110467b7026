from pathlib import Path

import pytest

from befresh_agent.adapters import system_clock
from befresh_agent.adapters.system_clock import boot_id, kernel_error_us, synchronised


def test_the_kernel_tells_how_wrong_the_clock_may_be() -> None:
    error_us = kernel_error_us()

    assert error_us is None or 0 <= error_us <= 16_000_000


@pytest.mark.parametrize(("error_us", "right"), [(0, True), (250_000, True), (16_000_000, False)])
def test_a_clock_that_nobody_sets_is_not_synchronised(
    error_us: int, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_clock, "kernel_error_us", lambda: error_us)

    assert synchronised() is right


def test_where_the_kernel_may_not_be_asked_the_mark_of_timesyncd_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "synchronized"
    monkeypatch.setattr(system_clock, "kernel_error_us", lambda: None)
    monkeypatch.setattr(system_clock, "_SYNCHRONISED", mark)
    assert not synchronised()

    mark.touch()

    assert synchronised()


def test_a_run_of_the_machine_has_one_name() -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) == 36
