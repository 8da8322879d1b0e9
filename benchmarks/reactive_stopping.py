"""Things that appear before a moving robot, at or outside its stopping bound and inside it.

Real body loop and reactive layer over the kinematic body. A run-up to a speed is made once and
copied; in each copy a thing appears at a random moment and place on the robot's way. Equations are
those of `docs/maths/reactive.md`.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.body_loop import BodyLoop
from benchmarks.kinematic_body import KinematicBody, constant_command
from benchmarks.kinematic_place import Delays, Things
from benchmarks.plane_geometry import rectangle_clearance_m
from benchmarks.reactive_shapes import SHAPES, shape_segments
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription, Command
from navigation.reactive import ReactiveLayer
from navigation.stopping import StoppingBound, capped

_BRAIN_TICKS = 5
_SETTLE_S = 0.06
_MOVING_M_S = 0.02
_SEEN_M = 0.02
_BESIDE_M = 0.02  # nearer when it appears, the noise of a range may place it in the footprint
_SPEED_MIN_M_S, _YAW_RATE_MIN_RAD_S = 0.05, 0.1
_TRIES_PER_CASE = 40
_NO_WALLS = np.zeros((0, 2, 2))


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one appearance.

    Attributes:
        way_m: Of the footprint's farthest corner to the contact, had it gone on.
        bound_m: The bound at that twist.
        clearance_m: The least one; negative: contact.
        impact_m_s: Pace at the contact, 0 without one.
        physics_m_s: The pace that full braking from the first sight on would have had there.
        worst_m_s: The same for a sight as late as it can come: the promise.
    """

    shape: str
    speed_m_s: float
    yaw_rate_rad_s: float
    way_m: float
    bound_m: float
    clearance_m: float
    impact_m_s: float
    physics_m_s: float
    worst_m_s: float

    @property
    def is_outside(self) -> bool:
        return self.way_m >= self.bound_m


class RunUp:
    """A robot that drives at a constant twist, to be copied."""

    def __init__(
        self,
        body: BodyDescription,
        delays: Delays,
        twist: tuple[float, float],
        *,
        noise_m: float,
        seed: int,
    ) -> None:
        self.body = KinematicBody(
            _NO_WALLS, noise_m=noise_m, seed=seed, description=body, delays=delays.body
        )
        self.loop = BodyLoop(self.body, ReactiveLayer(body, delays.reactive), delays.loop)
        self.twist = twist
        self.bound = StoppingBound.of(body, delays.reactive)
        self.period_s = delays.loop.period_s
        self._tick = 0
        self._command: Command | None = None

    @property
    def now_s(self) -> float:
        return self._tick * self.period_s

    def step(self) -> None:
        self._tick += 1
        if self._tick % _BRAIN_TICKS == 0:
            self._command = constant_command(self.now_s, *self.twist)
        self.loop.step(self._command, self.now_s)

    def reach(self, timeout_s: float = 6.0) -> bool:
        """Drive until the twist is reached; false where the layer does not let it."""
        until_s = self.now_s + timeout_s
        while self.now_s < until_s:
            self.step()
            error = abs(self.body.speed - self.twist[0]) + abs(self.body.yaw_rate - self.twist[1])
            if error < 0.01:
                return True
        return False


def appearances(
    run: RunUp, rng: np.random.Generator, count: int, *, share_outside: float = 0.7
) -> Iterator[tuple[str, Things, float, float]]:
    """Random things on the robot's way: their shape, where they are, the way to them, and when."""
    bound_m = run.bound.distance_m(*run.twist)
    found = 0
    for _ in range(_TRIES_PER_CASE * count):
        if found == count:
            return
        is_outside = rng.random() < share_outside
        low_m, high_m = (bound_m, bound_m + 0.3) if is_outside else (0.3 * bound_m, bound_m)
        later_s = float(rng.uniform(0.0, 0.02))
        until_m = run.bound.pace_m_s(*run.twist) * later_s
        shape = str(rng.choice(_visible_shapes(run)))
        segments, height_m = shape_segments(shape, rng)
        way_m = float(rng.uniform(low_m, high_m)) + until_m
        placed = _on_the_way(run, segments, way_m, rng)
        true_way_m = way_to_contact_m(run, placed, high_m + 0.5) - until_m
        if not low_m <= true_way_m <= high_m:
            continue
        if not _is_seen(run, placed, height_m, true_way_m + until_m):
            continue
        found += 1
        things = Things(placed, np.full(len(placed), height_m))
        yield shape, things, true_way_m, run.body.time_s + later_s


def _is_seen(run: RunUp, placed: FloatArray, height_m: float, way_m: float) -> bool:
    """Whether a sensor can see what would be met, and tell it from what touches already."""
    body = run.body
    seen_way_m = way_to_contact_m(run, body.seen_of(placed, height_m), way_m + 2.0 * _SEEN_M)
    beside = rectangle_clearance_m(body.description.footprint_m, body.pose.as_array()[None], placed)
    return seen_way_m <= way_m + _SEEN_M and float(beside[0]) > _BESIDE_M


def way_to_contact_m(run: RunUp, segments: FloatArray, way_max_m: float) -> float:
    """Way of the farthest corner along the arc until the footprint touches; inf without."""
    ways = np.arange(0.0, way_max_m, 0.005)
    poses = _poses_on_arc(run, ways)
    clearance = rectangle_clearance_m(run.body.description.footprint_m, poses, segments)
    touching = np.flatnonzero(clearance <= 0.0)
    return float(ways[touching[0]]) if touching.size else math.inf


