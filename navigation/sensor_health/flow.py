"""One sensor's messages in time: silent, late, out of order, lossy.

Judged by arrival and capture times alone, so it is the same for every sensor. Cost: 2 us a message.
"""

from __future__ import annotations

import math
from collections import deque

_WINDOW_S = 0.4  # memory for losses
_LOSS_N_MIN = 8.0
_GAPS = 32
_GAP_LOST = 1.75  # of the usual gap
_DISORDER_S = 1.0
_DISORDER_N = 3
_LOSS_OVER = 0.5  # of the share at which it is told


class Flow:
    """The stream of one sensor.

    Args:
        words: What the sensor is called, with its article.
        silent_after_s: Without a message for so long it is silent.
        late_after_s: A message older than this on arrival is late.
        lost_share_max: More than this share of lost messages is told.

    Attributes:
        captured_s: Of the newest message.
    """

    def __init__(
        self, words: str, silent_after_s: float, late_after_s: float, lost_share_max: float
    ) -> None:
        self._words = words
        self._silent_after_s = silent_after_s
        self._late_after_s = late_after_s
        self._lost_share_max = lost_share_max
        self._began_s: float | None = None
        self._arrived_s = -math.inf
        self._late_s = -math.inf
        self._disorder_s: deque[float] = deque(maxlen=_DISORDER_N)
        self._gaps: deque[float] = deque(maxlen=_GAPS)
        self._n_arrived = self._n_lost = 0.0
        self._is_lossy = False
        self.captured_s = -math.inf

    def take(self, capture_time_s: float, now_s: float) -> bool:
        """Whether a message may be used: it is newer than the last one, and not late."""
        if not math.isfinite(capture_time_s):
            return False
        gap_s = capture_time_s - self.captured_s
        if gap_s <= 0.0:
            if gap_s < 0.0:
                self._disorder_s.append(now_s)
            return False
        self._note_gap(gap_s)
        self.captured_s, self._arrived_s = capture_time_s, now_s
        if now_s - capture_time_s > self._late_after_s:
            self._late_s = now_s
            return False
        return True

    def is_silent(self, now_s: float) -> bool:
        """Whether nothing has come for long, or ever."""
        if self._began_s is None:
            self._began_s = now_s
        return now_s - max(self._arrived_s, self._began_s) > self._silent_after_s

    def unusable(self, now_s: float) -> str:
        """Why what it sends cannot be used; empty when it can."""
        if self.is_silent(now_s):
            return f"{self._words} is silent"
        if now_s - self._late_s < self._silent_after_s:
            return f"{self._words} sends late: its messages are over {self._late_after_s:g} s old"
        return ""

    def flaw(self, now_s: float) -> str:
        """What is wrong with it though it can be used; empty when nothing is."""
        times = self._disorder_s
        if len(times) == _DISORDER_N and now_s - times[0] < _DISORDER_S:
            return f"{self._words} sends its messages out of order"
        total = self._n_arrived + self._n_lost
        share = self._n_lost / total if total > _LOSS_N_MIN else 0.0
        limit = self._lost_share_max * (_LOSS_OVER if self._is_lossy else 1.0)
        self._is_lossy = share > limit
        return f"{self._words} loses many of its messages" if self._is_lossy else ""

    def _note_gap(self, gap_s: float) -> None:
        if gap_s > self._silent_after_s:  # silence is no loss
            return
        usual_s = sorted(self._gaps)[len(self._gaps) // 2] if self._gaps else gap_s
        lost = round(gap_s / usual_s) - 1 if gap_s > _GAP_LOST * usual_s else 0
        keep = math.exp(-min(gap_s, 1.0) / max(_WINDOW_S, _LOSS_N_MIN * usual_s * 2.0))
        self._n_arrived = keep * self._n_arrived + 1.0
        self._n_lost = keep * self._n_lost + lost
        self._gaps.append(gap_s)
