"""What the newest lidar beams say stands around the robot, as points in the odometry frame.

Each beam of the last two turns keeps its newest valid measurement, placed by the pose at its own
capture time; a beam lost on the way keeps the older one for a while.
Cost: about 35 us per packet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from homebody.geometry import FloatArray
from homebody.messages import LidarDescription, LidarPacket
from navigation.reactive_sweep import FootprintPlanes
from navigation.reactive_track import OdometryTrack

# A range that ends this deep inside the footprint has hit the robot itself.
_OWN_BODY_M = 0.03
_NEIGHBOURS = 2  # beams on either side
_SAME_SURFACE_M = 0.04
_CLOSE_M = 0.2  # noise matters where walls are nearer to the body than this


class LidarMemory:
    """The newest valid measurement of each beam in the last two turns.

    Args:
        window_m: Farther points are not kept.
        memory_s: A beam without a newer valid measurement is forgotten after this time.

    Attributes:
        x_m, y_m: Points in the odometry frame, shape (2 n_beams,), nan where there is none.
        newest_valid_s: Capture time of the newest measurement.
    """

    def __init__(
        self, lidar: LidarDescription, planes: FootprintPlanes, window_m: float, memory_s: float
    ) -> None:
        n = self._n_beams = lidar.n_beams
        angles = lidar.beam_angles_rad()
        flat = np.stack([np.cos(angles), np.sin(angles), np.zeros(n)], axis=1)
        directions = lidar.T_robot_lidar.rotate(flat)[:, :2]
        self._along_x, self._along_y = np.ascontiguousarray(directions.T)
        self._origin = lidar.T_robot_lidar.translation_m[:2]
        self._origin_x, self._origin_y = self._origin.tolist()
        own_m = _ranges_inside(self._origin, directions, planes) - _OWN_BODY_M
        self._own_m = np.maximum(own_m, lidar.range_min_m)
        self._window_m = window_m
        self._close_m = planes.radius_m + _CLOSE_M
        self._memory_s = memory_s
        self._time_s = np.full(2 * n, -np.inf)
        self.x_m: FloatArray = np.full(2 * n, np.nan)
        self.y_m: FloatArray = np.full(2 * n, np.nan)
        self.newest_valid_s = -np.inf

    def update(self, packets: Sequence[LidarPacket], track: OdometryTrack) -> str:
        """Take packets in; returns what is wrong with them, empty when nothing is."""
        good = [packet for packet in packets if self._fits(packet)]
        for packet in good:
            self._place(packet, track)
        return "" if len(good) == len(packets) else "the lidar sends packets of the wrong size"

    def forget(self, now_s: float) -> None:
        """Forget what is too old."""
        self.x_m[self._time_s < now_s - self._memory_s] = np.nan

    def _fits(self, packet: LidarPacket) -> bool:
        n = len(packet.ranges_m)
        first, last = packet.first_beam, packet.first_beam + n
        fits = n > 0 and len(packet.capture_time_s) == n and first >= 0 and last <= self._n_beams
        return fits and math.isfinite(packet.capture_time_s[0] + packet.capture_time_s[-1])

    def _place(self, packet: LidarPacket, track: OdometryTrack) -> None:
        first, last = packet.first_beam, packet.first_beam + len(packet.ranges_m)
        base = (packet.turn % 2) * self._n_beams
        times_s, ranges_m = packet.capture_time_s, packet.ranges_m
        valid = ranges_m > self._own_m[first:last]
        if not valid.any():
            return
        self.newest_valid_s = max(self.newest_valid_s, float(times_s[-1]))
        ranges_m = np.where(ranges_m < self._window_m, ranges_m, np.nan)
        if (ranges_m < self._close_m).any():
            ranges_m = smoothed(ranges_m)
        x = self._along_x[first:last] * ranges_m + self._origin_x
        y = self._along_y[first:last] * ranges_m + self._origin_y
        poses = poses_between(track, times_s)
        c, s = np.cos(poses[2]), np.sin(poses[2])
        slots = slice(base + first, base + last)
        np.copyto(self.x_m[slots], poses[0] + c * x - s * y, where=valid)
        np.copyto(self.y_m[slots], poses[1] + s * x + c * y, where=valid)
        np.copyto(self._time_s[slots], times_s, where=valid)


def smoothed(ranges_m: FloatArray) -> FloatArray:
    """Each range, shape (N,), averaged with those of its neighbours that hit the same surface.

    The nearest of many noisy points of a wall is always too near; averaging halves that.
    """
    n = len(ranges_m)
    padded = np.full(n + 2 * _NEIGHBOURS, np.nan)
    padded[_NEIGHBOURS:-_NEIGHBOURS] = ranges_m
    around = np.stack([padded[k : k + n] for k in range(2 * _NEIGHBOURS + 1)])
    is_same = np.abs(around - ranges_m) < _SAME_SURFACE_M
    count = is_same.sum(axis=0)
    total = np.where(is_same, around, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), ranges_m))


def poses_between(
    track: OdometryTrack, times_s: FloatArray
) -> tuple[FloatArray | float, FloatArray | float, FloatArray | float]:
    """x, y and yaw at the times of one packet, which is so short that they run linearly."""
    begin_s, end_s = float(times_s[0]), float(times_s[-1])
    a = track.pose_at(begin_s)
    if end_s == begin_s:
        return a.x_m, a.y_m, a.yaw_rad
    b = track.pose_at(end_s)
    share = (times_s - begin_s) / (end_s - begin_s)
    return (
        a.x_m + share * (b.x_m - a.x_m),
        a.y_m + share * (b.y_m - a.y_m),
        a.yaw_rad + share * (b.yaw_rad - a.yaw_rad),
    )


def _ranges_inside(
    origin: FloatArray, directions: FloatArray, planes: FootprintPlanes
) -> FloatArray:
    """Range at which each beam leaves the footprint; 0 for a sensor outside of it."""
    room = planes.offsets_m - planes.normals @ origin
    if room.min() < 0.0:
        return np.zeros(len(directions))
    towards = directions @ planes.normals.T
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(towards > 1e-9, room / towards, np.inf).min(axis=1))
