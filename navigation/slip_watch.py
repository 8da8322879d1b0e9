"""By how much the body moves otherwise than its wheels say: they slip, or somebody carries it.

Each lidar turn is laid over the one before, both placed by dead reckoning: where the wheels tell
the truth they coincide, elsewhere the difference is the motion that is missing. In the body
process, as a robot that slides must be slower long before localization has understood it. Equation
(13) of `docs/maths/reactive.md`. Cost: 40 us a packet, 0.4 ms twice a turn.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from homebody.messages import LidarDescription, LidarPacket
from navigation.reactive_lidar import poses_between
from navigation.reactive_track import OdometryTrack
from navigation.turn_match import Motion, match

_BASELINE_S = 0.1  # between the turns that are compared, at least
_REACH_M = 6.0
_PACE_MIN_M_S = 0.3  # slower, the share is of this
_TOLD_SHARE = 0.25  # less may be noise, a person, a threshold
_N_IN_A_ROW = 2
_HOLD_S = 3.0
_WORDS = "my wheels do not move me as they turn: they slip, or somebody is carrying me"


@dataclass(frozen=True, slots=True)
class Slip:
    """What is known of the floor now.

    Attributes:
        share: Of the way by which the motion was off, at worst lately; 0 on a good floor.
        words: The same in plain words; empty on a good floor.
    """

    share: float = 0.0
    words: str = ""


class SlipWatch:
    """Compares turns of a lidar with dead reckoning.

    Args:
        radius_m: From the robot's origin to the footprint's farthest corner.
    """

    def __init__(self, lidar: LidarDescription, radius_m: float) -> None:
        n = self._n_beams = lidar.n_beams
        angles = lidar.beam_angles_rad()
        flat = np.stack([np.cos(angles), np.sin(angles), np.zeros(n)], axis=1)
        self._along = lidar.T_robot_lidar.rotate(flat)[:, :2]
        self._origin = lidar.T_robot_lidar.translation_m[:2]
        self._min_m = max(lidar.range_min_m, radius_m)
        self._max_m = min(_REACH_M, lidar.range_max_m)
        self._radius_m = radius_m
        self._every = max(1, math.ceil(_BASELINE_S * lidar.rate_hz - 1e-6))
        self._apart_s = self._every / lidar.rate_hz
        self._turn_s = 1.0 / lidar.rate_hz
        self._due = 0
        nowhere = np.full((n, 2), np.nan)
        self._points: tuple[FloatArray, FloatArray] = nowhere, nowhere.copy()
        self._times_s: tuple[FloatArray, FloatArray] = np.full(n, -1e9), np.full(n, -2e9)
        self._shares: deque[float] = deque(maxlen=_N_IN_A_ROW)
        self._worst: deque[tuple[float, float]] = deque()

    def update(self, packets: Sequence[LidarPacket], track: OdometryTrack, now_s: float) -> Slip:
        """Take packets in, each once; `track` holds the odometry up to now."""
        for packet in packets:
            if packet.turn % self._every == 0 and track.newest is not None:
                self._place(packet, track)
        if self._due >= self._n_beams // 2 or (self._due and self._every > 1):
            self._due = 0
            self._compare(track, now_s)
        while self._worst and self._worst[0][0] < now_s - _HOLD_S:
            self._worst.popleft()
        share = max((share for _, share in self._worst), default=0.0)
        return Slip(share, _WORDS) if share > 0.0 else Slip()

    def _place(self, packet: LidarPacket, track: OdometryTrack) -> None:
        n, first = len(packet.ranges_m), packet.first_beam
        beams = slice(first, first + n)
        times_s = packet.capture_time_s
        ranges = packet.ranges_m
        is_good = (ranges > self._min_m) & (ranges < self._max_m)
        robot = self._along[beams] * np.where(is_good, ranges, np.nan)[:, None] + self._origin
        x, y, yaw = poses_between(track, times_s)
        c, s = np.cos(yaw), np.sin(yaw)
        (new, old), (new_s, old_s) = self._points, self._times_s
        old[beams], old_s[beams] = new[beams], new_s[beams]
        new[beams, 0] = x + c * robot[:, 0] - s * robot[:, 1]
        new[beams, 1] = y + s * robot[:, 0] + c * robot[:, 1]
        new_s[beams] = times_s
        self._due += n

    def _compare(self, track: OdometryTrack, now_s: float) -> None:
        (new, old), (new_s, old_s) = self._points, self._times_s
        apart_s = new_s - old_s
        is_pair = (np.abs(apart_s - self._apart_s) < 0.5 * self._turn_s) & (
            new_s > now_s - 2.0 * self._apart_s
        )
        if not is_pair.any():
            return
        centre = track.pose_at(float(new_s[is_pair].max())).apply(self._origin)
        motion = match(old, new, is_pair, centre)
        if motion is None:
            self._shares.clear()
            return
        self._shares.append(self._share(motion, track))
        if len(self._shares) == _N_IN_A_ROW and min(self._shares) > _TOLD_SHARE:
            self._worst.append((now_s, min(self._shares)))

    def _share(self, motion: Motion, track: OdometryTrack) -> float:
        """Of the way of the footprint's farthest corner, how much is missing (13)."""
        newest = track.newest
        assert newest is not None
        pace = abs(newest.speed_m_s) + self._radius_m * abs(newest.yaw_rate_rad_s)
        off_m = math.hypot(motion.x_m, motion.y_m) + self._radius_m * abs(motion.yaw_rad)
        return off_m / (self._apart_s * max(pace, _PACE_MIN_M_S))
