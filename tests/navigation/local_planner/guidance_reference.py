"""The NumPy forms of the guidance's equations: slow, obvious."""

from __future__ import annotations

import math

import numpy as np
from scoring_reference import read

from homebody.geometry import SE2
from navigation.goals import DirectionGoal, PointGoal, PoseGoal
from navigation.local_planner.fields import Field

TURN_RAD_S = 1.6


def soft(distance: np.ndarray, dead: float) -> np.ndarray:
    return np.sqrt(distance**2 + dead**2) - dead


def wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2.0 * np.pi) - np.pi


def goal_xy_m(goal: PointGoal | PoseGoal) -> tuple[float, float]:
    if isinstance(goal, PoseGoal):
        return goal.T_map_goal.x_m, goal.T_map_goal.y_m
    return goal.x_m, goal.y_m


def remaining_s(field: Field, goal: PointGoal | PoseGoal, speed: float, pose) -> np.ndarray:
    """Equations (10) and (11) for a field and a goal that count from the origin."""
    x, y, yaw = (a.astype(np.float64) for a in pose)
    goal_x, goal_y = goal_xy_m(goal)
    away = np.hypot(x - goal_x, y - goal_y)
    near_m = max(0.4, 2.0 * goal.tolerance_m)
    remaining = np.maximum(read(field, x, y) - near_m / speed, 0.0)
    remaining += np.minimum(soft(away, 0.3 * goal.tolerance_m), near_m) / speed
    if isinstance(goal, PoseGoal):
        error = wrapped(yaw - goal.T_map_goal.yaw_rad)
        turn_s = soft(error, 0.3 * goal.yaw_tolerance_rad) / TURN_RAD_S
        near = np.exp(-((away / 0.5) ** 2))
        remaining += near * turn_s + (1.0 - near) * math.pi / TURN_RAD_S
    return remaining


def prospect_s(field: Field, goal: PointGoal | PoseGoal, speed: float, pose) -> np.ndarray:
    """Equation (12)."""
    x, y, yaw = (a.astype(np.float64) for a in pose)
    goal_x, goal_y = goal_xy_m(goal)
    away = np.hypot(x - goal_x, y - goal_y)
    step = np.minimum(0.5 * away, 0.35) + 1e-3
    dx, dy = step * np.cos(yaw), step * np.sin(yaw)
    slope = (read(field, x + dx, y + dy) - read(field, x - dx, y - dy)) * speed / (2.0 * step)
    facing = 1.0 - np.exp(-((away / max(0.15, goal.tolerance_m)) ** 4))
    return -0.75 * facing * (1.0 + np.tanh(1.5 * slope))


def direction_s(goal: DirectionGoal, start: SE2, here: SE2, turned_rad: float, pose) -> np.ndarray:
    """Equation (13); poses count from `here`, their yaw from the map's axes."""
    x, y, yaw = (a.astype(np.float64) for a in pose)
    dx, dy = x + here.x_m - start.x_m, y + here.y_m - start.y_m
    cos, sin = math.cos(start.yaw_rad), math.sin(start.yaw_rad)
    rest, aside = goal.distance_m - (cos * dx + sin * dy), cos * dy - sin * dx
    turn = goal.turn_rad - (yaw - here.yaw_rad + turned_rad)
    ahead_s = soft(rest, 0.01) / max(goal.speed_max_m_s, 0.05)
    return ahead_s + soft(aside, 0.05) + soft(turn, 0.03) / TURN_RAD_S
