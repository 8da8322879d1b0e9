"""What a depth camera sees and a lidar does not: low things on the floor, and missing floor.

Points between a few centimetres and the body's height, or below the floor, add evidence to their
cell; floor seen in a cell takes it away. Cost: 0.1 ms for 768 points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from navigation.mapping.cell_kernels import add_low

_HIT = 3
_FLOOR = -1
_MAX = 10
OBSTACLE_MIN = 5  # two frames in favour before it counts


class LowObstacles:
    """Evidence (H, W), 0 to 10, that something low, or no floor, is there."""

    def __init__(self, shape: tuple[int, int], low_m: float, high_m: float, drop_m: float) -> None:
        self._low_m, self._high_m, self._drop_m = low_m, high_m, drop_m
        self.evidence = np.zeros(shape, dtype=np.int16)

    def pad(self, pad_rows: tuple[int, int], pad_cols: tuple[int, int]) -> None:
        """Grow with empty cells on each side."""
        self.evidence = np.pad(self.evidence, (pad_rows, pad_cols))

    def is_obstacle(self, points_robot_m: FloatArray) -> NDArray[np.bool_]:
        """Which points (N, 3) are something to bump into or to fall from."""
        z = points_robot_m[:, 2]
        return ((z > self._low_m) & (z < self._high_m)) | (z < -self._drop_m)

    def integrate(
        self,
        points_robot_m: FloatArray,
        T_map_robot: SE2,
        spec: GridSpec,
        evidence: NDArray[np.int16],
        known_from: int,
    ) -> NDArray[np.intp]:
        """Add one frame of points (N, 3) inside the grid.

        Args:
            evidence: Of the lidar (H, W). Cells with `known_from` or more are occupied anyway:
                hits beside them are their own blur.

        Returns:
            Flat indices of the cells touched.
        """
        cells = spec.cells_rc(T_map_robot.apply(points_robot_m[:, :2]))
        return add_low(
            self.evidence,
            evidence,
            cells[:, 0] * spec.n_cols + cells[:, 1],
            np.ascontiguousarray(points_robot_m[:, 2]),
            (self._low_m, self._high_m, self._drop_m),
            known_from,
            (_HIT, _FLOOR, _MAX),
        )
