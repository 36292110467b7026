"""The rotation in virtual time: how old readings get and how busy the radio is, for a number of containers."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

from befresh_agent.containers.rules.rotation import PlannedVisit, RadioRest, VisitRotation
from befresh_agent.domain.container import Address
from befresh_agent.domain.visit_times import VisitOutcome, field_visit
from befresh_agent.settings.model import ContainerSettings

Visits = Callable[[Random], VisitOutcome]


@dataclass(frozen=True, slots=True)
class ReadingGaps:
    """Minutes between two readings of a container."""

    mean: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class RotationPlan:
    containers: int
    dead: int
    hours: float
    healthy_gap_min: ReadingGaps | None
    """None where there is no healthy container."""
    radio_busy: float
    """Share of the time, 0 to 1, of all radios together."""


def simulate(
    settings: ContainerSettings,
    *,
    containers: int,
    dead: int,
    hours: float,
    seed: int = 0,
    radios: int = 1,
    visits: Visits = field_visit,
    progress: Callable[[float], None] = lambda _: None,
) -> RotationPlan:
    """Play the rotation; the first `dead` containers never answer and cost what the attempt costs.

    `progress` is told now and then which share of the time was played.
    """
    world = _VirtualKitchen(
        settings, radios, [Address(f"02:00:00:00:{i // 256:02X}:{i % 256:02X}") for i in range(containers)], dead
    )
    world.play(hours * 3600, Random(seed), visits, progress)
    return RotationPlan(containers, dead, hours, world.gaps(hours * 3600), world.busy / (hours * 3600 * radios))


class _VirtualKitchen:
    def __init__(self, settings: ContainerSettings, radios: int, addresses: list[Address], dead: int) -> None:
        self.radios = radios
        self.rotation = VisitRotation(
            period_s=settings.period_s,
            slot_s=settings.slot_s,
            find_s=settings.find_s,
            absent_find_s=settings.absent_find_s,
            radios=radios,
        )
        self.rotation.keep(addresses, 0.0)
        self.dead = frozenset(addresses[:dead])
        self.readings: dict[Address, list[float]] = {address: [] for address in addresses[dead:]}
        self.busy = 0.0

    def play(self, end: float, chance: Random, visits: Visits, progress: Callable[[float], None]) -> None:
        """Every entry of the queue is a radio and the time at which it wants to know what to do."""
        queue: list[tuple[float, int, PlannedVisit | None, bool]] = [
            (0.0, radio, None, False) for radio in range(self.radios)
        ]
        while queue and queue[0][0] < end:
            now, radio, done, good = heappop(queue)
            if done is not None:
                self._finish(done, now, good)
                progress(now / end)
            match self.rotation.next(now, radio):
                case RadioRest(until):
                    heappush(queue, (max(until, now + 0.1), radio, None, False))
                case PlannedVisit() as visit:
                    outcome = VisitOutcome(visit.find_s, False) if visit.address in self.dead else visits(chance)
                    seconds = min(outcome.seconds, visit.limit_s)
                    self.busy += min(seconds, end - now)
                    heappush(queue, (now + seconds, radio, visit, outcome.good))

    def _finish(self, visit: PlannedVisit, now: float, good: bool) -> None:
        if not good:
            self.rotation.failed(visit.address, now, heard=visit.address not in self.dead)
        else:
            self.rotation.succeeded(visit.address, now)
            self.readings[visit.address].append(now)

    def gaps(self, end: float) -> ReadingGaps | None:
        """Over all healthy containers; the waits for the first reading and since the last count for the maximum."""
        if not self.readings:
            return None
        gaps = sorted(after - before for times in self.readings.values() for before, after in pairwise(times))
        ends = [wait for times in self.readings.values() for wait in _waits(times, end)]
        gaps = gaps or sorted(ends)
        p95 = gaps[min(len(gaps) - 1, int(0.95 * len(gaps)))]
        return ReadingGaps(sum(gaps) / len(gaps) / 60, p95 / 60, max(gaps[-1], *ends) / 60)


def _waits(times: list[float], end: float) -> tuple[float, float]:
    return (times[0], end - times[-1]) if times else (end, end)
