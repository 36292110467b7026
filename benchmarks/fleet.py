"""A hundred thousand fridges on paper: when do they send, and what does the broker see after an outage?

Uses the agent's own rules of pacing. `python benchmarks/fleet.py` prints the figures of docs/fleet.md.
"""

import random
from collections import Counter
from collections.abc import Iterable
from statistics import mean

from befresh_agent.domain.pacing import Backoff, phase_of
from befresh_agent.settings.model import DeliverySettings, KafkaSettings

SETTINGS = DeliverySettings()
KAFKA = KafkaSettings()
RETRY_S = 0.5
"""A producer that has lost its broker looks for it so often."""
FLEET = 100_000
MESSAGES_A_SECOND = 20
"""What one fridge drains of its backlog at most: a batch of 50 in one request, then the next."""


def sends_a_minute(ids: Iterable[int]) -> list[int]:
    """How many of these fridges send in each minute of the interval."""
    interval = SETTINGS.batch_interval_s
    minutes = Counter(int(phase_of(fridge, interval) // 60) for fridge in ids)
    return [minutes[minute] for minute in range(int(interval // 60))]


def unevenness(counts: list[int]) -> float:
    """How far the busiest or the quietest minute lies from the mean."""
    middle = mean(counts)
    return max(abs(count - middle) for count in counts) / middle


def first_try_after(outage_s: float, phase_s: float, chance: random.Random) -> float:
    """Seconds from the broker's return to this fridge's next try, by the relay's own pauses.

    The first batch that fails has a producer, which asks twice a second until its deadline is over; whoever is in it
    when the broker returns is back at once. Every further one needs a new producer, which is refused at once.
    """
    if phase_s >= outage_s:
        return phase_s - outage_s
    now, failures = phase_s + KAFKA.delivery_timeout_s, 0
    if now >= outage_s:
        return chance.uniform(0, RETRY_S)
    while now < outage_s:
        failures += 1
        now += Backoff(SETTINGS.backoff_first_s, SETTINGS.backoff_longest_s).pause(failures, chance.random())
    return now - outage_s


def recovery(outage_s: float, chance: random.Random, fleet: int = FLEET) -> Counter[int]:
    """Fridges that come back in each second after an outage of the broker."""
    interval = SETTINGS.batch_interval_s
    back = (first_try_after(outage_s, phase_of(fridge, interval), chance) for fridge in range(1, fleet + 1))
    return Counter(int(second) for second in back if second < interval)


def power_returns(chance: random.Random, fleet: int = FLEET, boot_s: float = 20) -> Counter[int]:
    """Fridges with a backlog that send in each second after the power comes back everywhere at once."""
    return Counter(int(chance.gauss(40, boot_s / 4) + chance.uniform(0, SETTINGS.spread_s)) for _ in range(fleet))


def report() -> None:
    chance = random.Random(17)
    even = sends_a_minute(range(1, FLEET + 1))
    print(
        f"{FLEET} fridges, one message each in {SETTINGS.batch_interval_s:.0f} s: {FLEET / 1800:.1f} messages a second"
    )
    print(f"minute by minute {min(even)} to {max(even)}, off the mean by {unevenness(even):.2%} at most")
    some = sends_a_minute(chance.sample(range(1, 10_000_000), FLEET))
    print(f"ids drawn at random: off the mean by {unevenness(some):.2%} at most")
    for hours in (0.5, 2, 24):
        back = recovery(hours * 3600, chance)
        total, seconds = sum(back.values()), max(back)
        backlog = hours * 2
        print(
            f"broker gone for {hours:g} h: {total} fridges come back within {seconds} s, {max(back.values())} in the"
            f" busiest second, {total * backlog / seconds:.0f} messages a second on the mean"
        )
    print(f"power back everywhere: {max(power_returns(chance).values())} fridges in the busiest second")


if __name__ == "__main__":
    report()
