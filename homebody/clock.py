"""Clocks: the only place where time comes from.

Core objects never hold a clock; the shell reads one and passes `now_s` on. Inside the robot all
times are seconds of one monotonic clock shared by its processes; wall time exists only on MQTT.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds of a monotonic time line."""

    def now_s(self) -> float: ...


class MonotonicClock:
    """The machine's monotonic clock, common to all processes of one boot (Linux)."""

    def now_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to: lock step and tests."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        return self._now_s

    def advance_to(self, now_s: float) -> None:
        """Move forward to `now_s`.

        Raises:
            ValueError: `now_s` lies before the present.
        """
        if now_s < self._now_s:
            raise ValueError(f"clock cannot go back from {self._now_s} s to {now_s} s")
        self._now_s = now_s


def wall_time_s() -> float:
    """Seconds since the epoch, for messages that leave the robot."""
    return time.time()
