"""Toward somebody who moves: the time to the place beside them, where that place will be.

With a free straight line to it the way is the line itself, read at each moment's place; else it is
the cost-to-go, whose goal is where they were going when it was planned. Equations (31) to (33) of
docs/maths/local_planner.md. Cost: 0.1 ms for 200 candidates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.goals import TargetGoal
from navigation.local_planner.facing import FacingPoint
from navigation.local_planner.fields import Field
from navigation.local_planner.guidance import NOW
from navigation.local_planner.target_kernels import fill_target_times
from navigation.types import Float32Array, LocalMap, Target, walked_s

_LOOK_AHEAD_M = np.float32(0.25)
_TURN_ABOUT_S = 1.5
_FACE_M = 0.25
_DEAD_MAX_M = 0.05
_CLEAR_STEP_M = 0.05
_TARGET_BODY_M = 0.5  # beside the target its own body is what the ranges see


@dataclass(frozen=True, slots=True)
class Course:
    """A target's places over time, relative to the origin of coordinates.

    Attributes:
        place_m: The place to stand now, shape (2,): the target's own place where `ring_m` > 0.
        velocity_m_s: Shape (2,).
        ring_m: The distance to keep from the place, 0: stand at it.
    """

    place_m: FloatArray
    velocity_m_s: FloatArray
    ring_m: float

    @classmethod
    def of(cls, target: Target, start_time_s: float, origin_m: FloatArray) -> Course:
        """The course from `start_time_s` on."""
        stand_m = np.zeros(2) if target.stand_m is None else target.stand_m
        place_m = target.position_at(start_time_s) + stand_m - origin_m
        ring_m = target.distance_m if target.stand_m is None else 0.0
        return cls(place_m, target.velocity_at(start_time_s), ring_m)

    def at(self, time_s: FloatArray) -> Float32Array:
        """Places (2, T) at the times (T,)."""
        walked = np.array([walked_s(float(t)) for t in time_s])
        places = self.place_m[:, None] + self.velocity_m_s[:, None] * walked
        return np.asarray(places, dtype=np.float32)

    def excess_m(self, x_m: float = 0.0, y_m: float = 0.0) -> float:
        """How much further than wanted a point is now; negative: nearer, within a ring."""
        place = self.place_m
        return math.hypot(place[0] - x_m, place[1] - y_m) - self.ring_m


class TargetGuidance:
    """Toward a course, straight (no field) or along a cost-to-go.

    Args:
        dead_m: Nearer to the place than about this there is nothing to gain.
        slack_m: Being this much nearer than a ring is no reason to back off.
    """

    def __init__(
        self,
        course: Course,
        field: Field | None,
        speed_max_m_s: float,
        dead_m: float,
        slack_m: float = 0.0,
        speed_limit_m_s: float = math.inf,
    ) -> None:
        self.speed_limit_m_s = speed_limit_m_s
        self._course, self._field = course, field
        self._per_m_s = np.float32(1.0 / speed_max_m_s)
        self._shape = np.array((course.ring_m, slack_m, dead_m), np.float32)

    @classmethod
    def toward(
        cls, goal: TargetGoal, course: Course, field: Field | None, speed_max_m_s: float
    ) -> TargetGuidance:
        """As a target goal wants it."""
        dead_m, limit_m_s = min(0.3 * goal.tolerance_m, _DEAD_MAX_M), _speed_limit(goal, course)
        return cls(course, field, speed_max_m_s, dead_m, goal.slack_m, limit_m_s)

    def remaining_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        del yaw
        times = np.broadcast_to(time_s, x.shape[1:])
        along = self._field.at(x, y) if self._field is not None else np.zeros_like(x)
        has_field = self._field is not None
        fill_target_times(
            x, y, self._course.at(times), self._shape, self._per_m_s, has_field, along
        )
        return along

    def prospect_s(
        self, x: Float32Array, y: Float32Array, yaw: Float32Array, time_s: FloatArray = NOW
    ) -> Float32Array:
        """As equation (12), with the time to the place ahead and behind."""
        ahead, aside = _LOOK_AHEAD_M * np.cos(yaw), _LOOK_AHEAD_M * np.sin(yaw)
        gain_s = self.remaining_s(x + ahead, y + aside, yaw, time_s)
        gain_s -= self.remaining_s(x - ahead, y - aside, yaw, time_s)
        places = self._course.at(np.broadcast_to(time_s, x.shape[1:]))
        excess = np.hypot(x - places[0], y - places[1]) - np.float32(self._course.ring_m)
        away = 1.0 - np.exp(-((np.maximum(excess, 0.0) / _FACE_M) ** 4))
        astray = np.tanh(1.5 * gain_s / (2.0 * _LOOK_AHEAD_M * self._per_m_s))
        prospect: Float32Array = (-0.5 * _TURN_ABOUT_S * away * (1.0 + astray)).astype(np.float32)
        return prospect


def facing_of(target: Target, course: Course) -> FacingPoint:
    """The target itself is what is faced."""
    stand_m = np.zeros(2) if target.stand_m is None else target.stand_m
    return FacingPoint(course.place_m - stand_m, course.velocity_m_s, stand_m, course.ring_m)


def is_line_clear(local_map: LocalMap, start_m: FloatArray, course: Course, room_m: float) -> bool:
    """Whether the straight way from a point of the map (2,) to the course's place is free.

    Args:
        room_m: Clearance that the way needs, beside the end where the target stands itself.
    """
    length_m = float(np.linalg.norm(course.place_m))
    reach_m = length_m - max(course.ring_m, _TARGET_BODY_M if course.ring_m > 0.0 else 0.0)
    if reach_m <= _CLEAR_STEP_M:
        return True
    along_m = np.arange(0.0, reach_m, _CLEAR_STEP_M)
    points_m = start_m + along_m[:, None] * course.place_m / length_m
    cells = local_map.spec.cells_rc(points_m)
    inside = cells[local_map.spec.contains(cells)]
    clear = local_map.distance_m[inside[:, 0], inside[:, 1]] >= room_m
    is_unseen = local_map.unknown[inside[:, 0], inside[:, 1]]
    # what stands beside the robot already does not bar the line
    return bool((clear | (np.arange(len(clear)) < 4)).all() and not is_unseen.any())


def _speed_limit(goal: TargetGoal, course: Course) -> float:
    """The limit near the target, eased out with distance so that it never comes as a step."""
    if math.isinf(goal.speed_near_m_s):
        return math.inf
    return goal.speed_near_m_s + 0.8 * max(0.0, course.excess_m() - 0.3)
