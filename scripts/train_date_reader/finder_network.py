"""The date finder's network: where in a picture is a date, how high are its digits, which way does it run.

In: a gray picture (n, 1, h, w), sides divisible by 8. Out: (n, 4, h/4, w/4): score, log height, cosine, sine.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .network import convolution


class Spread(nn.Module):
    """A dilated convolution beside a short cut: sees further without more work."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=reach, dilation=reach, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.layers(x))


class FinderNetwork(nn.Module):
    """Detail at a quarter of the size, surroundings at an eighth, put together again."""

    def __init__(self) -> None:
        super().__init__()
        self.detail = nn.Sequential(
            convolution(1, 12, (3, 3), (2, 2)), convolution(12, 24, (3, 3), (2, 2)), Spread(24, 1)
        )
        self.surroundings = nn.Sequential(
            convolution(24, 48, (3, 3), (2, 2)), Spread(48, 1), Spread(48, 2), Spread(48, 4), Spread(48, 2),
            nn.Conv2d(48, 24, 1),
        )  # fmt: skip
        self.answer = nn.Sequential(convolution(24, 24, (3, 3)), nn.Conv2d(24, 4, 1))

    def forward(self, x: Tensor) -> Tensor:
        detail = self.detail(x)
        around = F.interpolate(self.surroundings(detail), scale_factor=2.0, mode="bilinear", align_corners=False)
        answer: Tensor = self.answer(torch.relu(detail + around))
        return answer
