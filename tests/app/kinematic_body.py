"""A body without physics for the body loop's tests: wheels with a lag, walls seen by a lidar."""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import SE2, FloatArray
from homebody.messages import (
    BodyDescription,
    Command,
    LidarPacket,
    Odometry,
    SensorFrame,
    default_body,
)

STEP_S = 0.005
LAG_S = 0.03
PACKET_S = 0.01
DELAY_S = 0.01


def lidar_only_body() -> BodyDescription:
    import dataclasses

    return dataclasses.replace(default_body(), depth=None)


def box(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    """Four walls as segments, shape (4, 2, 2)."""
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def ray_ranges(origin: FloatArray, angles: FloatArray, segments: FloatArray) -> FloatArray:
    """Range along each ray to the nearest segment, `inf` without one; shape (N,)."""
    d = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None]
    a, e = segments[:, 0] - origin, segments[:, 1] - segments[:, 0]
    det = d[..., 0] * e[:, 1] - d[..., 1] * e[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (a[:, 0] * e[:, 1] - a[:, 1] * e[:, 0]) / det
        u = (a[:, 0] * d[..., 1] - a[:, 1] * d[..., 0]) / det
    t = np.where((t > 0) & (u >= 0) & (u <= 1), t, np.inf)
    return np.asarray(t.min(axis=1))


def segment_points(segments: FloatArray, spacing_m: float = 0.005) -> FloatArray:
    rows = []
    for a, b in segments:
        n = max(2, math.ceil(float(np.linalg.norm(b - a)) / spacing_m))
        rows.append(a + np.linspace(0, 1, n)[:, None] * (b - a))
    return np.concatenate(rows)


class KinematicBody:
    """Follows commands with a lag; every read gives odometry and lidar packets with a delay."""

    def __init__(
        self,
        segments: FloatArray,
        start: SE2 | None = None,
        noise_m: float = 0.0,
        seed: int = 0,
        description: BodyDescription | None = None,
    ) -> None:
        self.description = description or lidar_only_body()
        self.segments = segments
        self.pose = start or SE2.identity()
        self.speed = self.yaw_rate = 0.0
        self.applied: list[Command] = []
        self.error: Exception | None = None
        self._rng = np.random.default_rng(seed)
        self._noise_m = noise_m
        self._time_s = 0.0
        self._packet = 0
        self._packets: list[tuple[float, LidarPacket]] = []
        self._odometry: list[tuple[float, Odometry]] = []
        self.lidar_is_dead = False
        self.extra = SensorFrame()

    def apply(self, command: Command) -> None:
        self.applied.append(command)

    def close(self) -> None:
        pass

    def read(self, now_s: float) -> SensorFrame:
        self._advance(now_s)
        if self.error is not None:
            raise self.error
        odometry = tuple(o for t, o in self._odometry if t <= now_s)
        packets = tuple(p for t, p in self._packets if t <= now_s)
        self._odometry = [(t, o) for t, o in self._odometry if t > now_s]
        self._packets = [(t, p) for t, p in self._packets if t > now_s]
        import dataclasses

        return dataclasses.replace(self.extra, odometry=odometry, lidar=packets)

    def clearance_m(self) -> float:
        """True distance from the footprint's rectangle to the nearest wall (0: touching)."""
        local = self.pose.inverse().apply(segment_points(self.segments))
        half = np.abs(self.description.footprint_m).max(axis=0)
        beyond = np.abs(local) - half
        outside = np.hypot(*np.maximum(beyond, 0.0).T)
        return float(np.where(outside > 0, outside, beyond.max(axis=1)).min())

    def _advance(self, now_s: float) -> None:
        while self._time_s < now_s - 1e-9:
            self._time_s += STEP_S
            wanted = (0.0, 0.0)
            if self.applied and self._time_s - self.applied[-1].issued_time_s < 0.3:
                wanted = self.applied[-1].twist_at(self._time_s)
            gain = STEP_S / LAG_S
            self.speed += gain * (wanted[0] - self.speed)
            self.yaw_rate += gain * (wanted[1] - self.yaw_rate)
            self.pose = self.pose @ SE2.exp((self.speed * STEP_S, 0.0, self.yaw_rate * STEP_S))
            self._sense()

    def _sense(self) -> None:
        t = self._time_s
        arrival_s = t + DELAY_S
        self._odometry.append((arrival_s, Odometry(t, self.pose, self.speed, self.yaw_rate)))
        due = round(t / STEP_S) % round(PACKET_S / STEP_S) == 0
        lidar = self.description.lidar
        if not due or lidar is None:
            return
        per = lidar.n_beams // lidar.n_packets
        turn, part = divmod(self._packet, lidar.n_packets)
        self._packet += 1
        beams = part * per + np.arange(per)
        angles = self.pose.yaw_rad + lidar.beam_angles_rad()[beams]
        ranges = ray_ranges(self.pose.translation(), angles, self.segments)
        ranges = ranges + self._noise_m * self._rng.standard_normal(per)
        ranges = np.where(ranges > lidar.range_max_m, np.inf, ranges)
        if not self.lidar_is_dead:
            packet = LidarPacket(turn, part * per, np.full(per, t), ranges)
            self._packets.append((arrival_s, packet))


def constant_command(
    now_s: float, speed: float, yaw_rate: float, duration_s: float = 1.0
) -> Command:
    t = np.linspace(0.0, duration_s, 11)
    n = len(t)
    return Command(
        now_s,
        now_s,
        t,
        np.full(n, speed),
        np.full(n, yaw_rate),
        np.zeros(n),
        np.zeros(n),
        reason="test",
    )
