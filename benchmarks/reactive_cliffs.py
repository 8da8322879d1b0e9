"""A stair edge at every angle, forwards, backwards, on arcs and turning.

The kinematic body comes to a straight edge of a drop from any side; it falls where one of its two
wheels, on the axle through its origin, is over the drop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.body_config import BodyLoopConfig
from app.body_loop import BodyLoop
from benchmarks.kinematic_body import KinematicBody, constant_command
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from navigation.reactive import ReactiveLayer
from navigation.reactive_config import ReactiveConfig
from navigation.stopping import capped

_NO_WALLS = np.zeros((0, 2, 2))
_WHEELS_M = np.array([[0.0, 0.10], [0.0, -0.10]])
_BIG_M = 20.0
_PERIOD_S = 0.02
_LOOK_FIRST_S = 0.4
_APPROACH_S, _LEAVE_S = 5.0, 3.0
_LEAVING_M_S = 0.3


@dataclass(frozen=True, slots=True)
class CliffTrial:
    """One approach.

    Attributes:
        approach: "ahead", "behind", "arc" or "turn".
        edge_yaw_rad: From the robot's x axis to the edge's normal, into the drop.
        has_fallen: A wheel was over the drop.
        overhang_m: Of the footprint over the edge, at most.
        got_away: It came away from the edge afterwards, told to go the other way.
    """

    approach: str
    edge_yaw_rad: float
    has_fallen: bool
    overhang_m: float
    got_away: bool


def half_plane(distance_m: float, yaw_rad: float) -> FloatArray:
    """A drop beyond a straight edge at a distance from the origin, as a polygon (4, 2)."""
    far = np.array([[0.0, -_BIG_M], [_BIG_M, -_BIG_M], [_BIG_M, _BIG_M], [0.0, _BIG_M]])
    return SE2(distance_m * math.cos(yaw_rad), distance_m * math.sin(yaw_rad), yaw_rad).apply(far)


def approach_edge(body: BodyDescription, approach: str, rng: np.random.Generator) -> CliffTrial:
    """Drive at full speed towards an edge at a random angle, then the other way."""
    config = ReactiveConfig()
    body = capped(body, config)
    speed, yaw_rate = _twist(body, approach, rng)
    yaw = float(rng.uniform(-1.35, 1.35)) + (math.pi if speed < 0.0 else 0.0)
    if approach == "turn":
        yaw = float(rng.uniform(-math.pi, math.pi))
    near_m = body.circumscribed_radius_m if approach != "turn" else body.inscribed_radius_m + 0.02
    distance_m = near_m + float(rng.uniform(0.01, 1.2 if approach != "turn" else 0.1))
    edge = half_plane(distance_m, yaw)
    robot = KinematicBody(
        _NO_WALLS,
        noise_m=0.01,
        seed=int(rng.integers(1 << 30)),
        description=body,
        drops=(edge,),
    )
    loop = BodyLoop(robot, ReactiveLayer(body, config), BodyLoopConfig())
    command, worst_m, has_fallen = None, -math.inf, False
    held_m = 0.0
    for tick in range(1, round((_APPROACH_S + _LEAVE_S) / _PERIOD_S)):
        now_s, is_leaving = tick * _PERIOD_S, tick * _PERIOD_S > _APPROACH_S
        if tick % 5 == 0:
            wanted = (speed, yaw_rate)
            if is_leaving:  # straight, whichever way leads off the rim: an arc may have turned it
                towards = math.cos(robot.pose.yaw_rad - yaw)
                wanted = (-math.copysign(_LEAVING_M_S, towards), 0.0)
            command = constant_command(now_s, *wanted)
        loop.step(command if now_s > _LOOK_FIRST_S else None, now_s)
        over = _beyond_m(robot.pose, edge_normal(yaw), distance_m, body.footprint_m)
        worst_m = max(worst_m, over)
        wheels = wheels_beyond_m(robot.pose, edge_normal(yaw), distance_m)
        has_fallen |= wheels > 0.0
        if is_leaving and (speed == 0.0 or has_fallen):
            break
        if not is_leaving:
            held_m = over
    over = _beyond_m(robot.pose, edge_normal(yaw), distance_m, body.footprint_m)
    got_away = speed == 0.0 or worst_m < 0.0 or over < held_m - 0.02
    return CliffTrial(approach, yaw, has_fallen, max(0.0, worst_m), got_away)


def edge_normal(yaw_rad: float) -> FloatArray:
    """Unit normal into the drop, shape (2,)."""
    return np.array([math.cos(yaw_rad), math.sin(yaw_rad)])


def wheels_beyond_m(pose: SE2, normal: FloatArray, distance_m: float) -> float:
    """How far the wheels are beyond an edge."""
    return _beyond_m(pose, normal, distance_m, _WHEELS_M)


def _beyond_m(pose: SE2, normal: FloatArray, distance_m: float, points_m: FloatArray) -> float:
    return float((pose.apply(points_m) @ normal).max() - distance_m)


def _twist(body: BodyDescription, approach: str, rng: np.random.Generator) -> tuple[float, float]:
    limits = body.limits
    side = float(rng.choice([-1.0, 1.0]))
    if approach == "ahead":
        return limits.speed_max_m_s, 0.0
    if approach == "behind":
        return -limits.reverse_speed_max_m_s, float(rng.uniform(-0.3, 0.3))
    if approach == "arc":
        return limits.speed_max_m_s, side * float(rng.uniform(0.2, 2.5))
    return 0.0, side * limits.yaw_rate_max_rad_s
