"""The objective: expected progress under uncertainty, less what is disliked.

J = sum S(t) g(t) dp(t) + time at the goal + S(T) V - costs, with S the chance of having come so
far unharmed. Equations (20) and (27) of docs/maths/local_planner.md.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.messages import MotionLimits
from navigation.compiled import compiled
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.costs.base import CostTerm, HazardTerm
from navigation.local_planner.costs.blind import BlindHazard
from navigation.local_planner.costs.comfort_speed import ComfortSpeed
from navigation.local_planner.costs.consistency import Consistency
from navigation.local_planner.costs.escape import Escape
from navigation.local_planner.costs.facing import Facing
from navigation.local_planner.costs.obstacles import ObstacleHazard
from navigation.local_planner.costs.people import PeopleHazard
from navigation.local_planner.costs.personal_space import PersonalSpace
from navigation.local_planner.costs.reverse import Reverse
from navigation.local_planner.costs.smoothness import Comfort, Smoothness
from navigation.local_planner.costs.unknown import UnknownHazard
from navigation.local_planner.fast_math import exp32
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_VALUE_MIN_S = 0.5
_ARRIVAL_S = 0.4  # nearer than about this the goal counts as reached
_POSE_STD_MIN_M = 0.003
_ZERO, _HALF = np.float32(0.0), np.float32(0.5)
_PER_ARRIVAL = np.float32(-1.0 / _ARRIVAL_S)


class Objective:
    """Scores batches of candidates in seconds of travel time; more is better.

    Args:
        limits: Of the body, for what is hasty for it; the default body's by default.
    """

    def __init__(self, config: LocalPlannerConfig, limits: MotionLimits | None = None) -> None:
        limits = limits or MotionLimits()
        comfort = Comfort.of(limits, config.space)
        hazard, costs = config.hazard, config.costs
        self._value_s = np.float32(hazard.value_s)
        self._patience_s = hazard.patience_s
        self._arrival = costs.arrival
        # ordered by what does and does not depend on where the robot is within the map
        self._map_hazard: HazardTerm = ObstacleHazard(hazard)
        self._other_hazards: tuple[HazardTerm, ...] = (
            UnknownHazard(hazard),
            PeopleHazard(hazard),
            BlindHazard(config.blind, limits.accel_max_m_s2),
        )
        self._costs: tuple[CostTerm, ...] = (
            Smoothness(costs, comfort),
            Consistency(costs),
            Reverse(costs),
            ComfortSpeed(costs),
            PersonalSpace(costs),
            Facing(costs),
            Escape(costs, 0.5 * hazard.contact_margin_m),
        )

    def score(self, batch: Batch, scene: Scene) -> Float32Array:
        """J of each candidate, shape (K,); not a number becomes minus infinity."""
        total = self.expected_progress_s(batch, scene)
        for term in self._costs:
            cost = term.cost(batch, scene)
            if cost is not None:
                total = total - cost
        return np.where(np.isnan(total), np.float32(-np.inf), total)

    def expected_progress_s(self, batch: Batch, scene: Scene) -> Float32Array:
        """Progress weighted by survival, with the value of being unharmed at the end, (K,)."""
        survival = self.survival(batch, scene)
        r = batch.rollout
        remaining = scene.guidance.remaining_s(r.x, r.y, r.yaw, r.time_s)
        middle_s = r.time_s[1:] - 0.5 * r.step_s
        impatience = (-0.5 * np.exp(-middle_s / self._patience_s)).astype(np.float32)
        progress = np.empty(len(survival), np.float32)
        per_step = np.float32(self._arrival * r.step_s)
        fill_progress(survival, remaining, impatience, per_step, progress)
        x, y, yaw = (np.ascontiguousarray(a[:, -1:]) for a in (r.x, r.y, r.yaw))
        prospect = scene.guidance.prospect_s(x, y, yaw, r.time_s[-1:])[:, 0]
        value = np.maximum(self._value_s + prospect, np.float32(_VALUE_MIN_S))
        total: Float32Array = progress + survival[:, -1] * value
        return total

    def survival(self, batch: Batch, scene: Scene) -> Float32Array:
        """S at every time, shape (K, T + 1); the pose's error is averaged over, once."""
        half_step = np.float32(0.5 * batch.rollout.step_s)
        rates = [term.rate(batch, scene, 0.0) for term in self._other_hazards]
        known = [rate for rate in rates if rate is not None]
        other = sum(known[1:], known[0]) if known else np.zeros_like(batch.clearance_m)
        total = np.zeros_like(other)
        for shift_m, share in _nodes(scene.pose_std_m):
            rate = self._map_hazard.rate(batch, scene, shift_m)
            assert rate is not None
            add_survival(rate, other, half_step, np.float32(share), total)
        return total


@compiled
def add_survival(
    rate: Float32Array,
    other: Float32Array,
    half_step: np.float32,
    share: np.float32,
    survival: Float32Array,
) -> None:
    """Add a share of exp(-integral of two rates) by the trapezoid rule, all (K, T + 1)."""
    n_samples, n_times = rate.shape
    integral = np.empty(rate.size, np.float32)
    for k in range(n_samples):
        total, last = _ZERO, rate[k, 0] + other[k, 0]
        for i in range(n_times):
            now = rate[k, i] + other[k, i]
            total += (last + now) * half_step if i > 0 else _ZERO
            integral[k * n_times + i] = total
            last = now
    flat = survival.reshape(-1)
    for i in range(len(flat)):
        flat[i] += share * exp32(-integral[i])


@compiled
def fill_progress(
    survival: Float32Array,
    remaining_s: Float32Array,
    impatience: Float32Array,
    arrival: np.float32,
    progress: Float32Array,
) -> None:
    """Progress and time at the goal (K,), weighted by survival (K, T + 1); equation (27).

    Args:
        impatience: Minus half the weight of each step's progress, shape (T,).
        arrival: What one step at the goal is worth.
    """
    n_samples, n_times = survival.shape
    there = np.empty(survival.size, np.float32)
    flat, flat_s = survival.reshape(-1), remaining_s.reshape(-1)
    for i in range(len(flat)):
        there[i] = flat[i] * exp32(flat_s[i] * _PER_ARRIVAL)
    for k in range(n_samples):
        row = k * n_times
        gained, at_goal = _ZERO, -_HALF * (there[row] + there[row + n_times - 1])
        for i in range(n_times):
            at_goal += there[row + i]
        for i in range(n_times - 1):
            gain = remaining_s[k, i + 1] - remaining_s[k, i]
            gained += (survival[k, i] + survival[k, i + 1]) * impatience[i] * gain
        progress[k] = gained + arrival * at_goal


def _nodes(std_m: float) -> tuple[tuple[float, float], ...]:
    """Gauss-Hermite nodes and weights for a normal error of the pose. Equation (20)."""
    if std_m < _POSE_STD_MIN_M:
        return ((0.0, 1.0),)
    far_m = math.sqrt(3.0) * std_m
    return ((-far_m, 1.0 / 6.0), (0.0, 2.0 / 3.0), (far_m, 1.0 / 6.0))
