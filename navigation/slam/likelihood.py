"""How likely a hit is at each place: a Gaussian of the distance to the nearest occupied cell.

The likelihood field of Thrun et al., "Probabilistic Robotics" (2005), section 6.4, read between
cell centres by bilinear interpolation, which also gives its gradient.
Cost: 1 ms to build for 400 x 400 cells (kept until the map changes), 20 us per 100 points read.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.types import OCCUPIED, MapSnapshot

_FAR_SIGMAS = 4.0


class LikelihoodField:
    """Values in [0, 1], shape (H, W), on the cells of `spec`."""

    def __init__(self, spec: GridSpec, values: NDArray[np.float32]) -> None:
        self.spec = spec
        self.values = values

    @classmethod
    def of(
        cls, snapshot: MapSnapshot, centre_m: FloatArray, reach_m: float, sigma_m: float
    ) -> LikelihoodField:
        """The field of the part of a map within `reach_m` of a point (2,), padded with zeros."""
        spec = snapshot.spec
        n = int(np.ceil(reach_m / spec.resolution_m))
        row, col = spec.cell_rc(float(centre_m[0]), float(centre_m[1]))
        free = np.ones((2 * n + 1, 2 * n + 1), dtype=np.uint8)
        low = np.maximum((row - n, col - n), 0)
        high = np.minimum((row + n + 1, col + n + 1), spec.shape)
        if (high > low).all():
            part = snapshot.cells[low[0] : high[0], low[1] : high[1]]
            at = low - (row - n, col - n)
            inside = free[at[0] : at[0] + part.shape[0], at[1] : at[1] + part.shape[1]]
            inside[part == OCCUPIED] = 0
        window = GridSpec(
            spec.origin_x_m + (col - n) * spec.resolution_m,
            spec.origin_y_m + (row - n) * spec.resolution_m,
            spec.resolution_m,
            *free.shape,
        )
        return cls(window, _gaussian_of_distance(free, sigma_m / spec.resolution_m))

    def read(self, points_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value (N,) and gradient (N, 2) [1/m] at points (N, 2); zero outside."""
        spec, n_rows, n_cols = self.spec, *self.values.shape
        x = (points_m[:, 0] - spec.origin_x_m) / spec.resolution_m - 0.5
        y = (points_m[:, 1] - spec.origin_y_m) / spec.resolution_m - 0.5
        col = np.clip(np.floor(x).astype(np.intp), 0, n_cols - 2)
        row = np.clip(np.floor(y).astype(np.intp), 0, n_rows - 2)
        u, v = x - col, y - row
        is_inside = (u >= 0.0) & (u <= 1.0) & (v >= 0.0) & (v <= 1.0)
        a, b = self.values[row, col], self.values[row, col + 1]
        c, d = self.values[row + 1, col], self.values[row + 1, col + 1]
        value = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
        slope_x = (1 - v) * (b - a) + v * (d - c)
        slope_y = (1 - u) * (c - a) + u * (d - b)
        gradient = np.column_stack((slope_x, slope_y)) / spec.resolution_m
        return value * is_inside, gradient * is_inside[:, None]


def _gaussian_of_distance(free: NDArray[np.uint8], sigma_cells: float) -> NDArray[np.float32]:
    """exp(-d^2 / 2 sigma^2) of the distance to the nearest zero cell, zero when far."""
    if free.all():
        return np.zeros(free.shape, dtype=np.float32)
    distance = cv2.distanceTransform(free, cv2.DIST_L2, 5) / sigma_cells
    field = np.exp(-0.5 * distance * distance)
    return np.where(distance < _FAR_SIGMAS, field, 0.0).astype(np.float32)
