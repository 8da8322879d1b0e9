"""What navigation can be asked for. A skill makes one of these; the navigator serves it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from homebody.geometry import SE2
from navigation.types import TrackedPerson


@dataclass(frozen=True, slots=True)
class PointGoal:
    """Stand anywhere within `tolerance_m` of a point of the map.

    `face_map_m` is a point (x, y) to face when there, None where it does not matter.
    """

    x_m: float
    y_m: float
    tolerance_m: float = 0.15
    face_map_m: tuple[float, float] | None = None


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


@dataclass(frozen=True, slots=True)
class TargetGoal:
    """Keep a distance to somebody who moves, facing them: to follow, or to approach.

    Two goals are equal when they ask for the same of the same target, whoever has moved meanwhile.
    It is never over: ARRIVED says that the robot stands as wanted now.

    Attributes:
        identity: Of the tracked person.
        distance_m: From the footprint's surface to the target's outline.
        bearing_rad: Where to stand, seen from the target: 0 is where it faces. None: anywhere.
        tolerance_m: Of the distance, or of the place where there is a bearing.
        slack_m: Without a bearing: this much nearer than wanted is no reason to back off.
        speed_near_m_s: Not faster than this near the target.
        given: The target's motion, from somebody who knows it better than the tracks.
    """

    identity: int
    distance_m: float = 1.5
    bearing_rad: float | None = None
    tolerance_m: float = 0.25
    yaw_tolerance_rad: float = 0.35
    slack_m: float = 0.5
    speed_near_m_s: float = math.inf
    given: TrackedPerson | None = field(default=None, compare=False)


def following(identity: int, distance_m: float = 1.5) -> TargetGoal:
    """Keep 1.5 m behind, beside or before somebody: people rate 1.5 to 2.0 m best."""
    return TargetGoal(identity, distance_m)


def approaching(identity: int, distance_m: float = 1.2) -> TargetGoal:
    """Stand in front of somebody, within their sight, having come slowly."""
    return TargetGoal(identity, distance_m, bearing_rad=0.0, tolerance_m=0.2, speed_near_m_s=0.6)


Goal = PointGoal | PoseGoal | DirectionGoal | TargetGoal


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
