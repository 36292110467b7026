"""Training the date finder on rendered scenes.

In: shards of scenes. Out: a checkpoint of the averaged weights.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .finder_network import FinderNetwork
from .shards import Shard, load_shards
from .training import average, learning_rate

BATCH = 16
SAVE_EVERY = 100


def spoil_scenes(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Gamma, inversion, dimming and noise; nothing that moves a date."""
    n = len(pictures)
    gamma = torch.exp(0.3 * torch.randn(n, 1, 1, 1, generator=generator))
    pictures = (pictures / 255).pow(gamma) * 255
    turned = torch.rand(n, 1, 1, 1, generator=generator) < 0.12
    pictures = torch.where(turned, 255 - pictures, pictures)
    pictures = pictures * (0.6 + 0.4 * torch.rand(n, 1, 1, 1, generator=generator))
    strength = 4 * torch.rand(n, 1, 1, 1, generator=generator)
    return pictures + strength * torch.randn(pictures.shape, generator=generator)


def batches(shard: Shard, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    pictures, cells = shard
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = rng.permutation(len(pictures))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            scenes = torch.from_numpy(pictures[chosen])[:, None].float()
            yield (spoil_scenes(scenes, generator) - 128) / 64, torch.from_numpy(cells[chosen]).float()


def finding_loss(answer: Tensor, cells: Tensor) -> Tensor:
    """Cross entropy and overlap of the scores, distance of heights and directions on dates."""
    score, date = answer[:, 0], (cells[:, 0] == 1).float()
    known = (cells[:, 0] != 0.5).float()
    weight = known * (1 + 2 * date)
    entropy = (F.binary_cross_entropy_with_logits(score, date, reduction="none") * weight).sum() / weight.sum()
    chance = torch.sigmoid(score) * known
    overlap = (2 * (chance * date).sum() + 1) / (chance.sum() + date.sum() + 1)
    geometry = F.smooth_l1_loss(answer[:, 1:], cells[:, 1:], beta=0.2, reduction="none").sum(1)
    return 2 * entropy + (1 - overlap) + 0.5 * (geometry * date).sum() / (date.sum() + 1)


def train_finder(shards: Path, checkpoint: Path, steps: int, seed: int, threads: int) -> FinderNetwork:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    network, kept = FinderNetwork().to(memory_format=torch.channels_last), FinderNetwork()
    kept.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-2)
    stream, losses, began = batches(load_shards(shards), seed), [], time.monotonic()
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = learning_rate(step / steps)
        scenes, cells = next(stream)
        loss = finding_loss(network(scenes.contiguous(memory_format=torch.channels_last)), cells)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        average(kept, network, step)
        losses.append(loss.item())
        if step % SAVE_EVERY == 0 or step == steps:
            torch.save(kept.state_dict(), checkpoint)
            print(f"{time.monotonic() - began:6.0f} s step {step} loss {np.mean(losses[-SAVE_EVERY:]):.3f}", flush=True)
    return kept
