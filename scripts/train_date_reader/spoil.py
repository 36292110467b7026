"""Cheap changes of whole batches while training, so that no strip is seen twice alike."""

import torch
import torch.nn.functional as F
from torch import Tensor


def spoil_strips(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, scale, tilt, gamma, noise and inversion of gray pictures (n, 1, h, w) in 0..255."""
    n = len(pictures)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    frame = torch.zeros(n, 2, 3)
    frame[:, 0, 0] = 1 + 0.12 * (2 * uniform(n) - 1)
    frame[:, 1, 1] = 1 + 0.14 * (2 * uniform(n) - 1)
    frame[:, 0, 2] = frame[:, 0, 0] - 1 + 0.012 * normal(n)  # keeps the left edge near its place
    frame[:, 1, 2] = 0.06 * normal(n)
    frame[:, 1, 0] = 0.02 * normal(n)
    frame[:, 0, 1] = 0.02 * normal(n)
    grid = F.affine_grid(frame, list(pictures.shape), align_corners=False)
    pictures = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    gamma = torch.exp(0.25 * normal(n, 1, 1, 1))
    pictures = (pictures / 255).clamp(0, 1).pow(gamma) * 255
    noisy = (uniform(n, 1, 1, 1) < 0.3) * 6 * uniform(n, 1, 1, 1)
    pictures = pictures + noisy * normal(*pictures.shape)
    return torch.where(uniform(n, 1, 1, 1) < 0.08, 255 - pictures, pictures)


def normalise(pictures: Tensor) -> Tensor:
    """The same as `date_strip.normalise`, on tensors."""
    mean = pictures.mean((2, 3), keepdim=True)
    spread = pictures.std((2, 3), keepdim=True, unbiased=False)
    return (pictures - mean) / (spread + 8)
