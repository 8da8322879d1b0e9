"""Where a way may begin and end: the robot's own place and the goal, moved to where it fits.

Cost: 0.3 ms.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.ground import BoolArray, Ground
from navigation.global_planner.lines import cells_along
from navigation.types import OCCUPIED

_CELLS_TRIED = 200


def nearest_cell(
    ground: Ground, candidates: BoolArray, point_map_m: FloatArray, reach_m: float = np.inf
) -> tuple[tuple[int, int], float] | None:
    """The candidate cell (mask (H, W)) whose centre is nearest to a point, and its distance [m].

    None where no candidate lies within reach.
    """
    low, high = _window(ground, point_map_m, reach_m)
    cells_rc = np.argwhere(candidates[low[0] : high[0], low[1] : high[1]]) + low
    if not len(cells_rc):
        return None
    offsets = ground.spec.centres_m(cells_rc) - point_map_m
    distance_m = np.hypot(offsets[:, 0], offsets[:, 1])
    best = int(np.argmin(distance_m))
    if distance_m[best] > reach_m:
        return None
    return (int(cells_rc[best, 0]), int(cells_rc[best, 1])), float(distance_m[best])


def roomiest_cell(
    ground: Ground,
    own_rc: tuple[int, int],
    point_map_m: FloatArray,
    reach_m: float,
    wanted_m: float,
) -> tuple[int, int]:
    """A cell within reach of a point where the robot has more room than in the point's own cell.

    The point's own cell if its clearance is what is wanted, or nothing roomier is in its region.
    """
    if ground.clearance_m[own_rc] >= wanted_m:
        return own_rc
    near_rc = _open_cells_near(ground, point_map_m, reach_m)
    near_rc = near_rc[ground.region[near_rc[:, 0], near_rc[:, 1]] == ground.region[own_rc]]
    room = np.minimum(ground.clearance_m[near_rc[:, 0], near_rc[:, 1]], wanted_m)
    if not len(near_rc) or room.max() <= ground.clearance_m[own_rc]:
        return own_rc
    best = near_rc[int(np.argmax(room))]  # the nearest of the roomiest: they come sorted
    return int(best[0]), int(best[1])


def start_cells(ground: Ground, here_map_m: FloatArray, reach_m: float) -> list[tuple[int, int]]:
    """Where the robot may begin, nearest first: one open cell for each region within reach.

    Its own cell if it fits there, else cells that it can reach in a straight line without
    crossing something occupied.
    """
    own = ground.spec.cell_rc(float(here_map_m[0]), float(here_map_m[1]))
    if ground.spec.has_cell(own) and ground.is_open[own]:
        return [own]
    near_rc = _open_cells_near(ground, here_map_m, reach_m)
    if not len(near_rc):
        return []
    under_rc, length_m = cells_along(ground.spec, here_map_m, ground.spec.centres_m(near_rc))
    is_wall = (ground.cells == OCCUPIED)[under_rc[..., 0], under_rc[..., 1]]
    is_own = (under_rc == np.array(own)).all(axis=-1)
    near_rc = near_rc[~(is_wall & (length_m > 0.0) & ~is_own).any(axis=1)]
    _, first = np.unique(ground.region[near_rc[:, 0], near_rc[:, 1]], return_index=True)
    return [(int(r), int(c)) for r, c in near_rc[np.sort(first)]]


def _window(ground: Ground, here_map_m: FloatArray, reach_m: float) -> tuple[IntArray, IntArray]:
    """The first cell (2,) within reach along either axis, and the one after the last."""
    spec = ground.spec
    shape = np.array(spec.shape)
    if not np.isfinite(reach_m):
        return np.zeros_like(shape), shape
    low, high = spec.cells_rc(here_map_m - reach_m), spec.cells_rc(here_map_m + reach_m) + 1
    return np.clip(low, 0, shape), np.clip(high, 0, shape)


def _open_cells_near(ground: Ground, here_map_m: FloatArray, reach_m: float) -> IntArray:
    """Open cells within reach, nearest first, shape (N, 2)."""
    spec = ground.spec
    low, high = _window(ground, here_map_m, reach_m)
    window = ground.is_open[low[0] : high[0], low[1] : high[1]]
    near_rc = np.argwhere(window) + low
    offsets = spec.centres_m(near_rc) - here_map_m
    distance_m = np.hypot(offsets[:, 0], offsets[:, 1])
    order = np.argsort(distance_m, kind="stable")
    order = order[distance_m[order] <= reach_m]
    return np.asarray(near_rc[order][:_CELLS_TRIED])
