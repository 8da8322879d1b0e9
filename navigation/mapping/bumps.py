"""Where something was touched lately: the ranges may not see what the body felt.

Cost: a few microseconds per call.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription, Bump


class BumpMemory:
    """Remembers for a while, in the map frame, points just outside the body's rim.

    Args:
        memory_s: How long a touch is remembered; what stands there may have gone away by then.
        outside_m: How far outside the rim the touched thing is taken to begin.
    """

    def __init__(
        self, body: BodyDescription, memory_s: float = 20.0, outside_m: float = 0.03
    ) -> None:
        self._body = body
        self._memory_s = memory_s
        self._outside_m = outside_m
        self._count = 0
        self._touched: deque[tuple[float, FloatArray]] = deque()

    def step(self, bump: Bump | None, T_map_robot: SE2, now_s: float) -> FloatArray:
        """The remembered points, shape (B, 2), after hearing of the newest bump."""
        if bump is not None and bump.count > self._count:
            self._count = bump.count
            rim_m = self._body.rim_point_m(bump.angle_robot_rad)
            outside = rim_m * (1.0 + self._outside_m / np.linalg.norm(rim_m))
            self._touched.append((now_s, T_map_robot.apply(outside)))
        while self._touched and self._touched[0][0] < now_s - self._memory_s:
            self._touched.popleft()
        return np.array([point for _, point in self._touched]).reshape(-1, 2)
