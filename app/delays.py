"""How long things take in real time, by kind: commands until they are sent, jobs until they end.

What is measured here is what the delays of lock step are fitted to (`python -m
benchmarks.realtime`). Cost: 1 us per note, 50 us per payload.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from homebody.payloads import DelayPayload, DelaysPayload

_KEPT = 1000
_SHORTEST_S = 1e-6


class DelayBook:
    """The newest delays of each kind; notes may come from another thread."""

    def __init__(self) -> None:
        self._delays_s: dict[str, deque[float]] = {}

    def note(self, kind: str, delay_s: float) -> None:
        """One more delay [s]."""
        self._delays_s.setdefault(kind, deque(maxlen=_KEPT)).append(delay_s)

    def payload(self, wall_s: float) -> DelaysPayload:
        """Median, spread and 99th percentile of each kind, those known longest first."""
        rows = [_row(kind, np.array(kept)) for kind, kept in list(self._delays_s.items())]
        return DelaysPayload(ts=wall_s, delays=rows)


def _row(kind: str, delays_s: np.ndarray) -> DelayPayload:
    median_s, p99_s = np.percentile(delays_s, (50, 99))
    return DelayPayload(
        kind=kind,
        n=len(delays_s),
        median_ms=1e3 * float(median_s),
        log_sigma=float(np.log(np.maximum(delays_s, _SHORTEST_S)).std()),
        p99_ms=1e3 * float(p99_s),
    )
