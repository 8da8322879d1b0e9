"""Is there room behind, and which side is freer: two questions to the map around the robot.

Points are sampled in the robot frame and looked up in the occupancy map. Cost: about 30 us each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from navigation.types import FREE, OCCUPIED, MapSnapshot


def has_room_behind(
    snapshot: MapSnapshot, T_map_robot: SE2, footprint_m: FloatArray, distance_m: float
) -> bool:
    """Whether the robot can drive straight back: only FREE cells lie in what it would sweep.

    Args:
        footprint_m: Polygon in the robot frame, shape (P, 2).
    """
    low, high = footprint_m.min(axis=0), footprint_m.max(axis=0)
    step_m = 0.5 * snapshot.spec.resolution_m
    x = np.arange(low[0] - distance_m, low[0], step_m)
    y = np.arange(low[1], high[1] + step_m, step_m)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return bool(np.all(_states(snapshot, T_map_robot, points) == FREE))


def freer_side(snapshot: MapSnapshot, T_map_robot: SE2, radius_m: float) -> float:
    """+1.0 when the left half-disc around the robot holds fewer occupied cells, else -1.0."""
    step_m = snapshot.spec.resolution_m
    x, y = np.meshgrid(
        np.arange(-radius_m, radius_m, step_m), np.arange(0.5 * step_m, radius_m, step_m)
    )
    is_inside = x * x + y * y <= radius_m * radius_m
    left = np.stack([x[is_inside], y[is_inside]], axis=-1)
    right = left * (1.0, -1.0)
    n_left = np.count_nonzero(_states(snapshot, T_map_robot, left) == OCCUPIED)
    n_right = np.count_nonzero(_states(snapshot, T_map_robot, right) == OCCUPIED)
    return 1.0 if n_left <= n_right else -1.0


def _states(
    snapshot: MapSnapshot, T_map_robot: SE2, points_robot_m: FloatArray
) -> NDArray[np.uint8]:
    """State of the cell under each point, shape (N,); off the map counts as occupied."""
    cells = snapshot.spec.cells_rc(T_map_robot.apply(points_robot_m))
    is_on_map = snapshot.spec.contains(cells)
    states = np.full(len(cells), OCCUPIED, dtype=np.uint8)
    states[is_on_map] = snapshot.cells[cells[is_on_map, 0], cells[is_on_map, 1]]
    return states
