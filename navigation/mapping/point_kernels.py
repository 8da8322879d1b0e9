"""Where in their window cells things stand, compiled: walls from surfaces, hits, exact distances.

A cell of the map says that something is in it, its surfaces say where: a leg's faces or a wall lie
on their mean hits, and what is left of the cell is free. In a home of 5 cm cells that is the
difference between a gap that the robot fits through and one that it does not. The NumPy forms are
kept in the tests as references. Cost: 0.1 ms each for a window of 240 x 240.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.types import OCCUPIED

NOTHING, WHOLE_CELL, POINT = 0, 1, 2
_FEW = 0.1  # a side with a smaller share of its neighbour's hits is the tail of the range noise
_NEAR_M = 0.5  # where a planner looks closely
_EXPLAINED_M = 0.045  # noise of a range, and half the way between two mean hits


@compiled
def place_walls(
    cells: NDArray[np.uint8],
    is_low: NDArray[np.bool_],
    values: NDArray[np.float32],
    corner_rc: tuple[int, int],
    ratio: int,
    shape: tuple[int, int],
    origin_m: tuple[float, float],
    resolution_m: float,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What stands in each window cell (h, w), and where from its centre [m] (2, h, w).

    Args:
        cells: Classes of the map, shape (H, W), with `is_low`, whose cells are left out.
        values: Weight, x and y of each side and cell, shape (3, 4, H, W); a cell without any
            weight is occupied as a whole. May be of no cells, then all are.
        corner_rc: The map's cell at the window's corner; `ratio` window cells make one.
        shape: Of the window, multiples of `ratio`.
        origin_m: The window's corner x, y; `resolution_m` of a window cell.
    """
    kind = np.zeros(shape, dtype=np.uint8)
    offset_m = np.zeros((2, shape[0], shape[1]), dtype=np.float32)
    n_rows, n_cols = cells.shape
    has_values = values.shape[2] == n_rows
    end_row, end_col = corner_rc[0] + shape[0] // ratio, corner_rc[1] + shape[1] // ratio
    for row in range(max(corner_rc[0], 0), min(end_row, n_rows)):
        for col in range(max(corner_rc[1], 0), min(end_col, n_cols)):
            if cells[row, col] != OCCUPIED or is_low[row, col]:
                continue
            r0, c0 = (row - corner_rc[0]) * ratio, (col - corner_rc[1]) * ratio
            has_any = False
            for side in range(values.shape[1] if has_values else 0):
                weight = values[0, side, row, col]
                if weight <= 0.0:
                    continue
                has_any = True
                if weight < _FEW * most_beside(values, side, row, col):
                    continue
                x = values[1, side, row, col] - origin_m[0]
                y = values[2, side, row, col] - origin_m[1]
                r = min(max(math.floor(y / resolution_m), r0), r0 + ratio - 1)
                c = min(max(math.floor(x / resolution_m), c0), c0 + ratio - 1)
                kind[r, c] = POINT
                offset_m[0, r, c] = x - (c + 0.5) * resolution_m
                offset_m[1, r, c] = y - (r + 0.5) * resolution_m
            if not has_any:
                kind[r0 : r0 + ratio, c0 : c0 + ratio] = WHOLE_CELL
    return kind, offset_m


@compiled
def most_beside(values: NDArray[np.float32], side: int, row: int, col: int) -> float:
    """Most hits of one side in the cells next to one."""
    most = 0.0
    for r in range(max(row - 1, 0), min(row + 2, values.shape[2])):
        for c in range(max(col - 1, 0), min(col + 2, values.shape[3])):
            if r != row or c != col:
                most = max(most, float(values[0, side, r, c]))
    return most


@compiled
def place_hits(
    kind: NDArray[np.uint8],
    offset_m: NDArray[np.float32],
    hits_m: FloatArray,
    origin_m: tuple[float, float],
    resolution_m: float,
) -> NDArray[np.bool_]:
    """Put hits (N, 2) that no wall explains into the window; returns which were put, (N,).

    Args:
        kind: Of the walls, shape (n, n), with `offset_m` (2, n, n); the hits are added.
    """
    n = kind.shape[0]
    reach = math.ceil(_EXPLAINED_M / resolution_m)
    is_new = np.zeros(len(hits_m), dtype=np.bool_)
    for i in range(len(hits_m)):
        x, y = hits_m[i, 0] - origin_m[0], hits_m[i, 1] - origin_m[1]
        r, c = math.floor(y / resolution_m), math.floor(x / resolution_m)
        is_new[i] = 0 <= r < n and 0 <= c < n
        for q in range(max(r - reach, 0), min(r + reach + 1, n)):
            for p in range(max(c - reach, 0), min(c + reach + 1, n)):
                if kind[q, p] == NOTHING:
                    continue
                dx = x - (p + 0.5) * resolution_m - offset_m[0, q, p]
                dy = y - (q + 0.5) * resolution_m - offset_m[1, q, p]
                if dx * dx + dy * dy <= _EXPLAINED_M * _EXPLAINED_M:
                    is_new[i] = False
    for i in range(len(hits_m)):
        if is_new[i]:
            x, y = hits_m[i, 0] - origin_m[0], hits_m[i, 1] - origin_m[1]
            r, c = math.floor(y / resolution_m), math.floor(x / resolution_m)
            kind[r, c] = POINT
            offset_m[0, r, c] = x - (c + 0.5) * resolution_m
            offset_m[1, r, c] = y - (r + 0.5) * resolution_m
    return is_new


