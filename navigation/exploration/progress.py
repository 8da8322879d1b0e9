"""How much of the home has been seen, and how long the rest may take: honest guesses.

What lies behind a frontier is not known: what the looks of the tour are expected to show stands for
it, and each square metre of that for some time spent on what turns up behind. Cost: 0.1 ms.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.frontiers import Frontiers
from navigation.exploration.request import ExplorationRequest
from navigation.exploration.tour import Tour
from navigation.global_planner.ground import Ground


def seen_m2(frontiers: Frontiers, resolution_m: float) -> float:
    """Free area that was seen and may be reachable [m2]."""
    return float(np.count_nonzero(frontiers.seen)) * resolution_m**2


def explored_share(seen_area_m2: float, tour: Tour) -> float:
    """Seen part of what is seen or expected, 0 to 1."""
    return seen_area_m2 / max(seen_area_m2 + tour.gain_m2, 1e-9)


def time_left_s(tour: Tour, config: ExplorationConfig) -> float:
    """Until all is seen [s]: the tour of what is known, and what will turn up behind it.

    Some of the tour's looks are seen in passing, so not all of it will be driven.
    """
    return config.tour_share * tour.time_s + config.behind_s_per_m2 * tour.gain_m2


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
    return way_s + request.config.docking_s
