"""What reads codes and dates: zbar, Tesseract and its data."""

from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import ask, python

_LANGUAGE = "eng"


async def reading(patient: Patient) -> list[Check]:
    return [await _zbar(), await _tesseract(patient)]


async def _zbar() -> Check:
    answer = await python("from pyzbar import pyzbar; print(pyzbar.__name__)")
    if not answer.good:
        return broken("zbar", answer.trouble, "sudo apt install libzbar0")
    return ok("zbar", "loads")


async def _tesseract(patient: Patient) -> Check:
    name, remedy = "tesseract", "sudo apt install tesseract-ocr"
    version = await ask("tesseract", "--version")
    if not version.good and patient.settings.vision.reader == "trained":
        return absent(name, "dates are read by the trained networks alone")
    if not version.good:
        return broken(name, version.trouble, remedy)
    languages = await ask("tesseract", "--list-langs")
    found = [line for line in languages.out.splitlines() if line.isidentifier()]
    if _LANGUAGE not in found:
        return broken(name, f"its data for {_LANGUAGE!r} is missing", f"{remedy}-{_LANGUAGE}")
    return ok(name, f"{version.out.splitlines()[0].removeprefix('tesseract ')} with {', '.join(found)}")
