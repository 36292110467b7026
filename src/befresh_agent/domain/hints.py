"""When to tell a person that the camera cannot see well: not for a passing blur, and not over and over.

In: the hint of each frame and its time. Out: the hint to tell now. No I/O, no clock.
"""

from befresh_agent.domain.detection import Hint


class Hints:
    """Tells a hint that held for `after_s` seconds, and then not again for `again_s`."""

    def __init__(self, after_s: float = 2.0, again_s: float = 10.0) -> None:
        self._after_s = after_s
        self._again_s = again_s
        self._hint: Hint | None = None
        self._since = 0.0
        self._quiet_until = float("-inf")

    def see(self, hint: Hint | None, now: float) -> Hint | None:
        """Take one frame's hint; None when the frame was good, or showed something that was read."""
        if hint is not self._hint:
            self._hint, self._since = hint, now
        if hint is None or now < max(self._since + self._after_s, self._quiet_until):
            return None
        self._quiet_until = now + self._again_s
        return hint
