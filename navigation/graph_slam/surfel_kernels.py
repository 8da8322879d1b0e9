"""Lines through the hits of several sparse scans, compiled. Cost: 0.4 ms for 600 hits.

Arrays are C-contiguous; nothing is checked here.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.mapping.surface_kernels import principal_axis

_N_PASSES = 2
_OFF_LINE_M = 0.08  # neighbours farther off belong to another wall, after the first pass
_MIN_SUPPORT = 3
_MIN_EXTENT_M2 = 0.06**2
_FLAT_RATIO = 0.08  # of variances


@compiled
def fit_surfels(
    hits_m: FloatArray, backs: FloatArray, n_fitted: int, radius_m: float
) -> FloatArray:
    """Normal x, y and how far the wall goes on to the right and left of it, (n, 4).

    Where the neighbours make no line the normal is the direction back and the wall goes nowhere.

    Args:
        hits_m: Shape (N, 2), with the unit directions back to the sensor `backs` (N, 2).
        n_fitted: Only for so many first hits.
        radius_m: Within which hits are neighbours.
    """
    n = len(hits_m)
    out = np.empty((n_fitted, 4))
    for i in range(n_fitted):
        x, y = hits_m[i, 0], hits_m[i, 1]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = backs[i, 0], backs[i, 1], 0.0, 0.0
        nx, ny, mx, my = 0.0, 0.0, 0.0, 0.0
        is_line = False
        for k in range(_N_PASSES):
            support, total = 0, 0.0
            sx, sy, sxx, sxy, syy = 0.0, 0.0, 0.0, 0.0, 0.0
            for j in range(n):
                dx, dy = hits_m[j, 0] - x, hits_m[j, 1] - y
                squared = dx * dx + dy * dy
                if squared >= radius_m * radius_m:
                    continue
                if backs[i, 0] * backs[j, 0] + backs[i, 1] * backs[j, 1] <= 0.0:
                    continue
                if k and abs((dx - mx) * nx + (dy - my) * ny) > _OFF_LINE_M:
                    continue
                near = 1.0 - squared / (radius_m * radius_m)
                weight = near * near
                support += 1
                total += weight
                sx, sy = sx + weight * dx, sy + weight * dy
                sxx, sxy = sxx + weight * dx * dx, sxy + weight * dx * dy
                syy += weight * dy * dy
            scale = 1.0 / max(total, 1e-9)
            mx, my = sx * scale, sy * scale
            nx, ny, large, small = principal_axis(
                sxx * scale - mx * mx, sxy * scale - mx * my, syy * scale - my * my
            )
            is_line = support >= _MIN_SUPPORT and large > _MIN_EXTENT_M2
            is_line = is_line and (k == 0 or small < _FLAT_RATIO * large)
            if not is_line:
                break
        if not is_line or abs(mx * nx + my * ny) > _OFF_LINE_M:
            continue
        if nx * backs[i, 0] + ny * backs[i, 1] < 0.0:
            nx, ny = -nx, -ny
        right_m, left_m = 0.0, 0.0
        for j in range(n):
            dx, dy = hits_m[j, 0] - x, hits_m[j, 1] - y
            if dx * dx + dy * dy >= radius_m * radius_m:
                continue
            if abs((dx - mx) * nx + (dy - my) * ny) > _OFF_LINE_M:
                continue
            along = dx * ny - dy * nx  # to the right, seen from in front of the wall
            right_m, left_m = max(right_m, along), max(left_m, -along)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = nx, ny, right_m, left_m
    return out


@compiled
def spread_surfels(surfels: FloatArray, step_m: float, share: float) -> FloatArray:
    """Index of the hit and offset along its wall of points that stand for the wall, (n, 2).

    Args:
        surfels: From `fit_surfels`, (N, 4).
        step_m: Between two points; each hit is one of its own.
        share: Of the way to the farthest neighbour on either side that a hit stands for.
    """
    n = 0
    for i in range(len(surfels)):
        n += 1 + int(share * surfels[i, 2] / step_m) + int(share * surfels[i, 3] / step_m)
    out = np.empty((n, 2))
    n = 0
    for i in range(len(surfels)):
        first = -int(share * surfels[i, 3] / step_m)
        last = int(share * surfels[i, 2] / step_m)
        for k in range(first, last + 1):
            out[n, 0], out[n, 1] = i, k * step_m
            n += 1
    return out[:n]
