"""Training the reader: CTC on rendered strips, AdamW with one cycle of the learning rate, averaged weights.

In: shards. Out: a checkpoint of the averaged weights, written again and again, so that an early one can be tried.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from befresh_agent.vision.dates.date_reader import ALPHABET

from .network import ReaderNetwork
from .shards import Shard, load_shards
from .spoil import normalise, spoil_strips

BATCH = 128
HIGHEST_RATE = 3e-3
WARM_UP = 0.06
SAVE_EVERY = 100
CODES = {char: number + 1 for number, char in enumerate(ALPHABET)}


def learning_rate(done: float) -> float:
    """One cycle: up during the warm-up, then down like a cosine. `done` runs from 0 to 1."""
    if done < WARM_UP:
        return HIGHEST_RATE * done / WARM_UP
    return HIGHEST_RATE * (0.5 + 0.5 * math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)) + 0.003)


def batches(shard: Shard, seed: int) -> Iterator[tuple[Tensor, list[str]]]:
    """Endless random batches of spoilt, normalised strips and their labels."""
    pictures, labels = shard
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = rng.permutation(len(labels))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            strips = torch.from_numpy(pictures[chosen])[:, None].float()
            yield normalise(spoil_strips(strips, generator)), [str(a) for a in labels[chosen]]


def reading_loss(scores: Tensor, labels: list[str], *, bounded: bool) -> Tensor:
    """CTC per letter; later on bounded, because what nobody can read must not lead the training."""
    codes = torch.tensor([CODES[char] for label in labels for char in label], dtype=torch.long)
    lengths = torch.tensor([len(label) for label in labels])
    chances = F.log_softmax(scores.float(), 1).permute(2, 0, 1)
    steps = torch.full((len(labels),), chances.shape[0])
    loss = F.ctc_loss(chances, codes, steps, lengths, reduction="none", zero_infinity=True) / (lengths + 2)
    return (loss.clamp(max=6) if bounded else loss).mean()


def average(kept: nn.Module, new: nn.Module, step: int) -> None:
    """Let the kept weights follow the new ones."""
    inertia = min(0.998, step / (step + 20))
    with torch.no_grad():
        for old, fresh in zip(kept.state_dict().values(), new.state_dict().values(), strict=True):
            if old.dtype.is_floating_point:
                old.mul_(inertia).add_(fresh, alpha=1 - inertia)
            else:
                old.copy_(fresh)


def train_reader(shards: Path, checkpoint: Path, steps: int, seed: int, threads: int) -> ReaderNetwork:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    network, kept = ReaderNetwork().to(memory_format=torch.channels_last), ReaderNetwork()
    kept.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), HIGHEST_RATE, weight_decay=2e-2)
    stream, losses, began = batches(load_shards(shards), seed), [], time.monotonic()
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = learning_rate(step / steps)
        strips, labels = next(stream)
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(strips.contiguous(memory_format=torch.channels_last)).squeeze(2)
        loss = reading_loss(scores, labels, bounded=step > 400)
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
