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
    Kind,
    Manoeuvres,
    TrajectorySpace,
)

_RING_RADII_M = (0.3, 0.6, 1.0, 1.6)
_RING_ANGLES = 48
_ALIGNED_RAD = 0.03


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

    def make(self, guidance: Guidance, yaw_rad: float) -> Manoeuvres:
        """The candidates of one cycle; the first two are emergency and comfort braking."""
        yaw = np.full_like(self._ring_x, yaw_rad)
        remaining = guidance.remaining_s(self._ring_x, self._ring_y, yaw)
        best = self._angles[np.argmin(remaining, axis=1)]
        bearings = (best - yaw_rad + np.pi) % (2.0 * np.pi) - np.pi
        return Manoeuvres.joined([self._constant, self._guided.make(bearings)])


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
    """Toward where the field leads: turn first then go, and arcs through the ring's best point."""

    def __init__(self, limits: MotionLimits, space: TrajectorySpace) -> None:
        top, self._horizon_s = limits.speed_max_m_s, space.horizon_s
        rates = np.array([0.5, 1.0]) * space.yaw_rate_comfort
        turns = [(r, a * top, b * top) for r in rates for a, b in ((0, 0.4), (0, 1.0), (0.15, 1.0))]
        self._rates = np.array([t[0] for t in turns])[:, None]
        self._arc_speeds = np.array([0.3, 0.6, 1.0])[:, None] * top
        n_rings = len(_RING_RADII_M)
        n_turns = len(turns) * n_rings
        self._template = np.zeros((n_turns + len(self._arc_speeds) * n_rings, N_NUMBERS))
        self._template[:n_turns, :2] = np.repeat([t[1:] for t in turns], n_rings, axis=0)
        self._template[n_turns:, 0] = np.repeat(self._arc_speeds, n_rings)
        self._template[n_turns:, 1] = top
        self._template[:, SWITCH_2] = self._horizon_s
        self._kind = np.full(len(self._template), Kind.COMFORT, dtype=np.intp)

    def __len__(self) -> int:
        return len(self._kind)

    def make(self, bearings: FloatArray) -> Manoeuvres:
        """From one bearing per ring, relative to the robot."""
        numbers = self._template.copy()
        size = np.maximum(np.abs(bearings), _ALIGNED_RAD)
        arcs = 2.0 * self._arc_speeds * np.sin(bearings) / np.array(_RING_RADII_M)
        arc_s = np.minimum(2.0 * size / np.maximum(np.abs(arcs), 0.05), self._horizon_s)
        turn = np.where(bearings < 0.0, -self._rates, self._rates)
        numbers[:, YAW_RATE_1] = np.concatenate([turn.ravel(), arcs.ravel()])
        numbers[:, SWITCH_1] = np.concatenate([(size / self._rates).ravel(), arc_s.ravel()])
        return Manoeuvres(numbers, self._kind)


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
