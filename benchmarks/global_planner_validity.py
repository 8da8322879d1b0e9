"""Whether a path touches anything, cell by cell and without the planner's code.

Row by row of the grid: the columns that a segment passes while it is in the row, and a table of how
many shut cells lie left of each.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray


class ShutCells:
    """Shut cells (H, W) of a grid; cell (r, c) is the square [c, c + 1] x [r, r + 1]."""

    def __init__(self, is_shut: NDArray[np.bool_]) -> None:
        self._shape = is_shut.shape
        self._left = np.pad(np.cumsum(is_shut, axis=1), ((0, 0), (1, 0)))

    def is_touched(self, points: FloatArray, reach: float) -> bool:
        """Whether a polyline (N, 2) of (x, y) [cells] touches a shut cell or leaves the grid.

        Args:
            reach: Beyond the square, so that touching a corner counts; negative: it does not.
        """
        return any(self._is_segment_touched(a, b, reach) for a, b in itertools.pairwise(points))

    def _is_segment_touched(self, a: FloatArray, b: FloatArray, reach: float) -> bool:
        (x0, y0), (x1, y1) = (a, b) if a[1] <= b[1] else (b, a)
        if min(x0, x1, y0) < 0 or max(x0, x1) > self._shape[1] or y1 > self._shape[0]:
            return True
        rows = np.arange(int(np.floor(y0 - reach)), int(np.floor(y1 + reach)) + 1)
        rows = rows[(rows >= 0) & (rows < self._shape[0])]
        slope = (x1 - x0) / (y1 - y0) if y1 - y0 > 1e-12 else 0.0
        enter = x0 + slope * (np.clip(rows - reach, y0, y1) - y0)
        leave = x0 + slope * (np.clip(rows + 1 + reach, y0, y1) - y0)
        if slope == 0.0:
            enter, leave = np.full(len(rows), min(x0, x1)), np.full(len(rows), max(x0, x1))
        low = np.floor(np.minimum(enter, leave) - reach).astype(np.intp)
        high = np.floor(np.maximum(enter, leave) + reach).astype(np.intp)
        low, high = np.clip(low, 0, self._shape[1] - 1), np.clip(high, 0, self._shape[1] - 1)
        return bool((self._left[rows, high + 1] - self._left[rows, low] > 0).any())
