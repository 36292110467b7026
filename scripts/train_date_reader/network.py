"""The reader's network: a small fully convolutional one, without recurrence, so that cv2.dnn runs it.

In: normalised strips (n, 1, 32, 256), or narrower ones. Out: scores (n, 1 + letters of the alphabet, 1, 64) for CTC;
class 0 is the blank.
"""

import torch
from torch import Tensor, nn

from befresh_agent.vision.dates.date_reader import ALPHABET

CLASSES = len(ALPHABET) + 1
Size = tuple[int, int]


def convolution(inner: int, outer: int, kernel: Size, stride: Size = (1, 1), *, high: bool = True) -> nn.Sequential:
    """Convolution, normalisation, ReLU; `high` keeps the height, otherwise the kernel eats it."""
    padding = (kernel[0] // 2 if high else 0, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(inner, outer, kernel, stride, padding, bias=False), nn.BatchNorm2d(outer), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions beside a short cut."""

    def __init__(self, width: int, kernel: Size) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.first = convolution(width, width, kernel)
        self.second = nn.Sequential(nn.Conv2d(width, width, kernel, padding=padding, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class ReaderNetwork(nn.Module):
    """Halves the strip to 4 x 64, folds the height away, then looks along the line."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(1, 24, (5, 5), (2, 2)),  # 16 x 128
            convolution(24, 48, (3, 3), (2, 2)),  # 8 x 64
            Residual(48, (3, 3)),
            convolution(48, 80, (3, 3), (2, 1)),  # 4 x 64
            Residual(80, (3, 3)),
            convolution(80, 128, (4, 1), high=False),  # 1 x 64
            convolution(128, 176, (1, 5)),
            Residual(176, (1, 3)),
            Residual(176, (1, 3)),
            nn.Dropout(0.1),
            nn.Conv2d(176, CLASSES, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.layers(x)
        return scores
