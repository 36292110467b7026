"""What a person meant by pushing the button: one short press, two in a row, or a long hold.

In: the button's edges with their times, and the time. Out: presses. A short press is known only when no second one
followed it, a hold while the button is still down, so the rule names the time at which it wants to be asked again.
"""

from befresh_agent.domain.trigger import Press


class Presses:
    """Feed every edge; call `tick` when `deadline` is reached."""

    def __init__(self, double_s: float, hold_s: float) -> None:
        self._double_s = double_s
        self._hold_s = hold_s
        self._down_at: float | None = None
        self._up_at: float | None = None
        """When a short press ended that may still become a double one."""
        self._held = False

    @property
    def deadline(self) -> float | None:
        """When something will be known even if nothing happens; None: never."""
        if self._down_at is not None:
            return None if self._held else self._down_at + self._hold_s
        return None if self._up_at is None else self._up_at + self._double_s

    def edge(self, *, down: bool, at: float) -> list[Press]:
        """The button went down or up. An edge that repeats the level it already had says nothing."""
        known = self.tick(at)
        if down and self._down_at is None:
            self._down_at = at
        elif not down and self._down_at is not None:
            known += self._released(at)
        return known

    def tick(self, now: float) -> list[Press]:
        """What is known by now."""
        if self.deadline is None or now < self.deadline:
            return []
        self._up_at = None
        if self._down_at is None:
            return [Press.SHORT]
        self._held = True
        return [Press.HOLD]

    def _released(self, at: float) -> list[Press]:
        second, held = self._up_at is not None, self._held
        self._down_at, self._held = None, False
        self._up_at = None if second or held else at
        return [Press.DOUBLE] if second and not held else []
