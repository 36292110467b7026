"""The header's pins, for the button and the distance sensor."""

from befresh_agent.adapters.gpio_chips import header_chip, labels
from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import python

_NAME = "pins"
_IMPORT = """
try:
    import gpiod
except ImportError:
    import os, tempfile
    with tempfile.TemporaryDirectory() as os.environ["LG_WD"]:  # lgpio keeps its pipes there
        import RPi.GPIO
"""


async def pins(patient: Patient) -> list[Check]:
    try:
        found = await aside(lambda: labels(patient.root / "dev"))
    except PermissionError:
        remedy = "sudo usermod -aG gpio $USER, then log in again"
        return [broken(_NAME, "the chips are closed to this user", remedy)]
    except OSError as error:
        return [broken(_NAME, str(error), "restart the Raspberry Pi")]
    number = header_chip(found)
    if number is not None:
        return [await _library(f"gpiochip{number}, {found[number]}")]
    if not patient.is_pi:
        return [absent(_NAME, "the header of a Raspberry Pi is not expected here")]
    there = ", ".join(sorted(set(found.values()))) or "none"
    return [broken(_NAME, f"no chip has the header's pins (there is: {there})", "sudo apt full-upgrade, then restart")]


async def _library(chip: str) -> Check:
    answer = await python(_IMPORT)
    if not answer.good:
        remedy = "run scripts/install.sh again: it brings the library for pins"
        return broken(_NAME, f"{chip}; {answer.trouble}", remedy)
    return ok(_NAME, chip)
