"""Notices that what is seen has moved against the wheels: they slip, or the robot was carried.

Localization corrects dead reckoning all the time, by centimetres. What it corrects within a second
is compared with that: more than a real floor explains is told. So is a map that explains poorly
what is seen for most of a second, long before the robot gives itself up for lost. Cost: 20 us a
tick.
"""

from __future__ import annotations

import math
from collections import deque

from homebody.geometry import SE2

_WINDOW_S = 1.0
_MOVED_M, _TURNED_RAD = 0.25, 0.4
_TOLD_S = 3.0
_DOUBT_BELOW, _DOUBT_S = 0.5, 0.7


class CarriedWatch:
    """Compares the correction of dead reckoning now with that of a second ago."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, SE2]] = deque()
        self._told_s = -math.inf
        self._fitted_s: float | None = None

    def step(self, T_map_odom: SE2, T_odom_robot: SE2, quality: float, now_s: float) -> str:
        """What has happened, in plain words, for some seconds after; empty otherwise.

        Args:
            quality: Of localization, 0 to 1.
        """
        while self._past and self._past[0][0] < now_s - _WINDOW_S:
            self._past.popleft()
        self._past.append((now_s, T_map_odom))
        here, there = T_map_odom @ T_odom_robot, self._past[0][1] @ T_odom_robot
        moved_m = here.distance_m(there)
        turned_rad = abs((there.inverse() @ here).wrapped().yaw_rad)
        if moved_m > _MOVED_M or turned_rad > _TURNED_RAD:
            self._told_s = now_s
        if quality >= _DOUBT_BELOW or self._fitted_s is None:
            self._fitted_s = now_s
        if now_s - self._fitted_s >= _DOUBT_S:
            return "what I see does not fit my map: somebody may have carried me"
        if now_s - self._told_s > _TOLD_S:
            return ""
        return "my wheels do not agree with what I see: they slip, or somebody has carried me"
