"""How much of the home has been seen, and how long the rest may take: honest guesses.

What lies behind a frontier is not known; a strip as deep as one usually sees into the unseen stands
for it. Cost: 1 ms.
"""

from __future__ import annotations

import cv2
import numpy as np

from navigation.exploration.config import ExplorationConfig
from navigation.exploration.frontiers import Frontiers
from navigation.exploration.viewpoints import Viewpoints

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
    frontiers: Frontiers, viewpoints: Viewpoints, config: ExplorationConfig, resolution_m: float
) -> float:
    """Drive to the furthest look that is worth it, and see the rest at the usual pace [s]."""
    worth_s = viewpoints.travel_s[viewpoints.is_worth(config, seen_m2(frontiers, resolution_m))]
    furthest_s = float(np.max(worth_s, initial=0.0))
    return furthest_s + unseen_m2(frontiers, resolution_m) / config.seen_m2_per_s
