"""Points of a home that are far from the start and from each other, by the way one has to drive."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2

_CLEARANCE_M = 0.25


def far_points_m(cells: TrueCells, start: SE2, n_points: int) -> list[tuple[float, float]]:
    """Farthest-point sampling over the floor that keeps 25 cm from everything solid."""
    spec = cells.spec
    distance_m = cv2.distanceTransform((~cells.solid).astype(np.uint8), cv2.DIST_L2, 5)
    is_open = distance_m * spec.resolution_m >= _CLEARANCE_M
    costs = np.where(is_open, 1.0, -1.0)
    chosen = [_nearest_open(is_open & cells.reachable, spec.cell_rc(start.x_m, start.y_m))]
    points = []
    for _ in range(n_points):
        length, _ = MCP_Geometric(costs).find_costs(chosen)
        length[~np.isfinite(length)] = -1.0
        cell = np.unravel_index(int(np.argmax(length)), length.shape)
        chosen.append((int(cell[0]), int(cell[1])))
        x_m, y_m = spec.centres_m(np.array(cell))
        points.append((float(x_m), float(y_m)))
    return points


def _nearest_open(is_open: NDArray[np.bool_], cell_rc: tuple[int, int]) -> tuple[int, int]:
    open_rc = np.argwhere(is_open)
    nearest = open_rc[np.argmin(((open_rc - cell_rc) ** 2).sum(axis=1))]
    return int(nearest[0]), int(nearest[1])
