"""The floor that belongs to the home: what the robot can get to, or could once.

Beams pass glass, gaps under furniture and the ends of walls, and leave free cells outside. A place
counts when the robot's inscribed circle passes from where it is; a room that was known stays, for
its door may be shut now. Cost: 2 ms at 240 x 240 cells.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from navigation.global_planner.ground import BoolArray, regions_of
from navigation.global_planner.layers import clearance_of
from navigation.types import FREE, UNKNOWN, MapSnapshot

_KNOWN_SHARE_MIN = 0.3  # of a region that the robot cannot get to now


def without_unreachable(
    snapshot: MapSnapshot,
    inscribed_radius_m: float,
    robot_m: ArrayLike,
    known: BoolArray,
) -> MapSnapshot:
    """The map with the floor UNKNOWN that is neither to be reached nor known.

    Args:
        robot_m: Shape (2,).
        known: Cells that were in a room before, shape (H, W).
    """
    spec = snapshot.spec
    is_free = snapshot.cells == FREE
    fits = is_free & (clearance_of(snapshot.cells, spec.resolution_m) >= inscribed_radius_m)
    regions = regions_of(fits)
    n = int(regions.max()) + 1
    n_cells = np.bincount(regions.ravel(), minlength=n)
    n_known = np.bincount(regions[known], minlength=n)
    is_kept = n_known >= _KNOWN_SHARE_MIN * n_cells
    is_kept[_nearest_region(regions, spec.cells_rc(np.asarray(robot_m, dtype=np.float64)))] = True
    is_kept[0] = False
    size = 2 * (int(np.ceil(inscribed_radius_m / spec.resolution_m)) + 1) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    kept = cv2.dilate(is_kept[regions].astype(np.uint8), disc) > 0
    cells = np.where(is_free & ~kept, np.uint8(UNKNOWN), snapshot.cells)
    return MapSnapshot(spec, cells, snapshot.revision, snapshot.is_low)


def _nearest_region(regions: np.ndarray, robot_rc: np.ndarray) -> int:
    """Number of the region nearest to a cell, 0 where there is none."""
    open_rc = np.argwhere(regions)
    if not len(open_rc):
        return 0
    nearest = open_rc[np.argmin(np.square(open_rc - robot_rc).sum(axis=1))]
    return int(regions[nearest[0], nearest[1]])
