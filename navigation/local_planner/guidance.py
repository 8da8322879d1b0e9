"""What counts as progress: the travel time that remains from a pose, smooth in the pose.

For points and poses it is the global planner's cost-to-go, refined near the goal where the grid is
too coarse; for a direction it is the rest of the way along it. Equations (10) to (13) of
docs/maths/local_planner.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2
from navigation.goals import DirectionGoal, PointGoal, PoseGoal
from navigation.local_planner.fields import Field
from navigation.types import Float32Array

_NEAR_M = 0.4
_FACE_M = 0.15  # nearer than this the way to the goal says little about where to face
_DEAD_SHARE = 0.3  # of the tolerance: nearer than this there is nothing to gain
_TURN_RAD_S = 1.6
_POSE_RADIUS_M = 0.5
_LOOK_AHEAD_M = 0.35
_TURN_ABOUT_S = 1.5  # what facing the wrong way costs at the end of the horizon


class Guidance(Protocol):
    """Says how far it still is, in seconds."""

    @property
    def speed_limit_m_s(self) -> float: ...

    def remaining_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        """Time that remains from each pose, any two-dimensional shape."""
        ...

    def prospect_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        """What facing this way is worth for going on, at most zero; two-dimensional arrays."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """No goal, or standing at it: nothing is gained by moving."""

    speed_limit_m_s: float = math.inf
    is_at_goal: bool = False

    @property
    def reason(self) -> str:
        return "at the goal" if self.is_at_goal else "nothing to do"

    def remaining_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        del y, yaw
        return np.zeros_like(x)

    def prospect_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        del y, yaw
        return np.zeros_like(x)


class FieldGuidance:
    """Toward a point or a pose along the cost-to-go.

    Args:
        field: Travel times, counted from the origin that `goal_x_m` and `goal_y_m` count from too.
    """

    def __init__(
        self,
        field: Field,
        goal: PointGoal | PoseGoal,
        origin_x_m: float,
        origin_y_m: float,
        speed_max_m_s: float,
    ) -> None:
        self.speed_limit_m_s = math.inf
        self._field = field
        self._speed_max_m_s = speed_max_m_s
        self._goal_yaw_rad: float | None = None
        if isinstance(goal, PoseGoal):
            x_m, y_m = goal.T_map_goal.x_m, goal.T_map_goal.y_m
            self._goal_yaw_rad = goal.T_map_goal.yaw_rad
            self._yaw_dead_rad = _DEAD_SHARE * goal.yaw_tolerance_rad
        else:
            x_m, y_m = goal.x_m, goal.y_m
        self._x, self._y = np.float32(x_m - origin_x_m), np.float32(y_m - origin_y_m)
        self._dead_m = _DEAD_SHARE * goal.tolerance_m
        self._near_m = max(_NEAR_M, 2.0 * goal.tolerance_m)
        self._face_m = max(_FACE_M, goal.tolerance_m)

    def remaining_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        squared = (x - self._x) ** 2 + (y - self._y) ** 2
        # Equation (10): the grid's time far away, the exact distance near the goal
        far_s = np.maximum(
            self._field.at(x, y) - np.float32(self._near_m / self._speed_max_m_s), 0.0
        )
        short_m = np.minimum(_soft(squared, self._dead_m), np.float32(self._near_m))
        remaining: Float32Array = far_s + short_m * np.float32(1.0 / self._speed_max_m_s)
        if self._goal_yaw_rad is not None:
            # Equation (11)
            error = _wrapped(yaw - np.float32(self._goal_yaw_rad))
            turn_s = _soft(error * error, self._yaw_dead_rad) * np.float32(1.0 / _TURN_RAD_S)
            near = np.exp(squared * np.float32(-1.0 / _POSE_RADIUS_M**2))
            most_s = np.float32(math.pi / _TURN_RAD_S)
            remaining = remaining + most_s + near * (turn_s - most_s)
        return remaining

    def prospect_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        # Equation (12)
        squared = (x - self._x) ** 2 + (y - self._y) ** 2
        # never looking past the goal, so that facing it is right from everywhere
        step = np.minimum(np.float32(0.5) * np.sqrt(squared), np.float32(_LOOK_AHEAD_M))
        step += np.float32(1e-3)
        dx, dy = step * np.cos(yaw), step * np.sin(yaw)
        ahead_s = self._field.at(_single(x + dx), _single(y + dy))
        behind_s = self._field.at(_single(x - dx), _single(y - dy))
        away = 1.0 - np.exp((squared * np.float32(1.0 / self._face_m**2)) ** 2 * np.float32(-1.0))
        open_s = step * np.float32(2.0 / self._speed_max_m_s)
        astray = np.tanh(np.float32(1.5) * (ahead_s - behind_s) / open_s)
        return _single(np.float32(-0.5 * _TURN_ABOUT_S) * away * (np.float32(1.0) + astray))


class DirectionGuidance:
    """Straight ahead or back from a start pose, or a turn on the spot. Equation (13).

    Args:
        T_map_robot: Where the robot is now; coordinates count from there.
        turned_rad: How far it has turned since the start, not wrapped.
    """

    def __init__(
        self,
        goal: DirectionGoal,
        T_map_start: SE2,
        T_map_robot: SE2,
        turned_rad: float,
    ) -> None:
        self.speed_limit_m_s = goal.speed_max_m_s
        self._goal = goal
        self._x = np.float32(T_map_start.x_m - T_map_robot.x_m)
        self._y = np.float32(T_map_start.y_m - T_map_robot.y_m)
        self._yaw_rad = T_map_robot.yaw_rad - turned_rad
        self._cos = np.float32(math.cos(T_map_start.yaw_rad))
        self._sin = np.float32(math.sin(T_map_start.yaw_rad))

    def remaining_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        dx, dy = x - self._x, y - self._y
        rest = np.float32(self._goal.distance_m) - (self._cos * dx + self._sin * dy)
        aside = self._cos * dy - self._sin * dx
        # turns are not wrapped: the yaw runs on from the start, a half turn is a half turn
        turned = yaw - np.float32(self._yaw_rad)
        turn = np.float32(self._goal.turn_rad) - turned
        remaining: Float32Array = (
            _soft(rest * rest, 0.01) / np.float32(max(self._goal.speed_max_m_s, 0.05))
            + np.float32(1.0) * _soft(aside * aside, 0.05)
            + _soft(turn * turn, 0.03) * np.float32(1.0 / _TURN_RAD_S)
        )
        return remaining

    def prospect_s(self, x: Float32Array, y: Float32Array, yaw: Float32Array) -> Float32Array:
        del y, yaw
        return np.zeros_like(x)


def _soft(squared: Float32Array, dead: float) -> Float32Array:
    """The root of `squared`, flattened around zero over about `dead`."""
    soft: Float32Array = np.sqrt(squared + np.float32(dead * dead)) - np.float32(dead)
    return soft


def _single(values: NDArray[Any]) -> Float32Array:
    return values.astype(np.float32, copy=False)


def _wrapped(angle: Float32Array) -> Float32Array:
    turns = np.round(angle * np.float32(0.5 / np.pi)).astype(np.float32)
    return angle - np.float32(2.0 * np.pi) * turns
