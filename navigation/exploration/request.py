"""What exploration is asked, and what it answers; both fit to be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.exploration.config import ExplorationConfig
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.types import MapSnapshot


def _no_points() -> FloatArray:
    return np.zeros((0, 2))


@dataclass(frozen=True, slots=True)
class ExplorationRequest:
    """Where to look next, seen from where the robot is.

    Attributes:
        target_map_m: The viewpoint being driven to, shape (2,); it is kept unless another one is
            clearly better or nothing is left to be seen from it.
        dock_map_m: Where the robot goes in the end, shape (2,).
        looked_from_map_m: Viewpoints already stood at, shape (N, 2).
        blacklist_map_m: Places tried in vain, shape (N, 2): neither stood at nor looked at again.
        impasses_map_m: Where the robot came to and could not go on, shape (N, 2): taken for things.
    """

    snapshot: MapSnapshot
    T_map_robot: SE2
    inscribed_radius_m: float = 0.125
    circumscribed_radius_m: float = 0.245
    speed_max_m_s: float = 1.0
    dock_map_m: FloatArray | None = None
    target_map_m: FloatArray | None = None
    looked_from_map_m: FloatArray = field(default_factory=_no_points)
    blacklist_map_m: FloatArray = field(default_factory=_no_points)
    impasses_map_m: FloatArray = field(default_factory=_no_points)
    config: ExplorationConfig = field(default_factory=ExplorationConfig)
    planner: GlobalPlannerConfig = field(default_factory=GlobalPlannerConfig)


@dataclass(frozen=True, slots=True)
class ExplorationDecision:
    """The next look, or the news that there is nothing left to look at.

    Attributes:
        viewpoint_map_m: Where to stand, shape (2,), any heading; None when done.
        frontier_map_m: A point in the unseen that the look is for, shape (2,).
        way_map_m: The way to the viewpoint as it was meant, from where the robot was, shape (N, 2).
        gain_m2: Unseen area that the look is expected to show.
        travel_s: Expected time to the viewpoint.
        explored_share: Estimated share of the reachable home that has been seen, 0 to 1.
        time_left_s: Estimated time until everything has been seen and the robot is on its dock.
        is_stuck: Done only because the robot stands where it does not fit.
    """

    viewpoint_map_m: FloatArray | None
    frontier_map_m: FloatArray | None
    reason: str
    is_done: bool
    explored_share: float
    time_left_s: float
    gain_m2: float = 0.0
    travel_s: float = 0.0
    is_stuck: bool = False
    way_map_m: FloatArray = field(default_factory=_no_points)
