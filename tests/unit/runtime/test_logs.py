"""One line for each event, with journald's priority where journald reads it."""

import pytest

from befresh_agent.domain.events import DeviceChanged, DeviceState, ServiceRestarted
from befresh_agent.runtime import event_bus


def test_an_alarm_carries_its_traceback_in_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    event_bus.configure_logging("info", journal=True)
    event_bus.log_event(ServiceRestarted("radio", "ValueError: broken", 1.0, "Traceback:\nline"))
    assert (
        capsys.readouterr().err
        == "<3>agent: radio crashed (ValueError: broken); again in 1.0 s\n\tTraceback:\n\tline\n"
    )


def test_what_is_too_small_for_the_log_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    event_bus.configure_logging("info", journal=False)
    event_bus.log_event(DeviceChanged("camera", DeviceState.READY, ""))
    assert capsys.readouterr().err == ""
    event_bus.log_event(DeviceChanged("camera", DeviceState.LOST, "unplugged"))
    assert "devices: camera is lost: unplugged" in capsys.readouterr().err


def test_a_device_that_is_back_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    event_bus.configure_logging("info", journal=False)
    event_bus.log_event(DeviceChanged("camera", DeviceState.LIVE, "", back=True))
    assert "devices: camera is live again" in capsys.readouterr().err
