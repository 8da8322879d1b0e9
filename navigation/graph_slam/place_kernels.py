"""Adding a scan to a place, compiled: free space, surfaces and likelihood in one pass of its beams.

Arrays are C-contiguous; nothing is checked here. Cost: 60 us for 180 beams.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.mapping.surface_kernels import side_of
from navigation.types import FREE, OCCUPIED, UNKNOWN

UInt8Array = NDArray[np.uint8]


@compiled
def add_scan(
    origins_m: FloatArray,
    ends_m: FloatArray,
    normals: FloatArray,
    pose: FloatArray,
    grid: tuple[float, float, float],
    stop_short_m: float,
    free_stride: int,
    stamp: UInt8Array,
    edge_cells: int,
    cells: UInt8Array,
    likelihood: UInt8Array,
    surfaces: NDArray[np.float32],
) -> NDArray[np.intp]:
    """Draw the hits of a scan at a pose; returns their flat cells, (n,), of those well inside.

    Args:
        origins_m: Of the beams in the robot frame, (N, 2), with their ends and normals (N, 2).
        pose: Of the robot in the grid's frame, (3,).
        grid: Lower left corner x, y and resolution [m].
        stop_short_m: Before a hit, where free space ends.
        free_stride: Every so many beams free the cells they pass.
        stamp: Likelihood around a hit, (2 r + 1, 2 r + 1); the maximum is kept.
        edge_cells: Hits nearer to the grid's edge are left out; at least r.
        cells: Classes, (H, W).
        surfaces: Weight, x and y of the mean hit of each side and cell, (3, 4, H, W).
    """
    n_rows, n_cols = cells.shape
    radius = stamp.shape[0] // 2
    touched = np.empty(len(ends_m), dtype=np.intp)
    n_touched = 0
    c, s = math.cos(pose[2]), math.sin(pose[2])
    origin_x, origin_y, resolution = grid
    for i in range(len(ends_m)):
        x0 = pose[0] + c * origins_m[i, 0] - s * origins_m[i, 1]
        y0 = pose[1] + s * origins_m[i, 0] + c * origins_m[i, 1]
        x = pose[0] + c * ends_m[i, 0] - s * ends_m[i, 1]
        y = pose[1] + s * ends_m[i, 0] + c * ends_m[i, 1]
        if i % free_stride == 0:
            u, v = (x0 - origin_x) / resolution, (y0 - origin_y) / resolution
            range_m = max(math.hypot(x - x0, y - y0), 1e-9)
            du, dv = (x - x0) / range_m, (y - y0) / range_m
            for _ in range(int((range_m - stop_short_m) / resolution)):
                row, col = int(v), int(u)
                if 0 <= row < n_rows and 0 <= col < n_cols and cells[row, col] == UNKNOWN:
                    cells[row, col] = FREE
                u, v = u + du, v + dv
        row = math.floor((y - origin_y) / resolution)
        col = math.floor((x - origin_x) / resolution)
        if not (edge_cells <= row < n_rows - edge_cells):
            continue
        if not (edge_cells <= col < n_cols - edge_cells):
            continue
        touched[n_touched] = row * n_cols + col
        n_touched += 1
        cells[row, col] = OCCUPIED
        nx = c * normals[i, 0] - s * normals[i, 1]
        ny = s * normals[i, 0] + c * normals[i, 1]
        side = side_of(nx, ny)
        weight = surfaces[0, side, row, col] + 1.0
        surfaces[0, side, row, col] = weight
        surfaces[1, side, row, col] += (x - surfaces[1, side, row, col]) / weight
        surfaces[2, side, row, col] += (y - surfaces[2, side, row, col]) / weight
        for r in range(stamp.shape[0]):
            for k in range(stamp.shape[1]):
                here = stamp[r, k]
                before = likelihood[row + r - radius, col + k - radius]
                likelihood[row + r - radius, col + k - radius] = max(before, here)
    return touched[:n_touched]