def try_appearance(run: RunUp, shape: str, things: Things, way_m: float, at_s: float) -> Trial:
    """One appearance in a copy of a run-up."""
    one: RunUp = pickle.loads(pickle.dumps(run, pickle.HIGHEST_PROTOCOL))  # a quick deep copy
    body = one.body
    body.appearing = (at_s, things)
    pace = one.bound.pace_m_s(*one.twist)
    least_m, impact = math.inf, 0.0
    standing_s = 0.0
    limit_s = at_s + one.bound.delay_s + 2.0 * one.bound.braking_s(*one.twist) + 0.4
    while one.now_s < limit_s and standing_s < _SETTLE_S:
        one.step()
        now_pace = one.bound.pace_m_s(body.speed, body.yaw_rate)
        is_moving = now_pace > _MOVING_M_S
        standing_s = 0.0 if is_moving else standing_s + one.period_s
        least_m = min(least_m, body.clearance_m())
        if least_m <= 0.0:
            impact = now_pace
            break
    seen_s = min(body.first_seen_s, limit_s) - at_s
    physics = _impact(one, pace, way_m, _true_delay_s(one, seen_s, shape))
    worst = _impact(one, pace, way_m, one.bound.delay_s)
    bound_m = one.bound.distance_m(*one.twist)
    return Trial(shape, *one.twist, way_m, bound_m, least_m, impact, physics, worst)


def stopping_trials(
    body: BodyDescription,
    rng: np.random.Generator,
    twist: tuple[float, float],
    count: int,
    *,
    delays: Delays | None = None,
    noise_m: float = 0.0,
) -> list[Trial]:
    """Appearances before one robot at one twist; the twist is scaled where a cap forbids it."""
    delays = delays or Delays.draw(rng)
    body = capped(body, delays.reactive)
    twist = _within(body, twist)
    run = RunUp(body, delays, twist, noise_m=noise_m, seed=int(rng.integers(1 << 30)))
    if not run.reach():
        return []
    trials = []
    for shape, things, way_m, at_s in appearances(run, rng, count):
        trials.append(try_appearance(run, shape, things, way_m, at_s))
        for _ in range(int(rng.integers(1, 4))):
            run.step()
    return trials


def random_twist(rng: np.random.Generator, body: BodyDescription) -> tuple[float, float]:
    """From all speeds: straight, on an arc, or turning in place."""
    limits, kind = body.limits, rng.integers(4)
    speed = float(rng.uniform(-limits.reverse_speed_max_m_s, limits.speed_max_m_s))
    yaw_rate = float(rng.uniform(-1.0, 1.0) * limits.yaw_rate_max_rad_s)
    if kind == 0:
        return speed, 0.0
    if kind == 1:
        return 0.0, yaw_rate
    return (limits.speed_max_m_s, yaw_rate) if kind == 2 else (speed, yaw_rate)


def _within(body: BodyDescription, twist: tuple[float, float]) -> tuple[float, float]:
    limits = body.limits
    speed = min(max(twist[0], -limits.reverse_speed_max_m_s), limits.speed_max_m_s)
    if abs(speed) < _SPEED_MIN_M_S and abs(twist[1]) < _YAW_RATE_MIN_RAD_S:
        return _SPEED_MIN_M_S, 0.0
    return speed, twist[1]


def _visible_shapes(run: RunUp) -> list[str]:
    sees_low = run.body.description.depth is not None
    is_straight_on = run.twist[0] > 0.0 and abs(run.twist[1]) < 0.3 * run.twist[0]
    return [s for s in SHAPES if s != "low box" or (sees_low and is_straight_on)]


def _poses_on_arc(run: RunUp, ways_m: FloatArray) -> FloatArray:
    """Poses (J, 3) after ways of the farthest corner along the present arc."""
    v, w = run.body.speed, run.body.yaw_rate
    times_s = ways_m / run.bound.pace_m_s(v, w)
    start = run.body.pose
    yaw = start.yaw_rad + w * times_s
    half = 0.5 * w * times_s
    chord = v * times_s * np.sinc(half / np.pi)
    middle = start.yaw_rad + half
    x, y = start.x_m + chord * np.cos(middle), start.y_m + chord * np.sin(middle)
    return np.stack([x, y, yaw], axis=1)


def _on_the_way(
    run: RunUp, segments: FloatArray, way_m: float, rng: np.random.Generator
) -> FloatArray:
    """The shape set against a random point of the footprint as it will be after `way_m`."""
    pose = SE2(*_poses_on_arc(run, np.array([way_m]))[0].tolist())
    rim = run.body.description.rim_point_m(float(rng.uniform(-math.pi, math.pi)))
    at = pose.apply(rim)
    outward = math.atan2(*(pose.apply(1.2 * rim) - at)[::-1]) + float(rng.uniform(-1.2, 1.2))
    turned = SE2(0.0, 0.0, outward).apply(segments.reshape(-1, 2))
    near = turned[np.argmin(turned @ np.array([math.cos(outward), math.sin(outward)]))]
    return np.asarray((turned - near + at).reshape(-1, 2, 2))


def _true_delay_s(run: RunUp, seen_s: float, shape: str) -> float:
    """From an appearance to braking wheels, as it was."""
    depth, delays = run.body.description.depth, run.body.delays
    confirm_s = 1.0 / depth.rate_hz + 0.02 if shape == "low box" and depth else 0.0
    return seen_s + confirm_s + delays.command_s + delays.lag_s + 0.005


def _impact(run: RunUp, pace: float, way_m: float, delay_s: float) -> float:
    """Equation (7): the pace at the contact after a delay and full braking."""
    braking_s = run.bound.braking_s(*run.twist)
    left_m = way_m - pace * delay_s
    if left_m <= 0.0 or braking_s <= 0.0:
        return pace
    return math.sqrt(max(0.0, pace**2 - 2.0 * pace / braking_s * left_m))
