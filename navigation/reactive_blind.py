"""What the lidar saw before it went out of view: points in a blind sector, and the way behind.

A lidar of less than a full circle forgets what it passes. Whatever enters its blind sector does so
over the sector's edges, so the points in a band along these are noted and kept until they come into
view again or grow old. What was never seen may not be driven into fast: known is what is in view
and where the body itself has been. Cost: nothing for a full circle, else about 80 us each 40 ms.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.messages import LidarDescription
from navigation.reactive_sweep import FootprintPlanes, Path

_PERIOD_S = 0.04
_BAND_RAD = 0.6  # no point moves farther past the lidar in a period
_IN_VIEW_RAD = 0.05
_CELL_M = 0.02
_TRAIL_STEP_M = 0.04
_TRAIL_LENGTH = 64
_OUTSIDE_TRAIL_M = 0.02
_RIM_M = 0.05


class BlindSpotMemory:
    """Points that the lidar saw last when they left its view.

    Args:
        memory_s: How long they are kept, on the memory clock.
        window_m: Farther points are let go.
    """

    def __init__(self, lidar: LidarDescription, memory_s: float, window_m: float) -> None:
        forward = lidar.T_robot_lidar.rotate(np.array([[1.0, 0.0, 0.0]]))[0]
        self._yaw_rad = math.atan2(float(forward[1]), float(forward[0]))
        self._origin_m = lidar.T_robot_lidar.translation_m[:2]
        self._half_fov_rad = 0.5 * lidar.fov_rad
        self._memory_s = memory_s
        self._window_m = window_m
        self._updated_s = -math.inf
        self._kept_until_s: FloatArray = np.zeros(0)
        self.points_m: FloatArray = np.zeros((0, 2))

    def update(
        self, x_m: FloatArray, y_m: FloatArray, pose: SE2, now_s: float, memory_clock_s: float
    ) -> None:
        """Note what is about to leave the view; shapes (N,), nan where there is no point."""
        if now_s < self._updated_s + _PERIOD_S:
            return
        self._updated_s = now_s
        seen = np.stack([x_m, y_m], axis=1)[~np.isnan(x_m)]
        beside = self._beyond_view_rad(seen, pose)
        new = seen[beside > -_BAND_RAD]
        kept = (
            (self._beyond_view_rad(self.points_m, pose) > -_IN_VIEW_RAD)
            & (self._kept_until_s > memory_clock_s)
            & (np.abs(self.points_m - pose.translation()).max(axis=1, initial=0.0) < self._window_m)
        )
        points = np.concatenate([new, self.points_m[kept]])
        until_s = np.concatenate(
            [np.full(len(new), memory_clock_s + self._memory_s), self._kept_until_s[kept]]
        )
        # One point a cell, the newest.
        cells = np.round(points / _CELL_M).astype(np.int64)
        _, first = np.unique(cells[:, 0] * (1 << 32) + cells[:, 1], return_index=True)
        self.points_m, self._kept_until_s = points[first], until_s[first]

    def in_view(self, points_m: FloatArray, pose: SE2) -> NDArray[np.bool_]:
        """Which points (N, 2) are not in the blind sector from a pose, shape (N,)."""
        return np.asarray(self._beyond_view_rad(points_m, pose) < -_IN_VIEW_RAD)

    def _beyond_view_rad(self, points_m: FloatArray, pose: SE2) -> FloatArray:
        """How far points lie in the blind sector; negative: in view."""
        local = pose.inverse().apply(points_m) - self._origin_m
        angle = np.arctan2(local[:, 1], local[:, 0]) - self._yaw_rad
        angle = np.abs((angle + np.pi) % (2.0 * np.pi) - np.pi)
        return np.asarray(angle - self._half_fov_rad)


class KnownGround:
    """How far back the robot may go over ground that it has seen or driven itself."""

    def __init__(self, planes: FootprintPlanes, footprint_m: FloatArray) -> None:
        self._planes = planes
        self._rim_m = _rim(footprint_m)
        self._trail: FloatArray = np.zeros((3, 0))

    def note(self, pose: SE2) -> None:
        """Note where the body is."""
        at = np.array([[pose.x_m], [pose.y_m], [pose.yaw_rad]])
        if self._trail.shape[1]:
            moved = np.abs(self._trail[:, -1:] - at)
            reach_m = math.hypot(moved[0, 0], moved[1, 0]) + self._planes.radius_m * moved[2, 0]
            if reach_m < _TRAIL_STEP_M:
                return
        self._trail = np.concatenate([self._trail[:, -_TRAIL_LENGTH + 1 :], at], axis=1)

    def known_m(self, path: Path, sight: BlindSpotMemory, pose: SE2) -> float:
        """Way along a path until the body comes where nobody has looked; `inf` where it never does.

        Args:
            sight: Says what is in view from `pose`.
        """
        x, y, yaw = path.xyt[:, :, None]
        c, s = np.cos(yaw), np.sin(yaw)
        px, py = self._rim_m.T
        points = np.stack([x + c * px - s * py, y + s * px + c * py], axis=-1)  # (J, P, 2)
        flat = points.reshape(-1, 2)
        is_known = sight.in_view(flat, pose)
        if self._trail.shape[1]:
            driven = self._planes.distances_m(self._trail, flat).min(axis=0)
            is_known |= driven < _OUTSIDE_TRAIL_M
        has_new = np.any(~is_known.reshape(points.shape[:2]), axis=1)
        first = np.flatnonzero(has_new)
        first = first[first > 0]
        return float(path.travel_m[first[0] - 1]) if first.size else math.inf


def _rim(footprint_m: FloatArray) -> FloatArray:
    """Points along the outline, shape (P, 2)."""
    rows = []
    for a, b in zip(footprint_m, np.roll(footprint_m, -1, axis=0), strict=True):
        n = max(1, math.ceil(float(np.linalg.norm(b - a)) / _RIM_M))
        rows.append(a + np.arange(n)[:, None] / n * (b - a))
    return np.concatenate(rows)
