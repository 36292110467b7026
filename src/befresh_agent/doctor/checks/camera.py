"""The camera that the settings name; it is not opened, since a session may be using it."""

from pathlib import Path

from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.debian import install
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import python

_NAME = "camera"
_LIMIT_S = 15.0
_LIST = "from picamera2 import Picamera2; print('\\n'.join(one['Model'] for one in Picamera2.global_camera_info()))"


async def camera(patient: Patient) -> list[Check]:
    source = patient.settings.camera.source
    if source == "picamera2":
        return [await _picamera(patient)]
    look = _device if source.startswith("/dev/") else _pictures
    return [await aside(lambda: look(Path(source)))]


async def _picamera(patient: Patient) -> Check:
    if not patient.is_pi:
        return absent(_NAME, "the Raspberry Pi's camera is not expected here")
    answer = await python(_LIST, _LIMIT_S)
    if not answer.good:
        return broken(_NAME, f"picamera2: {answer.trouble}", await install("python3-picamera2"))
    cameras = answer.out.splitlines()
    if not cameras:
        return broken(_NAME, "none is connected", "check both ends of its cable with the power off, then restart")
    return ok(_NAME, ", ".join(cameras))


def _pictures(place: Path) -> Check:
    if place.exists():
        return ok(_NAME, f"pictures from {place}")
    return broken(_NAME, f"{place} does not exist", "set camera.source to picamera2, /dev/videoN or pictures")


def _device(device: Path) -> Check:
    try:
        with device.open("rb"):
            return ok(_NAME, str(device))
    except FileNotFoundError:
        return broken(_NAME, f"{device} does not exist", "plug it in; `v4l2-ctl --list-devices` shows what is there")
    except PermissionError:
        return broken(_NAME, f"{device} is closed to this user", "sudo usermod -aG video $USER, then log in again")
    except OSError as error:  # busy is no trouble: somebody is using a camera that works
        return ok(_NAME, f"{device} ({error.strerror})")
