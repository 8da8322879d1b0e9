"""What the robot shall face when it is where it wants to be: a point, or somebody who moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.goals import PointGoal
from navigation.types import Float32Array, walked_s


@dataclass(frozen=True, slots=True)
class FacingPoint:
    """A point to face, relative to the origin of coordinates.

    Attributes:
        point_m: Now, shape (2,).
        velocity_m_s: Shape (2,).
        stand_m: From the point to where the robot shall stand, shape (2,).
        ring_m: The distance to keep from that place, 0: stand at it.
    """

    point_m: FloatArray
    velocity_m_s: FloatArray
    stand_m: FloatArray
    ring_m: float = 0.0

    def at(self, time_s: FloatArray) -> Float32Array:
        """The point and the place to stand as rows x, y, x, y, shape (4, T), at the times (T,)."""
        walked = np.array([walked_s(float(t)) for t in time_s])
        points = self.point_m[:, None] + self.velocity_m_s[:, None] * walked
        return np.concatenate([points, points + self.stand_m[:, None]]).astype(np.float32)


def facing_at_goal(goal: PointGoal, origin_m: FloatArray) -> FacingPoint | None:
    """What a point goal wants to be faced, None where it leaves that open."""
    if goal.face_map_m is None:
        return None
    point_m = np.array(goal.face_map_m) - origin_m
    stand_m = np.array((goal.x_m, goal.y_m)) - np.array(goal.face_map_m)
    return FacingPoint(point_m, np.zeros(2), stand_m)
