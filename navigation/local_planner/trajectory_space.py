"""The trajectories among which the planner chooses: six numbers and a kind for each.

The numbers are two speed targets, two yaw rate targets and two switch times: at `switch_1_s` both
go from their first to their second target, at `switch_2_s` the yaw rate goes to zero. Ramps are
jerk-limited from the current motion on, so every point of the space can be driven; full braking,
standing, turning in place, backing up and the hardest turn are inside.
Equations (1) to (6) of docs/maths/local_planner.md. Cost: 1.3 ms for 256 candidates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.messages import MotionLimits
from navigation.local_planner.config import SpaceConfig
from navigation.local_planner.jerk_limited import Profile, profile
from navigation.local_planner.kernels import fill_poses
from navigation.types import Float32Array

SPEED_1, SPEED_2, YAW_RATE_1, YAW_RATE_2, SWITCH_1, SWITCH_2 = range(6)
N_NUMBERS = 6

_SLACK_M_S = 0.05
_SLACK_RAD_S = 0.1


class Kind(IntEnum):
    """Which limits a candidate's ramps use."""

    COMFORT = 0  # the body's comfort, and a gentler yaw
    HARD_TURN = 1  # all the yaw acceleration that the body has
    EMERGENCY = 2  # full deceleration to a stop


@dataclass(frozen=True, slots=True)
class Manoeuvres:
    """K candidates: their numbers (K, 6) and kinds (K,)."""

    numbers: FloatArray
    kind: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, indices: NDArray[np.intp]) -> Manoeuvres:
        return Manoeuvres(self.numbers[indices], self.kind[indices])

    @classmethod
    def joined(cls, parts: list[Manoeuvres]) -> Manoeuvres:
        return cls(
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.kind for part in parts]),
        )

    def shifted(self, by_s: float, horizon_s: float) -> Manoeuvres:
        """The same motions seen from `by_s` later. Equation (7)."""
        n = self.numbers.copy()
        n[:, SWITCH_1:] -= by_s
        is_passed = n[:, SWITCH_2] <= 0.0
        n[is_passed, YAW_RATE_2] = 0.0
        n[is_passed, SWITCH_2] = horizon_s
        is_second = n[:, SWITCH_1] <= 0.0
        n[is_second, SPEED_1] = n[is_second, SPEED_2]
        n[is_second, YAW_RATE_1] = n[is_second, YAW_RATE_2]
        n[is_second, SWITCH_1] = n[is_second, SWITCH_2]
        n[is_second, YAW_RATE_2] = 0.0
        n[is_second, SWITCH_2] = horizon_s
        return Manoeuvres(n, self.kind)


@dataclass(frozen=True, slots=True)
class Motion:
    """Speed and yaw rate with their derivatives at one moment."""

    speed: float
    accel: float
    yaw_rate: float
    yaw_accel: float


@dataclass(frozen=True, slots=True)
class Rollout:
    """K candidates at T + 1 times, arrays (K, T + 1) float32.

    Positions are relative to the start position, along the axes of the map; yaw is the map's.
    """

    time_s: FloatArray
    speed: Float32Array
    yaw_rate: Float32Array
    x: Float32Array
    y: Float32Array
    yaw: Float32Array
    cos: Float32Array
    sin: Float32Array

    @property
    def step_s(self) -> float:
        return float(self.time_s[1] - self.time_s[0])


