"""Labels for containers, to be printed and stuck on. In: addresses and names. Out: HTML, complete by itself.

A camera reads the code from 10 to 30 cm when it is 2 cm wide; name and address stand under it for people.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from befresh_agent.domain.container import Address
from befresh_agent.runtime.remedies import missing

_STYLE = """
@page { size: A4; margin: 10mm; }
body { margin: 0; font: 9px/1.25 system-ui, "Noto Sans KR", "NanumGothic", sans-serif; color: #000; background: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fill, 36mm); gap: 4mm; }
figure { margin: 0; padding: 2mm; border: 0.2mm dashed #999; text-align: center; break-inside: avoid; }
figure svg { width: 20mm; height: 20mm; display: block; margin: 0 auto 1mm; }
b { display: block; font-size: 11px; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True, slots=True)
class Label:
    address: Address
    name: str = ""


def code(address: Address) -> Any:
    """The QR code that a camera knows the container by; raises `DeviceError` where its library is missing."""
    try:
        import segno
    except ImportError as error:
        raise missing(error, "page") from error
    return segno.make_qr(json.dumps({"bt_address": address}), error="m")


def sheet_of_labels(labels: Sequence[Label], copies: int = 1) -> str:
    """As many of each as are wanted, as many to a page as fit."""
    figures = "\n".join(figure for label in labels for figure in [_figure(label)] * copies)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"><title>befresh</title>'
        f"<style>{_STYLE}</style></head>\n<body><main>\n{figures}\n</main></body></html>\n"
    )


def _figure(label: Label) -> str:
    drawn = io.BytesIO()
    # Four modules of white around it belong to the code; without a size of its own, the style's 2 cm count.
    code(label.address).save(drawn, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, nl=False)
    name = f"<b>{escape(label.name)}</b>" if label.name else ""
    return f"<figure>{drawn.getvalue().decode()}{name}{label.address}</figure>"
