"""QR codes by ZBar, where zxing-cpp is not installed.

ZBar's assertions can end the process on damaged codes: this runs in the vision worker only.
"""

from pyzbar import pyzbar

from befresh_agent.domain.detection import Corners
from befresh_agent.vision.images import Gray


def read_codes_with_zbar(gray: Gray) -> dict[str, Corners]:
    try:
        found = pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        return {}  # pyzbar does not know every orientation that ZBar reports; the next frame will be another
    return {code.data.decode("utf-8", "replace"): tuple((at.x, at.y) for at in code.polygon) for code in found}
