"""When to send and when to try again: pure rules that keep a hundred thousand fridges from acting as one."""

_WORD = 2**64 - 1
_GOLDEN = 0x9E37_79B9_7F4A_7C15
"""The golden ratio's fraction as a 64-bit word."""


def full_jitter(failures: int, first_s: float, longest_s: float, chance: float) -> float:
    """The pause after so many failures in a row: anything up to a limit that doubles; `chance` is in 0..1."""
    return chance * min(longest_s, first_s * 2.0 ** min(max(failures, 1) - 1, 32))


def phase_of(fridge_id: int, interval_s: float) -> float:
    """Where in the interval this fridge sends: the same after every restart.

    Multiples of the golden ratio: fridges numbered one after the other spread more evenly than by chance.
    """
    return (fridge_id * _GOLDEN & _WORD) / (_WORD + 1) * interval_s


def until_due(now_s: float, phase_s: float, interval_s: float, *, after_sending: bool) -> float:
    """Seconds until the fridge's next turn, from the wall clock's seconds.

    Right after sending it lies half an interval to one and a half away: a clock that jumped or drifted moves the
    turn, but never makes two in a row nor lets one fall out.
    """
    wait = (phase_s - now_s) % interval_s or interval_s
    return wait + interval_s if after_sending and wait < interval_s / 2 else wait
