"""What a request's goal means for this cycle: what counts as progress and what is to be faced.

Remembers the goal from cycle to cycle: where a direction began, whether a place was reached, and
the filled cost-to-go. Where no way is known yet, a clear straight line serves meanwhile.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import SE2, wrap_angle
from homebody.messages import BodyDescription
from navigation.close_quarters.pose_field import place_of
from navigation.goals import DirectionGoal, Goal, PointGoal, PoseGoal, TargetGoal
from navigation.local_planner.arrival import Arrival, End
from navigation.local_planner.facing import FacingPoint, facing_at_goal
from navigation.local_planner.fields import Field, filled_cost_to_go
from navigation.local_planner.guidance import (
    DirectionGuidance,
    FieldGuidance,
    Guidance,
    Standing,
)
from navigation.local_planner.pose_guidance import PoseGuidance
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.target_guidance import (
    Course,
    TargetGuidance,
    facing_of,
    is_line_clear,
)
from navigation.local_planner.trajectory_space import Motion
from navigation.types import CostToGo, Float32Array

_ROOM_BESIDE_M = 0.05  # beside the inscribed circle, for a straight line to count as clear
_DEAD_SHARE = 0.3

Aimed = tuple[Guidance | str, FacingPoint | None]


class Aim:
    """Turns goals into guidance, one cycle after the other."""

    def __init__(self, body: BodyDescription) -> None:
        self._speed_max_m_s = body.limits.speed_max_m_s
        self._room_m = body.inscribed_radius_m + _ROOM_BESIDE_M
        self._arrival = Arrival()
        self.reset()

    def reset(self) -> None:
        """Forget the goal."""
        self._goal: Goal | None = None
        self._goal_start = SE2.identity()
        self._turned_rad = 0.0
        self._filled: tuple[CostToGo, Float32Array | None] | None = None
        self._last_pose = SE2.identity()
        self._arrival.reset()

    def step(self, request: PlanRequest, motion: Motion) -> Aimed:
        """The guidance, or why there is none, and what to face."""
        goal, pose = request.goal, request.state.T_map_robot
        self._turned_rad += wrap_angle(pose.yaw_rad - self._last_pose.yaw_rad)
        self._last_pose = pose
        if goal != self._goal:
            self._goal, self._goal_start, self._turned_rad = goal, pose, 0.0
            self._arrival.reset()
        if goal is None:
            return Standing(), None
        if isinstance(goal, DirectionGoal):
            return DirectionGuidance(goal, self._goal_start, pose, self._turned_rad), None
        if isinstance(goal, TargetGoal):
            return self._to_target(goal, request, motion)
        return self._to_place(goal, request, motion)

    def _to_place(self, goal: PointGoal | PoseGoal, request: PlanRequest, motion: Motion) -> Aimed:
        pose, cost_to_go = request.state.T_map_robot, request.cost_to_go
        facing = None
        if isinstance(goal, PointGoal):
            facing = facing_at_goal(goal, pose.translation())
        if cost_to_go is None:
            return self._straight_to(goal, request), facing
        filled = self._filled_field(cost_to_go)
        if filled is None:
            return "the goal cannot be reached from anywhere", None
        if self._arrival.step(End.of(goal), pose, motion):
            return Standing(is_at_goal=True), None
        poses = request.pose_to_go
        if poses is not None:
            return PoseGuidance(poses.time_s, place_of(poses, pose.x_m, pose.y_m)), facing
        field = Field.around(cost_to_go.spec, filled, pose.x_m, pose.y_m)
        return FieldGuidance(field, goal, pose.x_m, pose.y_m, self._speed_max_m_s), facing

    def _straight_to(self, goal: PointGoal | PoseGoal, request: PlanRequest) -> Guidance | str:
        """No plan yet: along a clear straight line, so that a new goal shows at once."""
        end, here_m = End.of(goal), request.state.T_map_robot.translation()
        course = Course(np.array((end.x_m, end.y_m)) - here_m, np.zeros(2), 0.0)
        if not is_line_clear(request.local_map, here_m, course, self._room_m):
            return "no way to the goal is known"
        return TargetGuidance(course, None, self._speed_max_m_s, _DEAD_SHARE * goal.tolerance_m)

    def _to_target(self, goal: TargetGoal, request: PlanRequest, motion: Motion) -> Aimed:
        target, pose = request.target, request.state.T_map_robot
        if target is None:
            return "nobody knows where they are", None
        here_m, start_s = pose.translation(), request.start_time_s
        course = Course.of(target, start_s, here_m)
        facing = facing_of(target, course)
        if self._arrival.step(End.beside(goal, target, start_s), pose, motion):
            return Standing(is_at_goal=True), facing
        field = self._field_to(request, course)
        if isinstance(field, str):
            return field, facing
        return TargetGuidance.toward(goal, course, field, self._speed_max_m_s), facing

    def _field_to(self, request: PlanRequest, course: Course) -> Field | str | None:
        """The cost-to-go around what bars the straight line; None: nothing bars it."""
        pose = request.state.T_map_robot
        if is_line_clear(request.local_map, pose.translation(), course, self._room_m):
            return None
        if request.cost_to_go is None:
            return "no way to them is known"
        filled = self._filled_field(request.cost_to_go)
        if filled is None:
            return "they cannot be reached from anywhere"
        return Field.around(request.cost_to_go.spec, filled, pose.x_m, pose.y_m)

    def _filled_field(self, cost_to_go: CostToGo) -> Float32Array | None:
        if self._filled is None or self._filled[0] is not cost_to_go:
            self._filled = (cost_to_go, filled_cost_to_go(cost_to_go))
        return self._filled[1]
