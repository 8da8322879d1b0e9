"""Keeps a loop at its period in real time: absolute deadlines, so that errors do not add up."""

from __future__ import annotations

import time

from homebody.clock import Clock


class Pacer:
    """Call `wait` at the end of each turn; a turn that is late starts the next one at once."""

    def __init__(self, period_s: float, clock: Clock) -> None:
        self._period_s = period_s
        self._clock = clock
        self._next_s = clock.now_s() + period_s

    def wait(self) -> None:
        now_s = self._clock.now_s()
        if self._next_s > now_s:
            time.sleep(self._next_s - now_s)
        elif now_s - self._next_s > self._period_s:
            self._next_s = now_s
        self._next_s += self._period_s
