"""Power and heat. Undervoltage is the commonest cause of whatever goes wrong on a Pi."""

from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, absent, broken, ok, warning
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import ask

_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_UNDERVOLTAGE, _SLOWED, _HOT = 0x1, 0x2 | 0x4, 0x8
_SINCE_START = 16
"""The same bits, so much higher: it happened since the start."""
_SUPPLY = "use the official power supply and a short cable"
_HOT_C = 80.0


async def power(patient: Patient) -> list[Check]:
    return [await _supply(patient), await aside(lambda: _heat(patient))]


async def _supply(patient: Patient) -> Check:
    name = "power"
    if not patient.is_pi:
        return absent(name, "only a Raspberry Pi tells")
    if (bits := await _throttled(patient)) is None:
        return absent(name, "the firmware does not tell")
    if bits & _UNDERVOLTAGE:
        return broken(name, "too little voltage right now", _SUPPLY)
    if bits & _SLOWED:
        return warning(name, "the processor is slowed down right now", "give it air, or a heat sink")
    if bits >> _SINCE_START & _UNDERVOLTAGE:
        return warning(name, "too little voltage at times since the start", _SUPPLY)
    if bits >> _SINCE_START & (_SLOWED | _HOT):
        return warning(name, "the processor was slowed down since the start", "give it air, or a heat sink")
    return ok(name, "enough voltage since the start")


async def _throttled(patient: Patient) -> int | None:
    """The firmware's word, by the first way that knows it: the kernel's file, its alarm, vcgencmd."""
    if (told := await aside(lambda: _by_the_kernel(patient))) is not None:
        return told
    answer = await ask("vcgencmd", "get_throttled")  # throttled=0x50000
    return _hexadecimal(answer.out.partition("=")[2]) if answer.good else None


def _by_the_kernel(patient: Patient) -> int | None:
    if (text := patient.read(_FIRMWARE)) is not None:
        return _hexadecimal(text)
    for sensor in patient.root.glob("sys/class/hwmon/hwmon*"):
        folder = str(sensor.relative_to(patient.root))
        if patient.read(f"{folder}/name") == "rpi_volt":
            return _UNDERVOLTAGE if patient.read(f"{folder}/in0_lcrit_alarm") == "1" else 0
    return None


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _heat(patient: Patient) -> Check:
    text = patient.read("sys/class/thermal/thermal_zone0/temp")
    if text is None or not text.lstrip("-").isdecimal():
        return absent("temperature", "this machine does not tell")
    degrees = int(text) / 1000
    if degrees >= _HOT_C:
        return warning("temperature", f"{degrees:.0f} °C", "give it air, or a heat sink")
    return ok("temperature", f"{degrees:.0f} °C")
