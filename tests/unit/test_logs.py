"""One line for each event, with journald's priority where journald reads it."""

import pytest

from befresh_agent import logs
from befresh_agent.domain.events import DeviceChanged, DeviceState, Restarted


def test_an_alarm_carries_its_traceback_in_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", journal=True)
    logs.write_down(Restarted("radio", "ValueError: broken", 1.0, "Traceback:\nline"))
    assert (
        capsys.readouterr().err
        == "<3>agent: radio crashed (ValueError: broken); again in 1.0 s\n\tTraceback:\n\tline\n"
    )


def test_what_is_too_small_for_the_log_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", journal=False)
    logs.write_down(DeviceChanged("camera", DeviceState.READY, ""))
    assert capsys.readouterr().err == ""
    logs.write_down(DeviceChanged("camera", DeviceState.LOST, "unplugged"))
    assert "devices: camera is lost: unplugged" in capsys.readouterr().err


def test_a_device_that_is_back_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", journal=False)
    logs.write_down(DeviceChanged("camera", DeviceState.LIVE, "", back=True))
    assert "devices: camera is live again" in capsys.readouterr().err
