"""How gracefully a robot moved: measures of its true motion at 50 Hz, in the words of the design.

Pure functions of arrays, verified on motions known in closed form. Jerk itself is measured by
`drivers.simulation.metrics.JerkMeter`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.metrics import MOVING_SPEED_M_S, MOVING_YAW_RATE_RAD_S, JerkMeter
from homebody.geometry import FloatArray
from homebody.messages import MotionLimits

RATE_HZ = 50.0
PERSON_RADIUS_M = 0.25
ZONES_M = {"intimate": 0.45, "personal": 1.2, "social": 3.6}
_STANDING_SPEED_M_S = 0.03
_STOP_MIN_S = 0.2


@dataclass(frozen=True, slots=True)
class MotionLog:
    """True motion at 50 Hz: poses (N, 3), twists (N, 2) and people (N, M, 2), home frame."""

    xyt: FloatArray
    twist: FloatArray
    people_m: FloatArray

    @property
    def is_moving(self) -> NDArray[np.bool_]:
        """Faster than 0.05 m/s or 0.1 rad/s, shape (N,)."""
        speed, yaw_rate = np.abs(self.twist).T
        return np.asarray((speed > MOVING_SPEED_M_S) | (yaw_rate > MOVING_YAW_RATE_RAD_S))


@dataclass(frozen=True, slots=True)
class Smoothness:
    jerk_m_s3: float
    angular_jerk_rad_s3: float
    log_dimensionless_jerk: float


def smoothness(twist: FloatArray) -> Smoothness:
    """Jerk of speeds and yaw rates (N, 2) at 50 Hz, RMS while moving."""
    meter = JerkMeter(RATE_HZ)
    for speed, yaw_rate in twist.tolist():
        meter.add(speed, yaw_rate)
    return Smoothness(
        meter.jerk_rms_m_s3, meter.angular_jerk_rms_rad_s3, meter.log_dimensionless_jerk
    )


def n_reversals(speed_m_s: FloatArray) -> int:
    """How often the direction of driving changed, slower than 0.05 m/s not counted."""
    driven = np.sign(speed_m_s[np.abs(speed_m_s) > MOVING_SPEED_M_S])
    return int((driven[1:] != driven[:-1]).sum())


def n_stops(log: MotionLog) -> int:
    """How often it stood for 0.2 s or longer between its first and its last motion."""
    driving = np.flatnonzero(np.abs(log.twist[:, 0]) > MOVING_SPEED_M_S)
    if not len(driving):
        return 0
    speed = np.abs(log.twist[driving[0] : driving[-1] + 1, 0])
    edges = np.diff(np.concatenate(([0], speed < _STANDING_SPEED_M_S, [0])).astype(np.int8))
    durations = np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)
    return int((durations >= round(_STOP_MIN_S * RATE_HZ)).sum())


def gaps_m(xyt: FloatArray, people_m: FloatArray, footprint_m: FloatArray) -> FloatArray:
    """From the footprint's surface to each person's outline, shape (N, M); 0 in contact.

    Args:
        xyt: Robot poses (N, 3).
        people_m: Centres (N, M, 2).
        footprint_m: Convex polygon, counter-clockwise, in the robot frame, shape (P, 2).
    """
    away = people_m - xyt[:, None, :2]
    cos, sin = np.cos(xyt[:, None, 2]), np.sin(xyt[:, None, 2])
    local = np.stack(
        [cos * away[..., 0] + sin * away[..., 1], cos * away[..., 1] - sin * away[..., 0]], axis=-1
    )
    edges = np.roll(footprint_m, -1, axis=0) - footprint_m
    along = ((local[..., None, :] - footprint_m) * edges).sum(-1) / (edges**2).sum(-1)
    foot = footprint_m + np.clip(along, 0.0, 1.0)[..., None] * edges
    outside = np.linalg.norm(local[..., None, :] - foot, axis=-1).min(axis=-1)
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    beyond = ((local[..., None, :] - footprint_m) * normals).sum(-1)
    distance = np.where((beyond <= 0.0).all(axis=-1), 0.0, outside)
    return np.asarray(np.maximum(distance - PERSON_RADIUS_M, 0.0))


def zone_times_s(log: MotionLog, footprint_m: FloatArray) -> dict[str, float]:
    """Time spent moving within each zone of somebody, where standing at the start would not be."""
    if not log.people_m.shape[1]:
        return dict.fromkeys(ZONES_M, 0.0)
    nearest = gaps_m(log.xyt, log.people_m, footprint_m).min(axis=1)
    start = np.broadcast_to(log.xyt[0], log.xyt.shape)
    standing = gaps_m(start, log.people_m, footprint_m).min(axis=1)
    times = {}
    for zone, reach_m in ZONES_M.items():
        is_intruding = log.is_moving & (nearest < reach_m) & (standing >= reach_m)
        times[zone] = float(is_intruding.sum()) / RATE_HZ
    return times


def ideal_time_s(length_m: float, limits: MotionLimits) -> float:
    """The least time for a straight way from rest to rest within the comfort limits.

    Speed up and down with jerk-limited ramps; on a short way the top speed is not reached.
    """
    top = limits.speed_max_m_s
    if _ramp_m(top, limits) > 0.5 * length_m:
        low, high = 0.0, top
        for _ in range(60):
            top = 0.5 * (low + high)
            low, high = (top, high) if _ramp_m(top, limits) < 0.5 * length_m else (low, top)
    if top <= 0.0:
        return 0.0
    return 2.0 * _ramp_s(top, limits) + (length_m - 2.0 * _ramp_m(top, limits)) / top


def _ramp_s(speed: float, limits: MotionLimits) -> float:
    """Duration of a ramp from rest: a triangle of acceleration, cut where its limit is reached."""
    accel, jerk = limits.accel_max_m_s2, limits.jerk_max_m_s3
    if speed < accel**2 / jerk:
        return 2.0 * math.sqrt(speed / jerk)
    return speed / accel + accel / jerk


def _ramp_m(speed: float, limits: MotionLimits) -> float:
    """A ramp is symmetric, so its mean speed is half its last."""
    return 0.5 * speed * _ramp_s(speed, limits)
