"""Where a grid lies in the plane: the one conversion between metres and cells.

`cells_rc` are (row, column) with row along +y and column along +x; cell (0, 0) has its lower left
corner at the origin. A cell's value belongs to its centre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from homebody.geometry import FloatArray

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GridSpec:
    """Placement of an H x W grid: lower left corner [m], cell size [m] and shape."""

    origin_x_m: float
    origin_y_m: float
    resolution_m: float
    n_rows: int
    n_cols: int

    @classmethod
    def covering(
        cls, low_xy_m: ArrayLike, high_xy_m: ArrayLike, resolution_m: float, margin_m: float = 0.0
    ) -> GridSpec:
        """The smallest grid, aligned to multiples of the resolution, that covers a box."""
        low = np.floor((np.asarray(low_xy_m) - margin_m) / resolution_m)
        high = np.ceil((np.asarray(high_xy_m) + margin_m) / resolution_m)
        n_cols, n_rows = (int(n) for n in np.maximum(high - low, 1))
        return cls(
            float(low[0]) * resolution_m, float(low[1]) * resolution_m, resolution_m, n_rows, n_cols
        )

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, self.n_cols

    @property
    def width_m(self) -> float:
        return self.n_cols * self.resolution_m

    @property
    def height_m(self) -> float:
        return self.n_rows * self.resolution_m

    def cells_rc(self, points_m: ArrayLike) -> IntArray:
        """Cells that hold the points (..., 2); not clipped to the grid."""
        points = np.asarray(points_m, dtype=np.float64)
        cols_rows = (points - (self.origin_x_m, self.origin_y_m)) / self.resolution_m
        return np.floor(cols_rows[..., ::-1]).astype(np.intp)

    def centres_m(self, cells_rc: ArrayLike) -> FloatArray:
        """Centres [m], shape (..., 2), of the cells (..., 2)."""
        rc = np.asarray(cells_rc, dtype=np.float64)
        xy = (rc[..., ::-1] + 0.5) * self.resolution_m
        return np.asarray(xy + (self.origin_x_m, self.origin_y_m))

    def contains(self, cells_rc: ArrayLike) -> NDArray[np.bool_]:
        """Which cells (..., 2) lie on the grid."""
        rc = np.asarray(cells_rc)
        inside = (rc >= 0) & (rc < np.array(self.shape))
        return np.asarray(inside.all(axis=-1))

    def cell_rc(self, x_m: float, y_m: float) -> tuple[int, int]:
        """The cell that holds one point; not clipped to the grid."""
        return (
            math.floor((y_m - self.origin_y_m) / self.resolution_m),
            math.floor((x_m - self.origin_x_m) / self.resolution_m),
        )

    def has_cell(self, cell_rc: tuple[int, int]) -> bool:
        return 0 <= cell_rc[0] < self.n_rows and 0 <= cell_rc[1] < self.n_cols
