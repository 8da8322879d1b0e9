"""What a range sensor's numbers give away: no measurement, an old one, none where walls are.

Real ranges are noisy, so a turn that repeats to the last bit is no measurement; where the sensor
has no noise to speak of, it must change when the robot moves. Nothing within range is no complaint
by itself (a dark long room), only where many beams have just hit something near.
Cost: 6 us per lidar packet, 25 us per depth frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray

_INFORMATIVE = 3  # finite ranges, below which sameness says nothing
_CONSTANT_N = 16
_VALID_MIN = 0.03
_LOSS_MEMORY = 0.8  # per turn
_NOISE_MIN_M = 1e-6
_NEAR = 0.5  # of the range


class RangeJudge:
    """Judges the ranges of one sensor, in parts of a turn or whole.

    Args:
        words: What the sensor is called, with its article.
        n_ranges: Of a whole turn or frame.
        n_parts: Messages of a turn.
        range_max_m: Of the sensor.
        noise_std_m: With none, the same ranges again mean something only while the robot moves.
        always_hits: Whether some ray must hit something wherever the robot stands, as one that
            looks at the floor does.
    """

    def __init__(
        self,
        words: str,
        n_ranges: int,
        n_parts: int,
        range_max_m: float,
        noise_std_m: float,
        *,
        lost_share_max: float,
        blind_hit_share: float,
        always_hits: bool = False,
    ) -> None:
        self._words = words
        self._n_parts = n_parts
        self._range_max_m = range_max_m
        self._is_noisy = noise_std_m > _NOISE_MIN_M
        self._lost_share_max = lost_share_max
        self._blind_hit_share = blind_hit_share
        self._always_hits = always_hits
        self._ranges_m: FloatArray = np.full(n_ranges, np.nan)
        self._taken = 0
        self._n_same = 0
        self._lost = 0.0
        self._is_lossy = False
        self._near_share = 1.0 if always_hits else 0.0
        self._content = ""

    def take(self, first: int, ranges_m: FloatArray, is_moving: bool) -> None:
        """Take ranges in, shape (n,), which are those from index `first` on."""
        last = self._ranges_m[first : first + len(ranges_m)]
        if np.count_nonzero(np.isfinite(ranges_m)) >= _INFORMATIVE:
            is_same = last.tobytes() == ranges_m.tobytes()
            if not is_same:
                self._n_same = 0
            elif self._is_noisy or is_moving:
                self._n_same += 1
        last[:] = ranges_m
        self._taken += 1
        if self._taken >= self._n_parts:
            self._taken = 0
            self._judge_turn(self._ranges_m)

    def unusable(self) -> str:
        """Why the ranges cannot be used; empty when they can."""
        if self._content:
            return self._content
        if self._n_same >= max(3, self._n_parts):
            return f"{self._words} sends the same ranges again and again"
        return ""

    def flaw(self) -> str:
        """What is wrong with them though they can be used; empty when nothing is."""
        return f"{self._words} loses many of its beams" if self._is_lossy else ""

    def _judge_turn(self, ranges_m: FloatArray) -> None:
        n = len(ranges_m)
        is_number = ~np.isnan(ranges_m)
        n_valid = int(np.count_nonzero(is_number))
        self._note_loss(1.0 - n_valid / n)
        is_hit = ranges_m < self._range_max_m  # false for nan
        self._content = self._content_fault(ranges_m, is_number, is_hit)
        if not self._content:
            is_near = is_hit & (ranges_m < _NEAR * self._range_max_m)
            share = np.count_nonzero(is_near) / n
            self._near_share = max(share, 1.0 if self._always_hits else 0.0)

    def _content_fault(
        self, ranges_m: FloatArray, is_number: NDArray[np.bool_], is_hit: NDArray[np.bool_]
    ) -> str:
        n_valid = int(np.count_nonzero(is_number))
        if n_valid < _VALID_MIN * len(ranges_m):
            return f"{self._words} gives no valid range"
        finite = ranges_m[np.isfinite(ranges_m)]
        if finite.size >= _CONSTANT_N and finite.min() == finite.max():
            value = "zero" if finite[0] == 0.0 else f"{finite[0]:.2f} m"
            return f"{self._words} gives the same number for every beam: {value}"
        if not is_hit.any() and self._near_share >= self._blind_hit_share:
            return f"{self._words} sees nothing any more where it saw something before"
        return ""

    def _note_loss(self, share: float) -> None:
        self._lost = _LOSS_MEMORY * self._lost + (1.0 - _LOSS_MEMORY) * share
        limit = self._lost_share_max * (0.5 if self._is_lossy else 1.0)
        self._is_lossy = self._lost > limit
