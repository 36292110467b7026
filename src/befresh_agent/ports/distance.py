"""The ultrasonic sensor that notices whether somebody is there."""

from typing import Protocol


class DistanceSensor(Protocol):
    """HC-SR04. An async context manager in its adapters; live only while a session is open."""

    async def measure(self) -> float:
        """Metres to the nearest thing, 0.02 to 4.0; infinity when nothing echoes in reach.

        Raises `DeviceError` when the sensor does not behave like one (no pulse, stuck line).
        Takes at most 0.3 s and never holds the loop.
        """
