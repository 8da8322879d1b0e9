"""How much of a home's reachable area a robot could see that knew the home and never erred.

The reachable free area is defined by the inscribed circle; a footprint that is longer than wide
gets to less of it. A search over all poses of the true footprint says where the robot can stand,
and rays of 5 m from there what it could see.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2, FloatArray
from navigation.close_quarters.kernels import HEADINGS_RAD, STEPS, pose_clearance, times_to_go
from navigation.close_quarters.pose_field import footprint_in_cells
from navigation.exploration.visibility import KNOWN, WALL, ViewGrid
from navigation.mapping.distance import distance_on_map
from navigation.types import FREE, NO_SURFACES, OCCUPIED, MapSnapshot

_RATIO = 2
_FAR_M = 0.1
_START_M = 0.15
_SEEN_RANGE_M = 5.0
_N_RAYS = 720
_EVERY_CELLS = 4  # between the places that are looked from, along both axes


def coverage_limit(
    cells: TrueCells, start: SE2, footprint_m: FloatArray, least_clearance_m: float
) -> float:
    """Share of the reachable free area that can be seen, 0 to 1.

    Args:
        footprint_m: Convex polygon in the robot frame, shape (P, 2).
        least_clearance_m: What the footprint keeps on all sides.
    """
    stands = _standing_places(cells, start, footprint_m, least_clearance_m)
    seen = _seen_from(cells, stands)
    return float((seen & cells.reachable).sum() / max(1, int(cells.reachable.sum())))


def _standing_places(
    cells: TrueCells, start: SE2, footprint_m: FloatArray, least_m: float
) -> NDArray[np.bool_]:
    """Where the robot's centre can come from the start, shape (H, W)."""
    spec = cells.spec
    classes = np.where(cells.solid, OCCUPIED, FREE).astype(np.uint8)
    fine, distance_m = distance_on_map(MapSnapshot(spec, classes, 0), NO_SURFACES, _RATIO)
    shape = footprint_in_cells(footprint_m, fine.resolution_m)
    clearance_m = pose_clearance(
        distance_m, _RATIO, spec.shape, HEADINGS_RAD, *shape, (least_m, _FAR_M)
    )
    price = np.where(clearance_m >= least_m, np.float32(1.0), np.float32(np.inf))
    centres = spec.centres_m(np.argwhere(np.ones(spec.shape, dtype=bool)))
    away_m = np.hypot(centres[:, 0] - start.x_m, centres[:, 1] - start.y_m).reshape(spec.shape)
    seeds = np.where(away_m <= _START_M, np.float32(0.0), np.float32(np.inf))
    n = len(HEADINGS_RAD)
    seed_s = np.ascontiguousarray(np.broadcast_to(seeds, (n, *spec.shape)))
    times = times_to_go(price, seed_s, STEPS, np.ones((2, n)), np.ones(n), (-1, 0.0))
    return np.asarray(np.isfinite(times).any(axis=0))


def _seen_from(cells: TrueCells, stands: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that a ray from any of the places passes, shape (H, W)."""
    range_cells = round(_SEEN_RANGE_M / cells.spec.resolution_m)
    grid = ViewGrid.of(np.where(cells.solid, WALL, KNOWN).astype(np.uint8), range_cells)
    places = np.argwhere(stands)
    is_chosen = (places % _EVERY_CELLS == 0).all(axis=1)
    seen = np.zeros(grid.codes.size, dtype=bool)
    for place in places[is_chosen]:
        flat = grid.cells_on_rays(place[None], _N_RAYS, range_cells)[0]
        is_hidden = np.logical_or.accumulate(grid.codes.ravel()[flat] == WALL, axis=1)
        seen[flat[~is_hidden]] = True
    border = grid.border
    return seen.reshape(grid.codes.shape)[border:-border, border:-border]
