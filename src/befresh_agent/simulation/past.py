"""The days before a dry run: what the containers that the fridge knows would have said, for the charts."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Reading
from befresh_agent.simulation.radio import SimulatedRadio

DAYS = 4
_EVERY_S = 600
_POWER_CUT_H = (31.0, 33.5)
"""Hours ago, the fridge was without power: a gap."""


def past(radio: SimulatedRadio, addresses: Iterable[Address], now: datetime) -> Iterator[Reading]:
    """Readings of some days up to now, in the order of time for each container."""
    for address in addresses:
        if address not in radio.in_the_air:
            continue
        for ago in range(DAYS * 86_400, 0, -_EVERY_S):
            if not _POWER_CUT_H[0] <= ago / 3600 < _POWER_CUT_H[1]:
                yield Reading(address, now - timedelta(seconds=ago), radio.before(address, ago))
