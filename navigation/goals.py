"""What navigation can be asked for. A skill makes one of these; the navigator serves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from homebody.geometry import SE2


@dataclass(frozen=True, slots=True)
class PointGoal:
    """Stand anywhere within `tolerance_m` of a point of the map."""

    x_m: float
    y_m: float
    tolerance_m: float = 0.15


@dataclass(frozen=True, slots=True)
class PoseGoal:
    """Stand at a pose of the map."""

    T_map_goal: SE2
    tolerance_m: float = 0.08
    yaw_tolerance_rad: float = 0.15


@dataclass(frozen=True, slots=True)
class DirectionGoal:
    """Drive a distance straight ahead (or back, if negative) or turn by an angle: to get free."""

    distance_m: float = 0.0
    turn_rad: float = 0.0
    speed_max_m_s: float = 0.2


Goal = PointGoal | PoseGoal | DirectionGoal


class NavigationState(StrEnum):
    """What became of the goal."""

    IDLE = "idle"
    PLANNING = "planning"
    DRIVING = "driving"
    ARRIVED = "arrived"
    BLOCKED = "blocked"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class NavigationStatus:
    """How far the newest goal has come, with the reason in plain words.

    WAITING means that it pays to stand for a moment, as before a door, BLOCKED that no motion has
    helped for a while (a skill may recover and ask again), FAILED that there is no way.
    `remaining_m` is the rest of the path.
    """

    goal: Goal | None = None
    state: NavigationState = NavigationState.IDLE
    reason: str = ""
    remaining_m: float = math.inf
