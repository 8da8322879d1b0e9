"""The inner loops over surfaces, compiled: normals of a scan, fits to the map, hits added to it.

Their NumPy forms, which say the same more slowly, are kept in the tests as references. Arrays are
C-contiguous, floats are float64 unless said otherwise; nothing is checked here.
Cost: 10 to 60 us each; the first call ever compiles for about a second, then a cache is read.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled

BoolArray = NDArray[np.bool_]
REACH_CELLS = 3  # how far `fit_surfaces` looks from a point's own cell
FIT_COLUMNS = 7
_N_NEIGHBOURS = 4
_GATE_M = 0.15  # a neighbour on the same surface lies within this, or ...
_GATE_PER_M = 0.12  # ... within this share of the range
_FLAT_RATIO = 0.15  # the scatter's small over its large axis (variances), below which it is a line
_MIN_SUPPORT = 3
_RADIUS_M = 0.18  # of the kernel (1 - d^2 / r^2)^2
_MIN_EXTENT_M2 = 0.035**2  # along a surface; less than that is a thing without a direction
_MIN_WEIGHT = 1e-3
_HALF_WEIGHT = 2.0  # hits for half the weight: more would let the newest drag the map
_POINT_HITS = 20.0  # until a thing without a direction is believed to be no piece of a wall


@compiled
def principal_axis(sxx: float, sxy: float, syy: float) -> tuple[float, float, float, float]:
    """Unit vector (x, y) along the smaller axis of 2 x 2 moments, the large and small variance.

    The larger axis has the half angle of (sxx - syy, 2 sxy).
    """
    mean, half = 0.5 * (sxx + syy), 0.5 * (sxx - syy)
    spread = math.sqrt(half * half + sxy * sxy)
    cos_double = half / max(spread, 1e-30)
    cos = math.sqrt(max(0.5 * (1.0 + cos_double), 0.0))
    sin = math.copysign(math.sqrt(max(0.5 * (1.0 - cos_double), 0.0)), sxy)
    return -sin, cos, mean + spread, max(mean - spread, 0.0)


@compiled
def side_of(nx: float, ny: float) -> int:
    """Quadrant 0 to 3 (+x, +y, -x, -y) of a normal."""
    if abs(nx) >= abs(ny):
        return 0 if nx >= 0.0 else 2
    return 1 if ny >= 0.0 else 3


@compiled
def fit_normals(origins_m: FloatArray, ends_m: FloatArray, is_hit: BoolArray) -> FloatArray:
    """Normals (N, 2) facing the sensor; the direction back where neighbours make no line."""
    n = len(is_hit)
    normals = np.empty((n, 2))
    for i in range(n):
        x, y = ends_m[i, 0], ends_m[i, 1]
        back_x, back_y = origins_m[i, 0] - x, origins_m[i, 1] - y
        range_m = math.hypot(back_x, back_y)
        back_x, back_y = back_x / max(range_m, 1e-9), back_y / max(range_m, 1e-9)
        normals[i, 0], normals[i, 1] = back_x, back_y
        if not is_hit[i] or n <= 2 * _N_NEIGHBOURS:
            continue
        gate = max(_GATE_M, _GATE_PER_M * range_m)
        support, mx, my, sxx, sxy, syy = 0, 0.0, 0.0, 0.0, 0.0, 0.0
        for shift in range(-_N_NEIGHBOURS, _N_NEIGHBOURS + 1):
            j = (i + shift) % n
            dx, dy = ends_m[j, 0] - x, ends_m[j, 1] - y
            if shift == 0 or not is_hit[j] or dx * dx + dy * dy >= gate * gate:
                continue
            support += 1
            mx, my = mx + dx, my + dy
            sxx, sxy, syy = sxx + dx * dx, sxy + dx * dy, syy + dy * dy
        scale = 1.0 / (support + 1.0)
        mx, my = mx * scale, my * scale
        nx, ny, large, small = principal_axis(
            sxx * scale - mx * mx, sxy * scale - mx * my, syy * scale - my * my
        )
        if support >= _MIN_SUPPORT and small < _FLAT_RATIO * large:
            sign = -1.0 if nx * back_x + ny * back_y < 0.0 else 1.0
            normals[i, 0], normals[i, 1] = sign * nx, sign * ny
    return normals


@compiled
def fit_surfaces(
    points_m: FloatArray,
    normals: FloatArray,
    values: NDArray[np.float32],
    origin_x_m: float,
    origin_y_m: float,
    resolution_m: float,
) -> FloatArray:
    """Offset x, y, normal x, y, across, along and is found of the surface near each point, (N, 7).

    Args:
        values: Weight, x and y of each side and cell, shape (3, 4, H, W), float32.
    """
    n_rows, n_cols = values.shape[2], values.shape[3]
    fits = np.empty((len(points_m), FIT_COLUMNS))
    per_square = 1.0 / (_RADIUS_M * _RADIUS_M)
    for i in range(len(points_m)):
        x, y = points_m[i, 0], points_m[i, 1]
        row = math.floor((y - origin_y_m) / resolution_m)
        col = math.floor((x - origin_x_m) / resolution_m)
        row = min(max(row, REACH_CELLS), n_rows - REACH_CELLS - 1)
        col = min(max(col, REACH_CELLS), n_cols - REACH_CELLS - 1)
        side = side_of(normals[i, 0], normals[i, 1])
        hits, total, mx, my, sxx, sxy, syy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for r in range(row - REACH_CELLS, row + REACH_CELLS + 1):
            for c in range(col - REACH_CELLS, col + REACH_CELLS + 1):
                weight = float(values[0, side, r, c])
                if weight == 0.0:
                    continue
                hits += weight
                dx, dy = values[1, side, r, c] - x, values[2, side, r, c] - y
                near = 1.0 - (dx * dx + dy * dy) * per_square
                if near <= 0.0:
                    continue
                weight = near * near * (weight / (weight + _HALF_WEIGHT))
                total += weight
                wx, wy = weight * dx, weight * dy
                mx, my = mx + wx, my + wy
                sxx, sxy, syy = sxx + wx * dx, sxy + wx * dy, syy + wy * dy
        scale = 1.0 / max(total, _MIN_WEIGHT)
        mx, my = mx * scale, my * scale
        nx, ny, large, small = principal_axis(
            sxx * scale - mx * mx, sxy * scale - mx * my, syy * scale - my * my
        )
        trust = (hits / (hits + _POINT_HITS)) ** 2
        across, along = 1.0, min(max((small / max(large, 1e-9) - 0.1) / 0.3, 0.0), 1.0)
        if large < _MIN_EXTENT_M2:
            across, along = trust, 1.0
        found = 1.0 if total > _MIN_WEIGHT else 0.0
        fits[i, 0], fits[i, 1], fits[i, 2], fits[i, 3] = mx, my, nx, ny
        fits[i, 4], fits[i, 5], fits[i, 6] = across * found, along * trust, found
    return fits


@compiled
def add_to_surfaces(
    flat: NDArray[np.intp],
    points_m: FloatArray,
    normals: FloatArray,
    values: NDArray[np.float32],
    has_any: NDArray[np.uint8],
) -> NDArray[np.intp]:
    """Add hits (N, 2) in cells `flat` to the running means; returns the key of each, (N,).

    Args:
        values: Weight, x and y of each side and cell, shape (3, 4 * H * W), float32.
        has_any: Shape (H * W,).
    """
    keys = np.empty(len(flat), dtype=np.intp)
    for i in range(len(flat)):
        key = side_of(normals[i, 0], normals[i, 1]) * len(has_any) + flat[i]
        weight = values[0, key] + 1.0
        values[0, key] = weight
        values[1, key] += (points_m[i, 0] - values[1, key]) / weight
        values[2, key] += (points_m[i, 1] - values[2, key]) / weight
        has_any[flat[i]] = 1
        keys[i] = key
    return keys
