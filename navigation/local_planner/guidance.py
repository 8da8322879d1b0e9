"""What counts as progress: the travel time that remains from a pose, smooth in the pose.

For points and poses it is the global planner's cost-to-go, refined near the goal where the grid is
too coarse; for a direction it is the rest of the way along it. Equations (10) to (13) of
docs/maths/local_planner.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.goals import DirectionGoal, PointGoal, PoseGoal
from navigation.local_planner.fields import Field
from navigation.local_planner.guidance_kernels import (
    add_facing,
    fill_around,
    fill_direction,
    fill_prospect,
    refine_near,
)
from navigation.types import Float32Array

NOW: FloatArray = np.zeros(1)
_NEAR_M = 0.4
_FACE_M = 0.15  # nearer than this the way to the goal says little about where to face
_DEAD_SHARE = 0.3  # of the tolerance: nearer than this there is nothing to gain


class Guidance(Protocol):
    """Says how far it still is, in seconds."""

    @property
    def speed_limit_m_s(self) -> float: ...

    def remaining_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        """Time that remains from each pose, any two-dimensional shape.

        Args:
            time_s: When the poses of each column are taken, shape (columns,) or (1,).
        """
        ...

    def prospect_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
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

    def remaining_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del y, yaw, time_s
        return np.zeros_like(x)

    def prospect_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del y, yaw, time_s
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
        self._per_m_s = np.float32(1.0 / speed_max_m_s)
        self._goal_yaw_rad: np.float32 | None = None
        if isinstance(goal, PoseGoal):
            x_m, y_m = goal.T_map_goal.x_m, goal.T_map_goal.y_m
            self._goal_yaw_rad = np.float32(goal.T_map_goal.yaw_rad)
            self._yaw_dead_rad = np.float32(_DEAD_SHARE * goal.yaw_tolerance_rad)
        else:
            x_m, y_m = goal.x_m, goal.y_m
        self._x, self._y = np.float32(x_m - origin_x_m), np.float32(y_m - origin_y_m)
        self._dead_m = np.float32(_DEAD_SHARE * goal.tolerance_m)
        self._near_m = np.float32(max(_NEAR_M, 2.0 * goal.tolerance_m))
        self._face_m = np.float32(max(_FACE_M, goal.tolerance_m))

    def remaining_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del time_s
        remaining = self._field.at(x, y)
        flat, squared = remaining.ravel(), np.empty(x.size, np.float32)
        place = (x.ravel(), y.ravel(), self._x, self._y)
        refine_near(*place, self._near_m, self._dead_m, self._per_m_s, squared, flat)
        if self._goal_yaw_rad is not None:
            add_facing(squared, yaw.ravel(), self._goal_yaw_rad, self._yaw_dead_rad, flat)
        return remaining

    def prospect_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del time_s
        place = (x.ravel(), y.ravel(), yaw.ravel(), self._x, self._y)
        around, step = np.empty((4, x.size), np.float32), np.empty(x.size, np.float32)
        fill_around(*place, step, around)
        times_s = self._field.at(around[:2], around[2:])
        prospect = np.empty_like(x)
        fill_prospect(
            *place[:2], *place[3:], step, times_s, self._face_m, self._per_m_s, prospect.ravel()
        )
        return prospect


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
        x_m, y_m = T_map_start.x_m - T_map_robot.x_m, T_map_start.y_m - T_map_robot.y_m
        along = (math.cos(T_map_start.yaw_rad), math.sin(T_map_start.yaw_rad))
        yaw_rad = T_map_robot.yaw_rad - turned_rad
        per_m_s = 1.0 / max(goal.speed_max_m_s, 0.05)
        self._start = np.array((x_m, y_m, yaw_rad, *along), np.float32)
        self._goal = np.array((goal.distance_m, goal.turn_rad, per_m_s), np.float32)

    def remaining_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del time_s
        remaining = np.empty_like(x)
        poses = (x.ravel(), y.ravel(), yaw.ravel())
        fill_direction(*poses, self._start, self._goal, remaining.ravel())
        return remaining

    def prospect_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del y, yaw, time_s
        return np.zeros_like(x)
