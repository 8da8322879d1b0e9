"""A broad set of distinct manoeuvres to start from: arcs, turns, stops, backing up, and guesses.

Some are fixed, some aim where the guidance leads at several distances, the rest are random but
drawn once, so that two cycles that see the same decide the same. Cost: 0.2 ms.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.messages import MotionLimits
from navigation.local_planner.guidance import Guidance
from navigation.local_planner.trajectory_space import (
    N_NUMBERS,
    SWITCH_1,
    SWITCH_2,
    YAW_RATE_1,
    YAW_RATE_2,
    Kind,
    Manoeuvres,
    TrajectorySpace,
)

_RING_RADII_M = (0.3, 0.6, 1.0, 1.6)
_RING_ANGLES = 48
_ALIGNED_RAD = 0.03
_LAUNCH_SHARES = (0.6, 0.8)  # of a turn, after which it is time to drive off


class BroadSample:
    """Makes the first stage's candidates.

    Args:
        n_samples: How many in all, the braking ones included.
    """

    def __init__(
        self,
        limits: MotionLimits,
        space: TrajectorySpace,
        n_samples: int,
        rng: np.random.Generator,
    ) -> None:
        fixed = _fixed(limits, space)
        self._guided = _Guided(limits, space)
        n_random = max(n_samples - len(fixed) - len(self._guided), 0)
        self._constant = Manoeuvres.joined([fixed, _random(n_random, limits, space, rng)])
        angles = 2.0 * np.pi * np.arange(_RING_ANGLES) / _RING_ANGLES
        radii = np.array(_RING_RADII_M)[:, None]
        self._angles = angles
        self._ring_x = (radii * np.cos(angles)).astype(np.float32)
        self._ring_y = (radii * np.sin(angles)).astype(np.float32)

    def make(self, guidance: Guidance, yaw_rad: float, yaw_rate_rad_s: float) -> Manoeuvres:
        """The candidates of one cycle; the first two are emergency and comfort braking."""
        yaw = np.full_like(self._ring_x, yaw_rad)
        remaining = guidance.remaining_s(self._ring_x, self._ring_y, yaw)
        best = self._angles[np.argmin(remaining, axis=1)]
        bearings = (best - yaw_rad + np.pi) % (2.0 * np.pi) - np.pi
        return Manoeuvres.joined([self._constant, self._guided.make(bearings, yaw_rate_rad_s)])


def braking() -> Manoeuvres:
    """Full braking, in an emergency and in comfort."""
    kind = np.array([Kind.EMERGENCY, Kind.COMFORT], dtype=np.intp)
    return Manoeuvres(np.zeros((2, N_NUMBERS)), kind)


def _fixed(limits: MotionLimits, space: TrajectorySpace) -> Manoeuvres:
    top, back, horizon = limits.speed_max_m_s, limits.reverse_speed_max_m_s, space.horizon_s
    turn, hard = space.yaw_rate_comfort, limits.yaw_rate_max_rad_s
    turns = np.array([-1.0, -0.6, -0.25, -0.1, 0.0, 0.1, 0.25, 0.6, 1.0]) * turn
    speeds = np.array([-back, 0.0, 0.3 * top, 0.6 * top, top])
    constant = _grid(speeds, turns)
    arcs = _rows(constant[:, 0], constant[:, 0], constant[:, 1], constant[:, 1], horizon, horizon)
    stops = _grid(np.array([-0.5 * back, 0.15, 0.35, 0.7, 1.0]), np.array([0.3, 0.7, 1.2, 1.8]))
    stopping = _rows(stops[:, 0] * top, 0.0, 0.0, 0.0, stops[:, 1], horizon)
    hard_turns = _grid(np.array([0.0, 0.3, 0.6]) * top, np.array([-hard, hard]))
    hardest = _rows(hard_turns[:, 0], hard_turns[:, 0], hard_turns[:, 1], 0.0, 1.0, 1.0)
    sides = _grid(np.array([0.5, 1.0]) * top, np.array([-0.6, -0.35, 0.35, 0.6]) * turn)
    lane_changes = _rows(sides[:, 0], sides[:, 0], sides[:, 1], -sides[:, 1], 0.8, 1.6)
    return Manoeuvres.joined(
        [
            braking(),
            _of_kind(np.vstack([arcs, stopping, lane_changes]), Kind.COMFORT),
            _of_kind(hardest, Kind.HARD_TURN),
        ]
    )


class _Guided:
    """Toward where the field leads: turn first then go, and arcs through the ring's best point.

    The best turn about drives off before the turn is over. Nothing random comes near that, and
    what comes near by refinement differs from seed to seed, so it is among the guesses.
    """

    def __init__(self, limits: MotionLimits, space: TrajectorySpace) -> None:
        top, self._horizon_s = limits.speed_max_m_s, space.horizon_s
        self._ramp = space.yaw_ramp_comfort
        rates = np.array([0.5, 1.0]) * space.yaw_rate_comfort
        turns = [(r, a * top, b * top) for r in rates for a, b in ((0, 0.4), (0, 1.0), (0.15, 1.0))]
        self._rates = np.array([t[0] for t in turns])[:, None]
        self._arc_speeds = np.array([0.3, 0.6, 1.0])[:, None] * top
        n_rings = len(_RING_RADII_M)
        n_turns, n_arcs = len(turns) * n_rings, len(self._arc_speeds) * n_rings
        n_launches = len(_LAUNCH_SHARES) * n_rings
        self._template = np.zeros((n_turns + n_arcs + n_launches, N_NUMBERS))
        self._template[:n_turns, :2] = np.repeat([t[1:] for t in turns], n_rings, axis=0)
        self._template[n_turns : n_turns + n_arcs, 0] = np.repeat(self._arc_speeds, n_rings)
        self._template[n_turns:, 1] = top
        self._template[:, SWITCH_2] = self._horizon_s
        self._first_launch = n_turns + n_arcs
        self._kind = np.full(len(self._template), Kind.COMFORT, dtype=np.intp)

    def __len__(self) -> int:
        return len(self._kind)

    def make(self, bearings: FloatArray, yaw_rate_rad_s: float) -> Manoeuvres:
        """From one bearing per ring, relative to the robot, that turns already."""
        numbers = self._template.copy()
        size = np.maximum(np.abs(bearings), _ALIGNED_RAD)
        side = np.where(bearings < 0.0, -1.0, 1.0)
        arcs = 2.0 * self._arc_speeds * np.sin(size) / np.array(_RING_RADII_M)
        turn_s = self._time_s(size, self._rates, side * yaw_rate_rad_s)
        arc_s = self._time_s(2.0 * size, np.maximum(arcs, 0.05), side * yaw_rate_rad_s)
        early, turns = self._first_launch, side * self._rates
        numbers[:early, YAW_RATE_1] = np.concatenate([turns.ravel(), (side * arcs).ravel()])
        numbers[:early, SWITCH_1] = np.concatenate([turn_s.ravel(), arc_s.ravel()])
        launches = numbers[early:].reshape(len(_LAUNCH_SHARES), len(bearings), N_NUMBERS)
        launches[..., YAW_RATE_1] = launches[..., YAW_RATE_2] = turns[-1]
        launches[..., SWITCH_2] = turn_s[-1]
        launches[..., SWITCH_1] = np.array(_LAUNCH_SHARES)[:, None] * turn_s[-1]
        return Manoeuvres(numbers, self._kind)

    def _time_s(self, angle: FloatArray, rate: FloatArray, start_rate: FloatArray) -> FloatArray:
        """How long a yaw rate is to be aimed at so that, ramps included, an angle is turned.

        Ramping down from the rate takes the body further, ramping up to it costs some; who leaves
        that out turns too far whenever the robot is turning already. Equation (30).
        """
        rising = rate - start_rate
        lost = 0.5 * rising * _ramp_s(np.abs(rising), *self._ramp)
        gained = 0.5 * rate * _ramp_s(rate, *self._ramp)
        time_s = (angle + lost - gained) / rate
        return np.asarray(np.clip(time_s, 0.0, self._horizon_s))


def _ramp_s(change: FloatArray, accel_max: float, jerk_max: float) -> FloatArray:
    """Duration of a ramp between two rates, from and to no acceleration."""
    short_s = 2.0 * np.sqrt(change / jerk_max)
    is_short = change < accel_max**2 / jerk_max
    return np.where(is_short, short_s, change / accel_max + accel_max / jerk_max)


def _random(
    n_samples: int, limits: MotionLimits, space: TrajectorySpace, rng: np.random.Generator
) -> Manoeuvres:
    top, back, horizon = limits.speed_max_m_s, limits.reverse_speed_max_m_s, space.horizon_s
    speeds = rng.uniform(-back, 1.2 * top, size=(n_samples, 2))
    is_standing = rng.random(size=(n_samples, 2)) < 0.15
    turns = rng.normal(0.0, 0.6 * space.yaw_rate_comfort, size=(n_samples, 2))
    switches = np.sort(rng.uniform(0.0, 1.1 * horizon, size=(n_samples, 2)), axis=1)
    numbers = np.hstack([np.where(is_standing, 0.0, speeds), turns, switches])
    return _of_kind(numbers, Kind.COMFORT)


def _grid(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)


def _rows(*columns: FloatArray | float) -> FloatArray:
    return np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.float64)


def _of_kind(numbers: FloatArray, kind: Kind) -> Manoeuvres:
    return Manoeuvres(numbers, np.full(len(numbers), kind, dtype=np.intp))
