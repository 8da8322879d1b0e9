"""Whether the goal has been reached, with hysteresis, so that noise does not keep the robot busy.

Well inside the tolerances and nearly at rest it has arrived; it stays so until it is outside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from homebody.geometry import SE2, wrap_angle
from navigation.goals import PointGoal, PoseGoal, TargetGoal
from navigation.local_planner.trajectory_space import Motion
from navigation.types import Target

_INSIDE_SHARE = 0.7
_AT_REST_M_S = 0.06
_AT_REST_RAD_S = 0.12
_FACE_TOLERANCE_RAD = 0.3


class Arrival:
    """Remembers the verdict of the last cycle."""

    def __init__(self) -> None:
        self._is_there = False

    def reset(self) -> None:
        """A new goal is not reached yet."""
        self._is_there = False

    def step(self, end: End, T_map_robot: SE2, motion: Motion) -> bool:
        """Whether the robot stands at the end."""
        is_at_rest = abs(motion.speed) < _AT_REST_M_S and abs(motion.yaw_rate) < _AT_REST_RAD_S
        share = 1.0 if self._is_there else _INSIDE_SHARE
        self._is_there = (self._is_there or is_at_rest) and end.is_met(T_map_robot, share)
        return self._is_there


@dataclass(frozen=True, slots=True)
class End:
    """Where a goal wants the robot to stand and what to face there.

    Attributes:
        ring_m: Wanted distance from (x_m, y_m); 0: at it.
        yaw_rad, face_map_m: The heading, or a point to face, None where it does not matter.
        slack_m: Being this much nearer than the ring is as good.
    """

    x_m: float
    y_m: float
    tolerance_m: float
    ring_m: float = 0.0
    slack_m: float = 0.0
    yaw_rad: float | None = None
    face_map_m: tuple[float, float] | None = None
    yaw_tolerance_rad: float = _FACE_TOLERANCE_RAD

    @classmethod
    def of(cls, goal: PointGoal | PoseGoal) -> End:
        """The end of a goal that stands still."""
        if isinstance(goal, PointGoal):
            return cls(goal.x_m, goal.y_m, goal.tolerance_m, face_map_m=goal.face_map_m)
        place, turn = goal.T_map_goal, goal.yaw_tolerance_rad
        yaw = place.yaw_rad
        return cls(place.x_m, place.y_m, goal.tolerance_m, yaw_rad=yaw, yaw_tolerance_rad=turn)

    @classmethod
    def beside(cls, goal: TargetGoal, target: Target, time_s: float) -> End:
        """Beside a target, where it is at a time."""
        centre_m = target.position_at(time_s)
        is_ring = target.stand_m is None
        place_m = centre_m if target.stand_m is None else centre_m + target.stand_m
        return cls(
            float(place_m[0]),
            float(place_m[1]),
            goal.tolerance_m,
            ring_m=target.distance_m if is_ring else 0.0,
            slack_m=goal.slack_m if is_ring else 0.0,
            face_map_m=(float(centre_m[0]), float(centre_m[1])),
            yaw_tolerance_rad=goal.yaw_tolerance_rad,
        )

    def is_met(self, pose: SE2, share: float = 1.0) -> bool:
        """Whether a pose is within this share of the tolerances."""
        excess_m = math.hypot(self.x_m - pose.x_m, self.y_m - pose.y_m) - self.ring_m
        low_m = -self.slack_m - share * self.tolerance_m
        if not low_m <= excess_m <= share * self.tolerance_m:
            return False
        return self.is_faced(pose, share)

    def is_faced(self, pose: SE2, share: float = 1.0) -> bool:
        """Whether a pose looks where it should."""
        wanted = self.yaw_rad
        if self.face_map_m is not None:
            wanted = math.atan2(self.face_map_m[1] - pose.y_m, self.face_map_m[0] - pose.x_m)
        if wanted is None:
            return True
        return abs(wrap_angle(wanted - pose.yaw_rad)) <= share * self.yaw_tolerance_rad
