"""A path that looks as if drawn with a ruler: the searched cells, pulled tight.

From each corner a far point is taken to which the straight way is open and no slower than the
searched one (string pulling after Botea et al. 2004, with time instead of length). The way through
the cells is exact: between centres every crossing of a grid line is a ratio of whole numbers.
Cost: 0.05 ms for a path of 10 m.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.compiled import compiled
from navigation.global_planner.ground import Ground
from navigation.global_planner.lines import is_clear_along
from navigation.global_planner.search import BORDER_CELLS

_SPARE_S = 1e-3


def pulled_tight(ground: Ground, cells_rc: IntArray, time_s: FloatArray, slack: float) -> IntArray:
    """Corners of a path along `cells_rc` (N, 2), as indices into it, first and last included.

    Args:
        time_s: Travel time between each of the cells and one end of the path, shape (N,).
        slack: Share of extra time that a straight piece may take.
    """
    resolution_m = ground.spec.resolution_m
    time = time_s / resolution_m * (1.0 + slack)
    slowness = ground.slowness_s_m
    if ground.gates.size:  # nothing is pulled through a one-way passage
        inside = ground.gates[BORDER_CELLS:-BORDER_CELLS, BORDER_CELLS:-BORDER_CELLS]
        slowness = np.where(inside > 0, np.inf, slowness)
    return _pulled(slowness, cells_rc, time, _SPARE_S / resolution_m)


@compiled
def _pulled(slowness: FloatArray, cells_rc: IntArray, time: FloatArray, spare: float) -> IntArray:
    last = len(cells_rc) - 1
    corners = np.empty(last + 1, dtype=np.intp)
    corners[0], n, here = 0, 1, 0
    while here < last:
        good, step = here + 1, 1
        while step and good < last:  # double the step while it works, then halve it
            ahead = min(good + step, last)
            allowed = abs(time[here] - time[ahead]) + spare
            if straight_time(slowness, cells_rc[here], cells_rc[ahead], allowed) <= allowed:
                good, step = ahead, 2 * step
            else:
                step //= 2
        corners[n] = here = good
        n += 1
    return corners[:n]


@compiled
def straight_time(slowness: FloatArray, from_rc: IntArray, to_rc: IntArray, most: float) -> float:
    """Integral of the slowness along a segment between two centres, in cells.

    `inf` if it touches a shut cell, be it at a corner, or is sure to be over `most`.
    """
    row, col = from_rc[0], from_rc[1]
    n_rows, n_cols = abs(to_rc[0] - row), abs(to_rc[1] - col)
    row_step = 1 if to_rc[0] > row else -1
    col_step = 1 if to_rc[1] > col else -1
    # Along the segment, in units of its length / (2 * n_rows * n_cols), or of half a cell where
    # it follows a row or a column: the next crossing of a row's and of a column's border.
    row_every, col_every = 2 * max(n_cols, 1), 2 * max(n_rows, 1)
    end = 2 * max(n_rows, 1) * max(n_cols, 1)
    next_row = row_every // 2 if n_rows else end + 1
    next_col = col_every // 2 if n_cols else end + 1
    unit = math.hypot(n_rows, n_cols) / end
    at, total = 0, 0.0
    while row != to_rc[0] or col != to_rc[1]:
        here = min(next_row, next_col)
        total += slowness[row, col] * (here - at) * unit
        if next_row == next_col and (
            slowness[row + row_step, col] == np.inf or slowness[row, col + col_step] == np.inf
        ):
            return np.inf
        if next_row == here:
            row, next_row = row + row_step, next_row + row_every
        if next_col == here:
            col, next_col = col + col_step, next_col + col_every
        at = here
        if slowness[row, col] == np.inf or total > most:
            return np.inf
    return float(total + slowness[row, col] * (end - at) * unit)


def with_ends(
    ground: Ground, corners_m: FloatArray, here_m: FloatArray, goal_m: FloatArray
) -> FloatArray:
    """The path (N, 2) from the robot itself to the goal itself.

    The centres of the first and last cell are left out where the straight line past them is open.
    """
    spec, path_m = ground.spec, np.vstack([here_m, corners_m, goal_m])
    if len(path_m) > 2 and is_clear_along(spec, ground.is_open, path_m[0], path_m[2]):
        path_m = np.delete(path_m, 1, axis=0)
    if len(path_m) > 2 and is_clear_along(spec, ground.is_open, path_m[-3], path_m[-1]):
        path_m = np.delete(path_m, -2, axis=0)
    is_new = np.r_[True, np.linalg.norm(np.diff(path_m, axis=0), axis=1) > 1e-9]
    return np.asarray(path_m[is_new])


def length_of(path_m: FloatArray) -> float:
    """Length [m] of a polyline, shape (N, 2)."""
    return float(np.linalg.norm(np.diff(path_m, axis=0), axis=1).sum())
