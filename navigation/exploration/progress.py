"""How much of the home has been seen, and how long the rest may take: honest guesses.

What lies behind a frontier is not known; a strip as deep as one usually sees into the unseen stands
for it. Cost: 1 ms.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from homebody.geometry import FloatArray
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.frontiers import Frontiers
from navigation.exploration.request import ExplorationRequest
from navigation.exploration.tour import Tour
from navigation.global_planner.ground import Ground

_STRIP_M = 1.5


def seen_m2(frontiers: Frontiers, resolution_m: float) -> float:
    """Free area that was seen and may be reachable [m2]."""
    return float(np.count_nonzero(frontiers.seen)) * resolution_m**2


def unseen_m2(frontiers: Frontiers, resolution_m: float) -> float:
    """Wanted area within 1.5 m of a frontier [m2]."""
    not_frontier = (~frontiers.is_frontier).astype(np.uint8)
    if not_frontier.all():
        return 0.0
    distance_m = cv2.distanceTransform(not_frontier, cv2.DIST_L2, 3) * resolution_m
    return float(np.count_nonzero(frontiers.wanted & (distance_m < _STRIP_M))) * resolution_m**2


def explored_share(frontiers: Frontiers, resolution_m: float) -> float:
    """Seen part of what is seen or expected, 0 to 1."""
    seen = seen_m2(frontiers, resolution_m)
    return seen / max(seen + unseen_m2(frontiers, resolution_m), 1e-9)


def time_left_s(
    frontiers: Frontiers, tour: Tour, config: ExplorationConfig, resolution_m: float
) -> float:
    """Until all is seen [s]: the tour of what is known, and what will turn up behind it."""
    behind_s = config.behind_s_per_m2 * unseen_m2(frontiers, resolution_m)
    return config.tour_time_factor * tour.time_s + behind_s


def way_home_s(request: ExplorationRequest, ground: Ground, travel_s: FloatArray) -> float:
    """From here onto the dock [s], 0 where there is none.

    Args:
        travel_s: From the robot to each cell, shape (H, W).
    """
    if request.dock_map_m is None:
        return 0.0
    cell = ground.spec.cell_rc(*(float(c) for c in request.dock_map_m))
    way_s = float(travel_s[cell]) if ground.spec.has_cell(cell) else math.inf
    if not math.isfinite(way_s):
        away_m = request.dock_map_m - request.T_map_robot.translation()
        way_s = float(np.hypot(*away_m)) / request.speed_max_m_s
    return request.config.tour_time_factor * way_s + request.config.docking_s
