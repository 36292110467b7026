"""Which product is before the camera: its code and its printed date may be legible in different frames."""

from befresh_agent.domain.detection import Findings, ProductSeen
from befresh_agent.domain.gs1 import Product


class ProductView:
    """Remembers the product of the last code until it is out of view for `out_s` seconds."""

    def __init__(self, out_s: float) -> None:
        self._out_s = out_s
        self._at = 0.0
        self.product: Product | None = None

    def frame(self, findings: Findings, now: float) -> None:
        products = [found.product for found in findings.detections if isinstance(found, ProductSeen)]
        if products:
            self.product, self._at = products[0], now
        elif now - self._at >= self._out_s:
            self.product = None
