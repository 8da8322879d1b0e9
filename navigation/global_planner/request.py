"""What the global planner is asked: everything it needs, fit to be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.doors.outlook import DoorAhead, DoorPrices
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.types import MapSnapshot
from navigation.zones.zone import NO_ZONES, Zones

_ROOM_TO_TURN_M = 0.1  # beside the circumscribed circle, at a goal that leaves the choice


@dataclass(frozen=True, slots=True)
class GlobalPlanRequest:
    """From where the robot is to within `goal_tolerance_m` of a point, shape (2,).

    Attributes:
        inscribed_radius_m: A passage with less clearance is shut.
        circumscribed_radius_m: With less clearance the robot cannot turn freely, so it costs more.
        is_unknown_allowed: Whether space not yet seen may be crossed, at a high price.
        obstacles_map_m: Points seen just now that the map may not hold yet, shape (N, 2).
        doors: Every known door, with how likely it will be open.
        zones: What the user has drawn.
    """

    snapshot: MapSnapshot
    T_map_robot: SE2
    goal_map_m: FloatArray
    goal_tolerance_m: float = 0.15
    inscribed_radius_m: float = 0.125
    circumscribed_radius_m: float = 0.245
    speed_max_m_s: float = 1.0
    is_unknown_allowed: bool = True
    obstacles_map_m: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    config: GlobalPlannerConfig = field(default_factory=GlobalPlannerConfig)
    doors: tuple[DoorAhead, ...] = ()
    zones: Zones = NO_ZONES
    door_prices: DoorPrices = field(default_factory=DoorPrices)

    @property
    def needed_clearance_m(self) -> float:
        return self.inscribed_radius_m + self.config.margin_m

    @property
    def comfort_clearance_m(self) -> float:
        """With more clearance nothing is gained."""
        return max(self.config.comfort_clearance_m, self.circumscribed_radius_m)

    @property
    def turning_clearance_m(self) -> float:
        """With so much clearance the robot stands and turns freely."""
        return self.circumscribed_radius_m + _ROOM_TO_TURN_M
