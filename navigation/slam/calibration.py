"""How much the wheels over- or under-state ways and turns, learned while driving.

Least squares of matched against dead-reckoned increments, per scan, with forgetting and a prior at
one: ``scale = (s + sum m o) / (s + sum o o)``. It halves what is left to correct and, above all,
keeps corridors right where a scan cannot tell how far along it is. Cost: 30 us.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle

_PRIOR = np.array([0.3, 0.3])  # [m^2, rad^2]: 30 steps of 0.1
_KEEP = 0.998  # per step
_MIN_INFORMATION = 1.0 / 0.01**2  # of a match along the way, to learn from it [1/m^2]
_LIMIT = 0.15


@dataclass(frozen=True, slots=True)
class OdometryScale:
    """True over dead-reckoned way and turn."""

    way: float = 1.0
    turn: float = 1.0

    def apply(self, increment: SE2) -> SE2:
        """A short increment of dead reckoning, put right."""
        return SE2(
            increment.x_m * self.way, increment.y_m * self.way, increment.yaw_rad * self.turn
        )


class OdometryCalibration:
    """Learns the scale; `scale` is the best guess so far."""

    def __init__(self) -> None:
        self._matched_reckoned = np.zeros(2)
        self._reckoned_squared = np.zeros(2)
        self.scale = OdometryScale()

    def learn(self, reckoned: SE2, matched: SE2, information: FloatArray, yaw_rad: float) -> None:
        """Compare two increments between the same scans.

        Args:
            information: Of the match alone, shape (3, 3), in the map frame.
            yaw_rad: The robot's heading in the map frame.
        """
        heading = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
        if heading @ information[:2, :2] @ heading < _MIN_INFORMATION:
            return
        o = np.array([reckoned.x_m, wrap_angle(reckoned.yaw_rad)])
        m = np.array([matched.x_m, wrap_angle(matched.yaw_rad)])
        keep = np.where(np.abs(o) > 0.01, _KEEP, 1.0)
        self._matched_reckoned = keep * self._matched_reckoned + m * o
        self._reckoned_squared = keep * self._reckoned_squared + o * o
        scale = (_PRIOR + self._matched_reckoned) / (_PRIOR + self._reckoned_squared)
        way, turn = np.clip(scale, 1.0 - _LIMIT, 1.0 + _LIMIT)
        self.scale = OdometryScale(float(way), float(turn))