class TrajectorySpace:
    """Turns numbers into trajectories that keep the body's limits."""

    def __init__(self, limits: MotionLimits, config: SpaceConfig) -> None:
        self._limits = limits
        self._config = config
        self.horizon_s = config.horizon_s
        self.step_s = config.step_s
        n_steps = round(config.horizon_s / config.step_s)
        self.time_s: FloatArray = np.linspace(0.0, n_steps * config.step_s, n_steps + 1)
        yaw_accel = min(limits.yaw_accel_max_rad_s2, config.yaw_accel_comfort_rad_s2)
        yaw_jerk = min(limits.yaw_jerk_max_rad_s3, config.yaw_jerk_comfort_rad_s3)
        self.yaw_rate_comfort = min(limits.yaw_rate_max_rad_s, config.yaw_rate_comfort_rad_s)
        self.yaw_ramp_comfort = (yaw_accel, yaw_jerk)  # [rad/s^2], [rad/s^3]
        emergency_jerk = max(config.emergency_jerk_m_s3, limits.jerk_max_m_s3)
        hard = (limits.yaw_accel_max_rad_s2, limits.yaw_jerk_max_rad_s3)
        # rows by Kind; columns: acceleration, jerk, yaw acceleration, yaw jerk
        self._bounds = np.array(
            [
                (limits.accel_max_m_s2, limits.jerk_max_m_s3, yaw_accel, yaw_jerk),
                (limits.accel_max_m_s2, limits.jerk_max_m_s3, *hard),
                (limits.emergency_decel_m_s2, emergency_jerk, *hard),
            ]
        )
        self._relief = (emergency_jerk, limits.yaw_jerk_max_rad_s3)
        self._relief_of: tuple[Motion, FloatArray] | None = None

    def clip(self, manoeuvres: Manoeuvres, speed_limit_m_s: float) -> Manoeuvres:
        """The nearest points of the space: targets inside the limits, switches in order."""
        low, high = self._box(speed_limit_m_s)
        n = np.minimum(manoeuvres.numbers, high.take(manoeuvres.kind, axis=0))
        np.maximum(n, low.take(manoeuvres.kind, axis=0), out=n)
        np.maximum(n[:, SWITCH_2], n[:, SWITCH_1], out=n[:, SWITCH_2])
        return Manoeuvres(n, manoeuvres.kind)

    def _box(self, speed_limit_m_s: float) -> tuple[FloatArray, FloatArray]:
        """The smallest and the largest numbers by kind, (3, 6) each."""
        limits = self._limits
        forward = min(limits.speed_max_m_s, max(0.0, speed_limit_m_s))
        backward = min(limits.reverse_speed_max_m_s, max(0.0, speed_limit_m_s))
        gentle, hard, end = self.yaw_rate_comfort, limits.yaw_rate_max_rad_s, self.horizon_s
        high = np.array([(forward, forward, turn, turn, end, end) for turn in (gentle, hard, hard)])
        low = -high
        low[:, :2], low[:, 4:] = -backward, 0.0
        return low, high

    def profiles(self, manoeuvres: Manoeuvres, start: Motion) -> Profile:
        """Profiles from the current motion on: K of the speed, then K of the yaw rate."""
        n, count = manoeuvres.numbers.T, len(manoeuvres)
        bounds = self._bounds.T.take(manoeuvres.kind, axis=1)
        if self._relief_of is None or self._relief_of[0] is not start:
            self._relief_of = (start, self._relief_by_kind(start))
        relief = self._relief_of[1].take(manoeuvres.kind, axis=1)
        targets = np.zeros((3, 2 * count))
        targets[:2, :count] = n[SPEED_1 : SPEED_2 + 1]
        targets[2, :count] = n[SPEED_2]
        targets[:2, count:] = n[YAW_RATE_1 : YAW_RATE_2 + 1]
        switch_s = np.empty((2, 2 * count))
        switch_s[:, :count] = switch_s[:, count:] = n[SWITCH_1 : SWITCH_2 + 1]
        return profile(
            np.repeat((start.speed, start.yaw_rate), count),
            np.repeat((start.accel, start.yaw_accel), count),
            targets,
            switch_s=switch_s,
            accel_max=bounds[0::2].ravel(),
            jerk_max=bounds[1::2].ravel(),
            relief=relief.ravel(),
        )

    def rollout(self, manoeuvres: Manoeuvres, start: Motion, start_yaw_rad: float) -> Rollout:
        """The candidates' poses and speeds at the planner's times."""
        return follow(self.profiles(manoeuvres, start), start_yaw_rad, self.time_s)

    def _relief_by_kind(self, start: Motion) -> FloatArray:
        """Jerk (2, 3) of speed and yaw rate, by kind, that ends what its limits forbid."""
        if start.accel == 0.0 and start.yaw_accel == 0.0:
            return np.zeros((2, len(self._bounds)))
        limits = self._limits
        turn = limits.yaw_rate_max_rad_s + _SLACK_RAD_S
        speeds = (-limits.reverse_speed_max_m_s - _SLACK_M_S, limits.speed_max_m_s + _SLACK_M_S)
        bounds = self._bounds.tolist()
        rows = (
            [_relief(start.speed, start.accel, speeds, b[0], b[1]) for b in bounds],
            [_relief(start.yaw_rate, start.yaw_accel, (-turn, turn), b[2], b[3]) for b in bounds],
        )
        jerks: FloatArray = np.array(rows, dtype=np.float64) * np.array(self._relief)[:, None]
        return jerks


def follow(profiles: Profile, start_yaw_rad: float, time_s: FloatArray) -> Rollout:
    """Poses and speeds at the times (T,) of K profiles of speed and K of yaw rate. Equation (6)."""
    both, rates = profiles.at(time_s)
    count = len(both) // 2
    poses = np.empty((5, count, len(time_s)), np.float32)
    fill_poses(both[:count], both[count:], start_yaw_rad, *poses)
    return Rollout(time_s, rates[:count], rates[count:], *poses)


def _relief(
    speed: float,
    accel: float,
    allowed: tuple[float, float],
    accel_max: float,
    jerk_max: float,
) -> float:
    """Direction of the jerk that is needed to be within the limits again, 0 where none is."""
    coasting = speed + accel * abs(accel) / (2.0 * jerk_max)
    is_too_fast = not min(allowed[0], speed) <= coasting <= max(allowed[1], speed)
    is_needed = abs(accel) > 1.05 * accel_max or is_too_fast
    return -math.copysign(1.0, accel) if is_needed else 0.0