@compiled
def exact_distance(
    coarse_cells: NDArray[np.float32],
    occupied: NDArray[np.bool_],
    kind: NDArray[np.uint8],
    offset_m: NDArray[np.float32],
    resolution_m: float,
    box: tuple[int, int, int, int],
) -> NDArray[np.float32]:
    """From each cell's centre to the nearest thing [m], (h, w): exact where it is near.

    Near things are handed on from cell to cell in two sweeps (Danielsson, "Euclidean distance
    mapping", 1980), but measured to where in their cells they stand.

    Args:
        coarse_cells: Distance between cell centres in cells, shape (h, w).
        occupied: Shape (h, w); where nothing else is known the whole cell counts.
        box: First row, end row, first column, end column of where it has to be exact; elsewhere
            whole cells count.
    """
    n_rows, n_cols = occupied.shape
    things = np.full((4, n_rows + 2, n_cols + 2), np.inf, dtype=np.float32)
    x, y, radius, squared = things  # in cells, with a border of nothing
    is_near = np.zeros((n_rows + 2, n_cols + 2), dtype=np.bool_)
    near_cells = np.float32(_NEAR_M / resolution_m)
    for r in range(box[0], box[1]):
        for c in range(box[2], box[3]):
            is_near[r + 1, c + 1] = coarse_cells[r, c] < near_cells
            if occupied[r, c]:
                is_point = kind[r, c] == POINT
                dx = offset_m[0, r, c] / resolution_m if is_point else 0.0
                dy = offset_m[1, r, c] / resolution_m if is_point else 0.0
                x[r + 1, c + 1], y[r + 1, c + 1] = c + 1 + dx, r + 1 + dy
                radius[r + 1, c + 1] = 0.0 if is_point else 0.5
                squared[r + 1, c + 1] = dx * dx + dy * dy
    for r in range(box[0] + 1, box[1] + 1):
        hand_on(things, is_near, (box[2] + 1, box[3] + 1), r, r - 1)
    for r in range(box[1], box[0], -1):
        hand_on(things, is_near, (box[2] + 1, box[3] + 1), r, r + 1)
    distance_m = np.empty((n_rows, n_cols), dtype=np.float32)
    most_cells = np.float32(max(n_rows, n_cols))
    for r in range(n_rows):
        for c in range(n_cols):
            cells = min(coarse_cells[r, c], most_cells) - np.float32(0.5)
            if squared[r + 1, c + 1] < np.inf:
                cells = math.sqrt(squared[r + 1, c + 1]) - radius[r + 1, c + 1]
            distance_m[r, c] = max(cells, np.float32(0.0)) * resolution_m
    return distance_m


@compiled
def hand_on(
    things: NDArray[np.float32],
    is_near: NDArray[np.bool_],
    columns: tuple[int, int],
    row: int,
    from_row: int,
) -> None:
    """Let the cells of a row have the things of their neighbours there, left and right."""
    x, y, radius, squared = things
    for c in range(columns[0], columns[1]):
        if not is_near[row, c]:
            continue
        best, best_q, best_p = squared[row, c], row, c
        for p in range(c - 1, c + 2):
            dx, dy = x[from_row, p] - np.float32(c), y[from_row, p] - np.float32(row)
            away = dx * dx + dy * dy
            if away < best:
                best, best_q, best_p = away, from_row, p
        dx, dy = x[row, c - 1] - np.float32(c), y[row, c - 1] - np.float32(row)
        away = dx * dx + dy * dy
        if away < best:
            best, best_q, best_p = away, row, c - 1
        squared[row, c] = best
        x[row, c], y[row, c] = x[best_q, best_p], y[best_q, best_p]
        radius[row, c] = radius[best_q, best_p]
    for c in range(columns[1] - 1, columns[0] - 1, -1):
        dx, dy = x[row, c + 1] - np.float32(c), y[row, c + 1] - np.float32(row)
        away = dx * dx + dy * dy
        if is_near[row, c] and away < squared[row, c]:
            squared[row, c] = away
            x[row, c], y[row, c] = x[row, c + 1], y[row, c + 1]
            radius[row, c] = radius[row, c + 1]
