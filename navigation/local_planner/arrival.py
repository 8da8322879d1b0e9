"""Whether the goal has been reached, with hysteresis, so that noise does not keep the robot busy.

Well inside the tolerances and nearly at rest it has arrived; it stays so until it is outside them.
"""

from __future__ import annotations

import math

from homebody.geometry import SE2, wrap_angle
from navigation.goals import PointGoal, PoseGoal
from navigation.local_planner.trajectory_space import Motion

_INSIDE_SHARE = 0.7
_AT_REST_M_S = 0.06
_AT_REST_RAD_S = 0.12


class Arrival:
    """Remembers the verdict of the last cycle."""

    def __init__(self) -> None:
        self._is_there = False

    def reset(self) -> None:
        """A new goal is not reached yet."""
        self._is_there = False

    def step(self, goal: PointGoal | PoseGoal, T_map_robot: SE2, motion: Motion) -> bool:
        """Whether the robot stands at the goal."""
        is_at_rest = abs(motion.speed) < _AT_REST_M_S and abs(motion.yaw_rate) < _AT_REST_RAD_S
        share = 1.0 if self._is_there else _INSIDE_SHARE
        self._is_there = (self._is_there or is_at_rest) and _is_within(goal, T_map_robot, share)
        return self._is_there


def _is_within(goal: PointGoal | PoseGoal, pose: SE2, share: float) -> bool:
    if isinstance(goal, PointGoal):
        distance_m = math.hypot(goal.x_m - pose.x_m, goal.y_m - pose.y_m)
        return distance_m <= share * goal.tolerance_m
    turn_rad = abs(wrap_angle(goal.T_map_goal.yaw_rad - pose.yaw_rad))
    is_near = goal.T_map_goal.distance_m(pose) <= share * goal.tolerance_m
    return is_near and turn_rad <= share * goal.yaw_tolerance_rad
