"""A body that is larger than a topic takes becomes two. In: the bytes of a body. Out: those of its halves."""

import json
from collections.abc import Sequence
from typing import Any

from befresh_agent.domain.wire_types import compact

Part = tuple[bytes, int]
"""A body, and how many foods or readings it carries."""


def halves(body: bytes) -> tuple[Part, Part] | None:
    """The two halves, everything in its order; None where the body carries one thing only."""
    whole = json.loads(body)
    if listed := _list_of(whole):
        carried = whole[listed]
    else:
        each = whole.get("data", {}).items()
        carried = [(address, sample) for address, samples in each if isinstance(samples, list) for sample in samples]
    if len(carried) < 2:
        return None
    cut = _middle([len(compact(one)) for one in carried])
    return _part(whole, carried[:cut]), _part(whole, carried[cut:])


def _list_of(whole: dict[str, Any]) -> str | None:
    """The member that lists foods; None where readings are told by container."""
    return next((name for name in ("foodList", "removedList") if name in whole), None)


def _middle(sizes: Sequence[int]) -> int:
    """Before which one to cut so that both sides are about as large, and neither is empty."""
    total, before = sum(sizes), 0
    for index, size in enumerate(sizes[:-1]):
        before += size
        if before * 2 >= total:
            return index + 1
    return len(sizes) - 1


def _part(whole: dict[str, Any], carried: Sequence[Any]) -> Part:
    if listed := _list_of(whole):
        return compact(whole | {listed: carried}), len(carried)
    data: dict[str, list[Any]] = {}
    for address, sample in carried:
        data.setdefault(address, []).append(sample)
    return compact(whole | {"data": data}), len(carried)
