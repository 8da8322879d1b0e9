"""One search over a bordered grid of slowness, in rows and columns instead of flattened indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.repair import repair, way_down
from navigation.global_planner.search import BORDER_CELLS, NO_GATES, NO_WAY, spread, way_back

_MOVE_MOST = 3.0  # cells, more than any move is long
Cell = tuple[int, int]


class Search:
    """Runs once, from one open cell to everywhere or to another cell.

    Args:
        bordered_s_m: Slowness [s/m] with a shut border of 2 cells, shape (H + 4, W + 4).
        span_s_m: Least and greatest finite value of it.
        may_leap: Whether to search over 16 neighbours or 8.
        gates: Sides of one-way passages, shape (H + 4, W + 4), or none.
    """

    def __init__(
        self,
        bordered_s_m: FloatArray,
        span_s_m: tuple[float, float],
        may_leap: bool,
        gates: NDArray[np.int8] = NO_GATES,
    ) -> None:
        self._shape: tuple[int, int] = bordered_s_m.shape
        self._slowness, self._span, self._may_leap = bordered_s_m.ravel(), span_s_m, may_leap
        self._gates = gates.ravel()
        self._late = 0.0
        self._time = np.zeros(0)
        self._came = np.empty(bordered_s_m.size, dtype=np.int8)

    def run(self, from_rc: Cell, until_rc: Cell | None = None) -> None:
        """Search; with an end only the times and ways of that cell are right afterwards.

        With an end the times have an error of 1e-16 of the longest way that could be.
        """
        if until_rc is None:
            self._late, self._time = 0.0, np.full(self._slowness.size, np.inf)
            self._came.fill(NO_WAY)
        else:
            self._late = self._span[1] * _MOVE_MOST * self._slowness.size
            self._time = np.zeros(self._slowness.size)
        source = self._index(from_rc)
        self._time[source], self._came[source] = -self._late, -1
        spread(
            self._slowness,
            self._shape[1],
            np.array([source], dtype=np.intp),
            -1 if until_rc is None else self._index(until_rc),
            self._may_leap,
            self._span,
            self._late,
            self._gates,
            self._time,
            self._came,
        )

    def has_reached(self, cell_rc: Cell) -> bool:
        """Whether a way was found from a cell."""
        time = self._time[self._index(cell_rc)]
        return bool(time < 0.0 if self._late else time < np.inf)

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

    def way_down(self, cell_rc: Cell) -> IntArray:
        """The same after a search for everywhere, of several ways always the same one."""
        way = way_down(
            self._slowness, self._time, self._shape[1], self._gates, self._index(cell_rc)
        )
        return np.stack(np.divmod(way, self._shape[1]), axis=1) - BORDER_CELLS

    def repair(self, last: Search, shift_rc: Cell, most_share: float) -> bool:
        """Do what `run` does, from an older search for everywhere; False where it cannot.

        Args:
            shift_rc: Where the older grid lies within this one.
            most_share: Of the cells with a time, to do anew at most.
        """
        self._late = 0.0
        self._time = self._laid_in(last._time, last._shape, shift_rc, np.inf)
        self._came = self._laid_in(last._came, last._shape, shift_rc, NO_WAY)
        before = last._slowness
        if last._shape != self._shape:
            before = self._laid_in(last._slowness, last._shape, shift_rc, np.inf)
        return repair(
            before,
            self._slowness,
            self._shape[1],
            self._span,
            self._gates,
            most_share,
            self._time,
            self._came,
        )

    def _laid_in(
        self, values: NDArray[Any], shape: Cell, shift_rc: Cell, fill: float
    ) -> NDArray[Any]:
        """A copy of flattened values of another grid, in this one."""
        if shape == self._shape:
            return values.copy()
        out = np.full(self._shape, fill, dtype=values.dtype)
        (row, col), (n_rows, n_cols) = shift_rc, shape
        out[row : row + n_rows, col : col + n_cols] = values.reshape(shape)
        return out.ravel()

    def way_times_s(self, way_rc: IntArray, resolution_m: float) -> FloatArray:
        """Times [s] from the source at the cells of a way, shape (N,)."""
        rows, cols = (way_rc + BORDER_CELLS).T
        time: FloatArray = self._time.reshape(self._shape)[rows, cols]
        return (time + self._late) * resolution_m

    def _index(self, cell_rc: Cell) -> int:
        return (cell_rc[0] + BORDER_CELLS) * self._shape[1] + cell_rc[1] + BORDER_CELLS
