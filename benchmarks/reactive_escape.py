"""Whether the reactive layer ever wedges the robot: random poses in clutter, also touching it.

Wherever geometry has a motion that gains clearance, the layer must let one pass that does. And a
robot that always asks for the most gaining of these must come free within seconds.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from app.body_config import BodyLoopConfig
from app.body_loop import BodyLoop
from benchmarks.kinematic_body import KinematicBody, constant_command
from benchmarks.kinematic_place import lidar_only_body
from benchmarks.plane_geometry import rectangle_clearance_m
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription, LidarPacket, Odometry, SensorFrame
from navigation.reactive import ReactiveLayer
from navigation.reactive_lidar import smoothed
from navigation.reactive_track import OdometryTrack

_SPEEDS_M_S = (-0.15, -0.05, 0.0, 0.05, 0.15)
_YAW_RATES_RAD_S = (-0.6, -0.3, 0.0, 0.3, 0.6)
MOTIONS = tuple(m for m in itertools.product(_SPEEDS_M_S, _YAW_RATES_RAD_S) if m != (0.0, 0.0))
_WAY_M = 0.01  # of the farthest corner, over which a gain is judged
_GAIN_M = 0.002
_FREE_M = 0.03
_DEEPEST_M = 0.02  # noise puts points of a wall alongside so far into the footprint


@dataclass(frozen=True, slots=True)
class Wedge:
    """One random pose among points.

    Attributes:
        clearance_m: At the start.
        can_gain: Whether geometry has a motion that gains clearance.
        passes: Whether the layer let one pass.
    """

    clearance_m: float
    can_gain: bool
    passes: bool


def motion_gains_m(
    body: BodyDescription, pose: SE2, points_m: FloatArray, way_m: float = _WAY_M
) -> FloatArray:
    """Clearance gained by each motion over `way_m` of the farthest corner, shape (M,)."""
    v, w = np.array(MOTIONS).T
    times_s = way_m / (np.abs(v) + body.circumscribed_radius_m * np.abs(w))
    middle = pose.yaw_rad + 0.5 * w * times_s
    poses = np.stack(
        [
            pose.x_m + v * times_s * np.cos(middle),
            pose.y_m + v * times_s * np.sin(middle),
            pose.yaw_rad + w * times_s,
        ],
        axis=1,
    )
    before = signed_clearance_m(body, pose.as_array()[None], points_m)
    return signed_clearance_m(body, poses, points_m) - before


def signed_clearance_m(body: BodyDescription, xyt: FloatArray, points_m: FloatArray) -> FloatArray:
    """Exact distance of a rectangle at poses (J, 3) to points (N, 2), negative inside: (J,)."""
    half = np.abs(body.footprint_m).max(axis=0)
    c, s = np.cos(xyt[:, 2:]), np.sin(xyt[:, 2:])
    dx, dy = points_m[:, 0] - xyt[:, :1], points_m[:, 1] - xyt[:, 1:2]
    beyond = np.stack([np.abs(c * dx + s * dy) - half[0], np.abs(c * dy - s * dx) - half[1]], -1)
    outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1)
    return np.asarray(np.where(outside > 0.0, outside, beyond.max(axis=-1)).min(axis=1))


def random_points(body: BodyDescription, rng: np.random.Generator) -> FloatArray:
    """Points about the footprint, some of them in it, shape (N, 2)."""
    n = int(rng.integers(1, 9))
    angles = rng.uniform(-math.pi, math.pi, n)
    if rng.random() < 0.5:  # a wall's worth of neighbours
        angles = angles[0] + np.linspace(0.0, rng.uniform(0.1, 1.0), n)
    rim = np.array([body.rim_point_m(a) for a in angles])
    out_m = rng.uniform(-_DEEPEST_M, 0.06, n)
    return np.asarray(rim + out_m[:, None] * rim / np.linalg.norm(rim, axis=1, keepdims=True))


def try_wedge(rng: np.random.Generator) -> Wedge | None:
    """One pose; None where the points lie deeper in the footprint than any noise puts them."""
    body = lidar_only_body()
    layer, points = _standing_among(body, random_points(body, rng))
    clearance_m = float(signed_clearance_m(body, np.zeros((1, 3)), points)[0])
    if clearance_m < -_DEEPEST_M:
        return None
    gains = motion_gains_m(body, SE2.identity(), points)
    passes = False
    for motion, gain in zip(MOTIONS, gains.tolist(), strict=True):
        if gain > _GAIN_M:
            verdict = layer.check(*motion, None, 0.1)
            moves = abs(verdict.speed_m_s) + abs(verdict.yaw_rate_rad_s) > 1e-6
            keeps = verdict.speed_scale > 0.0  # the same motion, slower or not
            passes |= moves and keeps
    return Wedge(clearance_m, bool((gains > _GAIN_M).any()), passes)


def _standing_among(body: BodyDescription, points: FloatArray) -> tuple[ReactiveLayer, FloatArray]:
    """A layer that has seen a turn of these points, and the points as it holds them."""
    lidar = body.lidar
    assert lidar is not None
    n, per = lidar.n_beams, lidar.n_beams // lidar.n_packets
    ranges = np.full(n, np.inf)
    angles = np.arctan2(points[:, 1], points[:, 0])
    beams = np.round((angles + np.pi) / (2.0 * np.pi) * n).astype(int) % n
    np.minimum.at(ranges, beams, np.hypot(points[:, 0], points[:, 1]))
    times = np.full(per, 0.1)
    rows = ranges.reshape(-1, per)
    packets = tuple(LidarPacket(0, per * k, times, row) for k, row in enumerate(rows))
    track, layer = OdometryTrack(), ReactiveLayer(body)
    track.extend([Odometry(0.1, SE2.identity(), 0.0, 0.0)])
    layer.update(SensorFrame(lidar=packets), track, 0.1)
    near = np.where(ranges < 1.0, ranges, np.nan).reshape(rows.shape)
    held = np.concatenate([smoothed(row) for row in near])
    seen = np.isfinite(held)
    at = lidar.beam_angles_rad()[seen]
    return layer, held[seen, None] * np.stack([np.cos(at), np.sin(at)], axis=1)


def time_to_come_free_s(rng: np.random.Generator, timeout_s: float = 10.0) -> float | None:
    """Seconds until a robot set among walls has 3 cm, or no motion gains; None: it never could.

    It asks four times a second for the motion that truly gains most, as a simple policy would.
    """
    body = lidar_only_body()
    segments = np.stack([_short_wall(body, rng) for _ in range(int(rng.integers(1, 5)))])
    robot = KinematicBody(segments, noise_m=0.01, seed=int(rng.integers(1 << 30)), description=body)
    loop = BodyLoop(robot, ReactiveLayer(body), BodyLoopConfig())
    if not 0.0 < robot.clearance_m() < _FREE_M:
        return None
    points = _points_of(segments)
    if not (motion_gains_m(body, robot.pose, points) > _GAIN_M).any():
        return None
    command = None
    for tick in range(1, round(timeout_s / 0.02)):
        now_s = 0.02 * tick
        if tick > 15 and tick % 5 == 0:
            gains = motion_gains_m(body, robot.pose, points)
            best = int(np.argmax(gains))
            if gains[best] < _GAIN_M or robot.clearance_m() > _FREE_M:
                return now_s
            command = constant_command(now_s, *MOTIONS[best])
        loop.step(command, now_s)
        if robot.clearance_m() <= 0.0 and robot.speed != 0.0:
            return math.inf
    return math.inf


def _short_wall(body: BodyDescription, rng: np.random.Generator) -> FloatArray:
    rim = body.rim_point_m(float(rng.uniform(-math.pi, math.pi)))
    middle = rim * (1.0 + rng.uniform(0.002, 0.06) / np.linalg.norm(rim))
    along = float(rng.uniform(-math.pi, math.pi))
    half = 0.5 * rng.uniform(0.03, 0.6) * np.array([math.cos(along), math.sin(along)])
    wall = np.stack([middle - half, middle + half])
    while rectangle_clearance_m(body.footprint_m, np.zeros((1, 3)), wall[None])[0] <= 0.002:
        wall = wall + 0.01 * rim / np.linalg.norm(rim)
    return np.asarray(wall)


def _points_of(segments: FloatArray) -> FloatArray:
    share = np.linspace(0.0, 1.0, 100)[:, None]
    return np.concatenate([a + share * (b - a) for a, b in segments])
