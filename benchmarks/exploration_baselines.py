"""Other ways to choose where to look next, from the same looks, in the same robot.

Only the choice among the looks is replaced: candidates and their expected gain, what is worth a
look, when all is done, the drive and the recovery are Homebody's.
"""

from __future__ import annotations

import cv2
import numpy as np

from navigation.exploration.choice import Prospect

_AT_FRONTIER_M = 0.3
_LAMBDA_PER_M = 0.2
_MASK_SIZE = 5


def nearest_frontier(prospect: Prospect) -> int:
    """Yamauchi (1997): drive to the nearest frontier, look, and choose again."""
    target = np.flatnonzero(prospect.is_target)
    return int(target[0]) if len(target) else _nearest(prospect)


def greedy_information(prospect: Prospect) -> int:
    """Gonzalez-Banos and Latombe (2002): the most of A exp(-lambda L), lambda = 0.2 per metre.

    As there, the place is driven to, and then chosen again.
    """
    target = np.flatnonzero(prospect.is_target)
    if len(target):
        return int(target[0])
    viewpoints = prospect.viewpoints
    way_m = viewpoints.travel_s * prospect.request.speed_max_m_s
    score = viewpoints.gain_m2 * np.exp(-_LAMBDA_PER_M * way_m)
    return int(np.argmax(np.where(prospect.is_worth, score, -np.inf)))


def _nearest(prospect: Prospect) -> int:
    """The soonest reached of the looks at a frontier, or of all where none is at one."""
    cells_rc = prospect.viewpoints.cells_rc
    not_frontier = (~prospect.frontiers.is_frontier).astype(np.uint8)
    off_cells = cv2.distanceTransform(not_frontier, cv2.DIST_L2, _MASK_SIZE)
    off_m = off_cells[cells_rc[:, 0], cells_rc[:, 1]] * prospect.ground.spec.resolution_m
    is_at = prospect.is_worth & (off_m <= _AT_FRONTIER_M)
    allowed = is_at if is_at.any() else prospect.is_worth
    return int(np.argmin(np.where(allowed, prospect.viewpoints.travel_s, np.inf)))
