"""The stopping and stair cases once more, in the simulated home itself: MuJoCo, slip and all.

The robot is the whole one in lock step but for its brain, which asks for one twist for ever. A run
without the thing tells where the robot is at speed; with the same seed the next one is the same up
to the moment at which the thing appears, at or outside the bound of `docs/maths/reactive.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.brain_parts import BrainOutput
from app.config import HomebodyConfig, load_config
from app.lockstep import LockStepRobot
from app.setting import Setting
from benchmarks.common import Row
from benchmarks.kinematic_body import constant_command
from benchmarks.plane_geometry import rectangle_clearance_m
from benchmarks.reactive_cliffs import edge_normal, half_plane, wheels_beyond_m
from drivers.simulation.homes.home import Box, Home
from drivers.simulation.scenario import ObjectPlan, Scenario, TimedPose
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from navigation.stopping import StoppingBound, capped

_SIDE_M = 12.0
_START_S = 0.6  # the sensors have looked round by then
_SPREAD_M = 0.3
_WAY_STEP_M = 0.01
_TRIES = 40
_RUN_UP_S, _AFTER_S = 2.2, 1.5
_APPROACH_S = 6.0
_Twist = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Moment:
    pose: SE2
    speed_m_s: float
    yaw_rate_rad_s: float
    time_s: float


class _Driven(LockStepRobot):
    """Asks for one twist from `_START_S` on."""

    twist: _Twist = (0.0, 0.0)

    def _step_brain(self, now_s: float) -> BrainOutput | None:
        twist = self.twist if now_s >= _START_S else (0.0, 0.0)
        self._commands.append((now_s, constant_command(now_s, *twist)))
        return None


def hall(drops: tuple[FloatArray, ...] = ()) -> Home:
    """A square room, its middle at the origin of nothing: 12 m by 12 m, floor but for the drops."""
    half, t = 0.5 * _SIDE_M, 0.05
    walls = (
        Box(half, -t, half, t),
        Box(half, _SIDE_M + t, half, t),
        Box(-t, half, t, half),
        Box(_SIDE_M + t, half, t, half),
    )
    return Home("hall", walls, (0.0, 0.0, _SIDE_M, _SIDE_M), SE2(half, half, 0.0), drops=drops)


def appearance_row(name: str, n: int, seed: int) -> Row:
    """Things that appear before the robot at speed, straight on, backwards and on arcs."""
    rng, config = np.random.default_rng(seed), load_config()
    clearances, hits = [], 0
    for _ in range(n):
        clearance_m, touches = try_appearance(config, rng)
        clearances.append(clearance_m)
        hits += touches
    return {
        "case": name,
        "seed": seed,
        "n": n,
        "outside": n,
        "contacts": hits,
        "margin_min_m": min(clearances),
        "inside": 0,
    }


def stairs_row(name: str, n: int, seed: int) -> Row:
    """Stair edges at random angles, approached at full speed ahead, behind and on arcs."""
    rng, config = np.random.default_rng(seed), load_config()
    over_m = [try_stairs(config, rng) for _ in range(n)]
    return {
        "case": name,
        "seed": seed,
        "n": n,
        "fallen": sum(m > 0.0 for m in over_m),
        "note": f"the wheels stood at least {-max(over_m):.3f} m from the edge",
    }


def try_appearance(config: HomebodyConfig, rng: np.random.Generator) -> tuple[float, int]:
    """Least clearance to one thing [m], and how often it was touched."""
    body = capped(config.body_description(), config.reactive)
    twist, seed = _twist(body, rng), int(rng.integers(1 << 30))
    bound = StoppingBound.of(body, config.reactive)
    at = _drive(config, hall(), Scenario(), seed, twist, _RUN_UP_S)[-1]
    way_m = bound.distance_m(at.speed_m_s, at.yaw_rate_rad_s)
    thing, corners_m = _thing(body, at, bound, way_m + float(rng.uniform(0.0, _SPREAD_M)), rng)
    plan = ObjectPlan(
        name="thing",
        size_m=thing,
        poses=(TimedPose(**_placed(corners_m), at_s=at.time_s),),
    )
    until_s = at.time_s + bound.delay_s + bound.braking_s(*twist) + _AFTER_S
    moments = _drive(config, hall(), Scenario(objects=(plan,)), seed, twist, until_s)
    poses = np.array([m.pose.as_array() for m in moments if m.time_s > at.time_s])
    clearance_m = float(rectangle_clearance_m(body.footprint_m, poses, _sides(corners_m)).min())
    return clearance_m, int(clearance_m <= 0.0)


def try_stairs(config: HomebodyConfig, rng: np.random.Generator) -> float:
    """How far the wheels came over one edge [m]; negative: how far they stayed away."""
    body = capped(config.body_description(), config.reactive)
    twist, seed = _twist(body, rng), int(rng.integers(1 << 30))
    yaw = float(rng.uniform(-1.2, 1.2)) + (math.pi if twist[0] < 0.0 else 0.0)
    distance_m = body.circumscribed_radius_m + float(rng.uniform(0.3, 1.5))
    T_home_start = hall().start
    edge = T_home_start.apply(half_plane(distance_m, yaw))
    moments = _drive(config, hall((edge,)), Scenario(), seed, twist, _APPROACH_S)
    here = [T_home_start.inverse() @ m.pose for m in moments]
    return max(wheels_beyond_m(pose, edge_normal(yaw), distance_m) for pose in here)


def _twist(body: BodyDescription, rng: np.random.Generator) -> _Twist:
    limits, kind = body.limits, int(rng.integers(3))
    if kind == 0:
        return float(rng.uniform(0.4, 1.0)) * limits.speed_max_m_s, 0.0
    if kind == 1:
        return -limits.reverse_speed_max_m_s, 0.0
    return limits.speed_max_m_s, float(rng.uniform(-1.5, 1.5))


def _drive(
    config: HomebodyConfig,
    home: Home,
    scenario: Scenario,
    seed: int,
    twist: _Twist,
    until_s: float,
) -> list[_Moment]:
    """The truth at every tick."""
    setting = Setting(home, scenario.starting_at(home.start), home.start, seed)
    robot = _Driven(setting, config)
    robot.twist = twist
    moments = []
    while robot.now_s < until_s:
        robot.step()
        truth = robot.truth.truth
        moments.append(
            _Moment(truth.T_home_robot, truth.speed_m_s, truth.yaw_rate_rad_s, robot.now_s)
        )
    return moments


def _thing(
    body: BodyDescription, at: _Moment, bound: StoppingBound, way_m: float, rng: np.random.Generator
) -> tuple[tuple[float, float, float], FloatArray]:
    """A box against the footprint as it would be after a way on its arc: its size and corners."""
    pace = bound.pace_m_s(at.speed_m_s, at.yaw_rate_rad_s)
    ways = np.arange(0.0, way_m + 0.5, _WAY_STEP_M)
    poses = _on_arc(at, ways / pace)
    ahead = 0.0 if at.speed_m_s > 0.0 else math.pi
    for _ in range(_TRIES):
        length, width = rng.uniform(0.06, 0.5, 2).tolist()
        there = SE2(*poses[int(way_m / _WAY_STEP_M)].tolist())
        rim = body.rim_point_m(ahead + float(rng.uniform(-0.4, 0.4)))
        x, y = there.apply(rim).tolist()
        turned = SE2(x, y, there.yaw_rad + ahead + float(rng.uniform(-0.5, 0.5)))
        half = 0.5 * np.array([length, width])
        corners = turned.apply(
            np.array([[0.0, -1.0], [2.0, -1.0], [2.0, 1.0], [0.0, 1.0]]) * half + [0.02, 0.0]
        )
        touching = rectangle_clearance_m(body.footprint_m, poses, _sides(corners)) <= 0.0
        first_m = float(ways[np.argmax(touching)]) if touching.any() else math.inf
        if way_m - _WAY_STEP_M <= first_m <= way_m + _SPREAD_M:
            return (length, width, 1.0), corners
    raise ValueError("no place for a thing was found")


def _on_arc(at: _Moment, times_s: FloatArray) -> FloatArray:
    """Poses (J, 3) after times at the present twist."""
    half = 0.5 * at.yaw_rate_rad_s * times_s
    chord, middle = at.speed_m_s * times_s * np.sinc(half / np.pi), at.pose.yaw_rad + half
    x, y = at.pose.x_m + chord * np.cos(middle), at.pose.y_m + chord * np.sin(middle)
    return np.stack([x, y, at.pose.yaw_rad + 2.0 * half], axis=1)


def _sides(corners_m: FloatArray) -> FloatArray:
    return np.stack([corners_m, np.roll(corners_m, -1, axis=0)], axis=1)


def _placed(corners_m: FloatArray) -> dict[str, float]:
    """Centre and yaw of a box by its corners, the first side being its near one."""
    x, y = corners_m.mean(axis=0).tolist()
    along = corners_m[1] - corners_m[0]
    return {"x_m": x, "y_m": y, "yaw_rad": math.atan2(along[1], along[0])}
