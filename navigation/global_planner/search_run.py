"""One search over a bordered grid of slowness, in rows and columns instead of flattened indices."""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.search import BORDER_CELLS, spread, way_back

_MOVE_MOST = 3.0  # cells, more than any move is long
Cell = tuple[int, int]


class Search:
    """Runs once, from one open cell to everywhere or to another cell.

    Args:
        bordered_s_m: Slowness [s/m] with a shut border of 2 cells, shape (H + 4, W + 4).
        span_s_m: Least and greatest finite value of it.
        may_leap: Whether to search over 16 neighbours or 8.
    """

    def __init__(
        self, bordered_s_m: FloatArray, span_s_m: tuple[float, float], may_leap: bool
    ) -> None:
        self._shape: tuple[int, int] = bordered_s_m.shape
        self._slowness, self._span, self._may_leap = bordered_s_m.ravel(), span_s_m, may_leap
        self._late = 0.0
        self._time = np.zeros(0)
        self._came = np.empty(bordered_s_m.size, dtype=np.int8)

    def run(self, from_rc: Cell, until_rc: Cell | None = None) -> None:
        """Search; with an end only the times and ways of that cell are right afterwards.

        With an end the times have an error of 1e-16 of the longest way that could be.
        """
        if until_rc is None:
            self._late, self._time = 0.0, np.full(self._slowness.size, np.inf)
        else:
            self._late = self._span[1] * _MOVE_MOST * self._slowness.size
            self._time = np.zeros(self._slowness.size)
        spread(
            self._slowness,
            self._shape[1],
            self._index(from_rc),
            -1 if until_rc is None else self._index(until_rc),
            self._may_leap,
            self._span,
            self._late,
            self._time,
            self._came,
        )

    def times_s(self, resolution_m: float) -> FloatArray:
        """Times [s] from the source, shape (H, W), `inf` where no way was found."""
        inside = slice(BORDER_CELLS, -BORDER_CELLS)
        time = self._time.reshape(self._shape)[inside, inside]
        if self._late:
            time = np.where(time < 0.0, time, np.inf)
        return (time + self._late) * resolution_m

    def way_from(self, cell_rc: Cell) -> IntArray:
        """Cells (N, 2) of the fastest way from a cell that was reached back to the source."""
        way = way_back(self._came, self._shape[1], self._index(cell_rc))
        return np.stack(np.divmod(way, self._shape[1]), axis=1) - BORDER_CELLS

    def way_times_s(self, way_rc: IntArray, resolution_m: float) -> FloatArray:
        """Times [s] from the source at the cells of a way, shape (N,)."""
        rows, cols = (way_rc + BORDER_CELLS).T
        time: FloatArray = self._time.reshape(self._shape)[rows, cols]
        return (time + self._late) * resolution_m

    def _index(self, cell_rc: Cell) -> int:
        return (cell_rc[0] + BORDER_CELLS) * self._shape[1] + cell_rc[1] + BORDER_CELLS
