"""Where surfaces lie inside their cells: the running mean of the hits of each cell and side.

A cell keeps four means, one per quadrant of the surface's normal, so that the two faces of a thin
wall or door and the two walls of a corner never blur into one. `fit` joins the means around a
point to a local line (moving least squares; Biber, "The normal distributions transform", 2003,
has the same idea with fixed cells), which gives scan matching its sub-cell target.
Cost: `integrate` 0.03 ms for 360 hits, `fit` 0.04 ms for 180 points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.mapping.surface_kernels import REACH_CELLS, add_to_surfaces, fit_surfaces

N_SIDES = 4


@dataclass(frozen=True, slots=True)
class SurfaceFit:
    """The surface near each of N points.

    Attributes:
        offset_m: From each point to the centre of the surface near it, shape (N, 2).
        normals: Unit normals, shape (N, 2); sign arbitrary.
        across: How far the place across the surface is known, 0 to 1 (wall), shape (N,).
        along: How far the place along it is known too, 0 (wall) to 1 (leg), shape (N,).
        is_found: Whether there is any surface within reach, shape (N,).
    """

    offset_m: FloatArray
    normals: FloatArray
    across: FloatArray
    along: FloatArray
    is_found: NDArray[np.bool_]


class SurfaceMap:
    """Mean hit and number of hits per side and cell, on the grid that its owner hands in.

    Args:
        memory: Hits of a cell after which older ones count half.
    """

    def __init__(self, shape: tuple[int, int], memory: float) -> None:
        self._memory = memory
        self.values = np.zeros((3, N_SIDES, *shape), dtype=np.float32)  # weight, x [m], y [m]
        self.has_any = np.zeros(shape, dtype=np.uint8)

    def pad(self, pad_rows: tuple[int, int], pad_cols: tuple[int, int]) -> None:
        """Grow with empty cells on each side."""
        self.values = np.pad(self.values, ((0, 0), (0, 0), pad_rows, pad_cols))
        self.has_any = np.pad(self.has_any, (pad_rows, pad_cols))

    def restore(self, values: NDArray[np.float32]) -> None:
        """Take over `values`, shape (3, 4, H, W)."""
        self.values = values.copy()
        self.has_any = values[0].any(axis=0).astype(np.uint8)

    def integrate(self, points_m: FloatArray, normals: FloatArray, spec: GridSpec) -> None:
        """Add the hits (N, 2) of one scan, all well inside the grid."""
        cells = spec.cells_rc(points_m)
        flat = cells[:, 0] * spec.n_cols + cells[:, 1]
        values = self.values.reshape(3, -1)
        keys = add_to_surfaces(
            flat,
            np.ascontiguousarray(points_m),
            np.ascontiguousarray(normals),
            values,
            self.has_any.ravel(),
        )
        self._forget(keys[values[0, keys] > self._memory], spec)

    def _forget(self, full: NDArray[np.intp], spec: GridSpec) -> None:
        """Halve the weights around cells that are full, so that their shares stay the same."""
        if len(full):
            around = np.unique(full + _steps(REACH_CELLS, spec.n_cols)[:, None])
            self.values[0].ravel()[around] *= 0.5

    def fit(self, points_m: FloatArray, normals: FloatArray, spec: GridSpec) -> SurfaceFit:
        """The surface of each point's side near it; points and their normals (N, 2)."""
        fits = self.fits(points_m, normals, spec)
        return SurfaceFit(fits[:, :2], fits[:, 2:4], fits[:, 4], fits[:, 5], fits[:, 6] > 0.0)

    def fits(self, points_m: FloatArray, normals: FloatArray, spec: GridSpec) -> FloatArray:
        """The columns of `SurfaceFit` side by side, shape (N, 7)."""
        return fit_surfaces(
            np.ascontiguousarray(points_m),
            np.ascontiguousarray(normals),
            self.values,
            spec.origin_x_m,
            spec.origin_y_m,
            spec.resolution_m,
        )


def _steps(reach: int, n_cols: int) -> NDArray[np.intp]:
    """From a cell to all within `reach` of it, as flat indices."""
    step = np.arange(-reach, reach + 1)
    return np.asarray((step[:, None] * n_cols + step).ravel())
