"""Checks a request before anything is computed from it: what is wrong, in plain words."""

from __future__ import annotations

import math

import numpy as np

from navigation.goals import DirectionGoal, Goal, PointGoal, TargetGoal
from navigation.local_planner.request import PlanRequest
from navigation.types import Target


def trouble_with(request: PlanRequest, ranges_age_max_s: float = math.inf) -> str:
    """Why no plan can be made, or an empty text."""
    state, local_map = request.state, request.local_map
    if not math.isfinite(request.start_time_s):
        return "the start time is not a number"
    numbers = (
        *state.T_map_robot.as_array().tolist(),
        state.speed_m_s,
        state.yaw_rate_rad_s,
        state.accel_m_s2,
        state.yaw_accel_rad_s2,
    )
    if not all(math.isfinite(n) for n in numbers):
        return "the motion state is not a number"
    if not request.ranges_age_s <= ranges_age_max_s:
        return f"the newest ranges are {request.ranges_age_s:.1f} s old"
    if math.isnan(request.speed_limit_m_s):
        return "the speed limit is not a number"
    if local_map.distance_m.size == 0:
        return "the local map is empty"
    if np.isnan(local_map.distance_m.min()):
        return "the local map holds what is not a number"
    if not local_map.spec.has_cell(
        local_map.spec.cell_rc(state.T_map_robot.x_m, state.T_map_robot.y_m)
    ):
        return "the local map does not hold the robot"
    if request.cost_to_go is not None and request.cost_to_go.time_s.size == 0:
        return "the cost-to-go field is empty"
    if request.target is not None and not _is_known(request.target):
        return "the target's motion is not a number"
    if request.goal is not None and not _is_finite(request.goal):
        return "the goal is not a number"
    return ""


def _is_finite(goal: Goal) -> bool:
    if isinstance(goal, DirectionGoal):
        return math.isfinite(goal.distance_m) and math.isfinite(goal.turn_rad)
    if isinstance(goal, PointGoal):
        return math.isfinite(goal.x_m) and math.isfinite(goal.y_m)
    if isinstance(goal, TargetGoal):
        return math.isfinite(goal.distance_m)
    return bool(np.isfinite(goal.T_map_goal.as_array()).all())


def _is_known(target: Target) -> bool:
    numbers = (target.position_map_m, target.velocity_map_m_s, np.array([target.time_s]))
    return all(bool(np.isfinite(n).all()) for n in numbers)
