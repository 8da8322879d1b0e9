"""What is known about the goal being served, and how far it still is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from homebody.geometry import SE2, wrap_angle
from navigation.close_quarters.pose_field import time_from
from navigation.goals import DirectionGoal, Goal, PointGoal, PoseGoal
from navigation.local_planner.arrival import End
from navigation.types import GlobalPlan, PoseToGo, Target


@dataclass(slots=True)
class Pursuit:
    """One goal from its first tick on.

    Attributes:
        target: The goal, where the global plan could end: a point with room to stand.
        whom: Where a moving target is, None as long as nobody knows.
        arrival: In words, empty before.
    """

    goal: Goal
    start_pose: SE2
    target: Goal
    began_s: float = 0.0
    whom: Target | None = None
    plan: GlobalPlan | None = None
    best_remaining: float = math.inf
    progressed_s: float = 0.0
    still_since_s: float = math.inf
    arrival: str = ""

    @property
    def is_arrived(self) -> bool:
        return bool(self.arrival)

    def take(self, found: GlobalPlan) -> None:
        """Go by a new plan."""
        self.plan = found
        if found.is_found:
            self.target = _moved_to(self.goal, found)
            self.best_remaining = math.inf

    def is_reached(self, T_map_robot: SE2) -> bool:
        """Whether the robot would have arrived if it stood still."""
        target = self.target
        if isinstance(target, DirectionGoal):
            travelled = self.start_pose.inverse() @ T_map_robot
            is_far = abs(travelled.x_m) >= abs(target.distance_m) - 0.05
            is_turned = abs(wrap_angle(travelled.yaw_rad)) >= abs(target.turn_rad) - 0.15
            return is_far and is_turned
        assert isinstance(self.goal, PointGoal | PoseGoal)
        x_m, y_m = position(self.goal)
        away_m = math.hypot(T_map_robot.x_m - x_m, T_map_robot.y_m - y_m)
        is_near = away_m <= self.goal.tolerance_m
        if not isinstance(target, PoseGoal):
            return is_near and End.of(self.goal).is_faced(T_map_robot)
        turn_rad = wrap_angle(target.T_map_goal.yaw_rad - T_map_robot.yaw_rad)
        return is_near and abs(turn_rad) <= target.yaw_tolerance_rad

    def remaining(self, T_map_robot: SE2, poses: PoseToGo | None) -> float:
        """What is left to do, as one falling number: seconds, with turning counted a little."""
        target = self.target
        if isinstance(target, DirectionGoal):
            travelled = self.start_pose.inverse() @ T_map_robot
            turned_rad = abs(wrap_angle(travelled.yaw_rad))
            return abs(target.distance_m) - abs(travelled.x_m) + abs(target.turn_rad) - turned_rad
        assert self.plan is not None
        if poses is not None:
            return time_from(poses, T_map_robot)
        remaining = time_to_go_s(self.plan, T_map_robot)
        if isinstance(target, PoseGoal):
            remaining += 0.3 * abs(wrap_angle(target.T_map_goal.yaw_rad - T_map_robot.yaw_rad))
        return remaining


def position(goal: PointGoal | PoseGoal) -> tuple[float, float]:
    """Where a goal lies (x [m], y [m])."""
    if isinstance(goal, PointGoal):
        return goal.x_m, goal.y_m
    return goal.T_map_goal.x_m, goal.T_map_goal.y_m


def time_to_go_s(found: GlobalPlan, T_map_robot: SE2) -> float:
    """The travel time that a plan foresees from here; `inf` where it has none."""
    field = found.cost_to_go
    if field is None:
        return math.inf
    cell = field.spec.cell_rc(T_map_robot.x_m, T_map_robot.y_m)
    return float(field.time_s[cell]) if field.spec.has_cell(cell) else math.inf


def _moved_to(goal: Goal, found: GlobalPlan) -> Goal:
    """The goal where the global plan ends: a point within the tolerance with room to stand."""
    x_m, y_m = (float(c) for c in found.goal_map_m)
    if isinstance(goal, PointGoal):
        shift_m = math.hypot(x_m - goal.x_m, y_m - goal.y_m)
        tolerance_m = max(0.05, goal.tolerance_m - shift_m)
        return PointGoal(x_m, y_m, tolerance_m, goal.face_map_m)
    return goal
