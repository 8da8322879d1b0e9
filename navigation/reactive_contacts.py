"""Where the body was touched and where its cliff sensors saw no floor, in the odometry frame.

What no range sensor sees must be remembered, or the robot would try the same again at once.
Cost: nothing while there is none, about 40 us for a contact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.messages import Bump, Cliff, CliffDescription
from navigation.reactive_sweep import FootprintPlanes, Kind
from navigation.reactive_track import OdometryTrack


class ContactMemory:
    """Where the body was touched and where its cliff sensors saw no floor.

    Args:
        memory_s: How long a contact or a drop is remembered, on the memory clock.
    """

    _CAPACITY = 64
    _STEP_M = 0.02  # a lasting contact is noted again after this way
    _SEEN_FLOOR_M = 0.01  # a sensor that sees floor clears drops this near to it
    _SPREAD_RAD = (-0.15, 0.0, 0.15)

    def __init__(
        self, planes: FootprintPlanes, cliff: CliffDescription | None, memory_s: float
    ) -> None:
        self._planes = planes
        self._sensors = np.zeros((0, 2)) if cliff is None else cliff.points_robot_m
        self._memory_s = memory_s
        self._points = np.zeros((self._CAPACITY, 2))
        self._kinds = np.zeros(self._CAPACITY, dtype=np.int8)
        self._kept_until_s = np.full(self._CAPACITY, -np.inf)
        self._next = 0
        self._bump_count = -1

    def bump(self, bump: Bump, track: OdometryTrack, memory_clock_s: float) -> None:
        """Note a contact; each is noted once, a lasting one again as the robot moves along."""
        is_new = bump.count > self._bump_count >= 0
        self._bump_count = bump.count
        if not (is_new or bump.is_pressed) or not np.isfinite(bump.angle_robot_rad):
            return
        angles = bump.angle_robot_rad + np.array(self._SPREAD_RAD)
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        robot = directions * self._planes.reach_m(directions)[:, None]
        points = track.pose_at(bump.capture_time_s).apply(robot)
        self._add(points, Kind.BUMP, memory_clock_s)

    def cliff(self, cliff: Cliff, track: OdometryTrack, memory_clock_s: float) -> str:
        """Note the drops; returns what is wrong with the message, empty when nothing is."""
        if cliff.is_drop.shape != (len(self._sensors),):
            return "the cliff sensors send messages of the wrong size"
        is_kept = self._kept_until_s > memory_clock_s
        if not cliff.is_drop.any() and not is_kept.any():
            return ""
        sensors = track.pose_at(cliff.capture_time_s).apply(self._sensors)
        floor = sensors[~cliff.is_drop]
        if len(floor):
            far = np.linalg.norm(self._points[:, None] - floor, axis=2).min(axis=1)
            self._kept_until_s[(self._kinds == Kind.DROP) & (far < self._SEEN_FLOOR_M)] = -np.inf
        if cliff.is_drop.any():
            self._add(sensors[cliff.is_drop], Kind.DROP, memory_clock_s)
        return ""

    def points_m(self, memory_clock_s: float) -> tuple[FloatArray, NDArray[np.int8]]:
        """Points in the odometry frame, shape (N, 2), and their kinds, shape (N,)."""
        kept = self._kept_until_s > memory_clock_s
        return self._points[kept], self._kinds[kept]

    def _add(self, points: FloatArray, kind: int, memory_clock_s: float) -> None:
        is_same = (self._kinds == kind) & (self._kept_until_s > memory_clock_s)
        way = np.linalg.norm(self._points - points[:, None], axis=2)  # (new, kept)
        way[:, ~is_same] = np.inf
        known = way.argmin(axis=1)
        is_known = way.min(axis=1) < self._STEP_M
        new = np.flatnonzero(~is_known)
        slots = (self._next + np.arange(new.size)) % self._CAPACITY
        self._points[slots] = points[new]
        self._kinds[slots] = kind
        self._next = (self._next + new.size) % self._CAPACITY
        self._kept_until_s[slots] = memory_clock_s + self._memory_s
        self._kept_until_s[known[is_known]] = memory_clock_s + self._memory_s
