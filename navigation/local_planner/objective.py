"""The objective: expected progress under uncertainty, less what is disliked.

J = sum S(t) g(t) dp(t) + time at the goal + S(T) V - costs, with S the chance of having come so
far unharmed. Equations (20) and (27) of docs/maths/local_planner.md.
"""

from __future__ import annotations

import math

import numpy as np

from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.costs.base import CostTerm, HazardTerm, time_integral
from navigation.local_planner.costs.consistency import Consistency
from navigation.local_planner.costs.escape import Escape
from navigation.local_planner.costs.manners import ComfortSpeed, PersonalSpace
from navigation.local_planner.costs.obstacles import ObstacleHazard
from navigation.local_planner.costs.people import PeopleHazard
from navigation.local_planner.costs.reverse import Reverse
from navigation.local_planner.costs.smoothness import Smoothness
from navigation.local_planner.costs.unknown import UnknownHazard
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_VALUE_MIN_S = 0.5
_ARRIVAL_S = 0.4  # nearer than about this the goal counts as reached
_POSE_STD_MIN_M = 0.003


class Objective:
    """Scores batches of candidates in seconds of travel time; more is better."""

    def __init__(self, config: LocalPlannerConfig) -> None:
        hazard, costs = config.hazard, config.costs
        self._value_s = np.float32(hazard.value_s)
        self._patience_s = hazard.patience_s
        self._arrival = costs.arrival
        # ordered by what does and does not depend on where the robot is within the map
        self._map_hazard: HazardTerm = ObstacleHazard(hazard)
        self._other_hazards: tuple[HazardTerm, ...] = (UnknownHazard(hazard), PeopleHazard(hazard))
        self._costs: tuple[CostTerm, ...] = (
            Smoothness(costs),
            Consistency(costs),
            Reverse(costs),
            ComfortSpeed(costs),
            PersonalSpace(costs),
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
        remaining = scene.guidance.remaining_s(r.x, r.y, r.yaw)
        gain = np.diff(remaining, axis=1)
        middle_s = r.time_s[1:] - 0.5 * r.step_s
        impatience = (-0.5 * np.exp(-middle_s / self._patience_s)).astype(np.float32)
        weight = (survival[:, 1:] + survival[:, :-1]) * impatience
        progress = np.einsum("kt,kt->k", weight, gain)
        there = survival * np.exp(remaining * np.float32(-1.0 / _ARRIVAL_S))
        progress += np.float32(self._arrival) * time_integral(there, r.step_s)
        end = (r.x[:, -1:], r.y[:, -1:], r.yaw[:, -1:])
        prospect = scene.guidance.prospect_s(*end)[:, 0]
        value = np.maximum(self._value_s + prospect, np.float32(_VALUE_MIN_S))
        total: Float32Array = progress + survival[:, -1] * value
        return total

    def survival(self, batch: Batch, scene: Scene) -> Float32Array:
        """S at every time, shape (K, T + 1); the pose's error is averaged over, once."""
        step_s = batch.rollout.step_s
        other: Float32Array | None = None
        for term in self._other_hazards:
            rate = term.rate(batch, scene, 0.0)
            if rate is not None:
                other = rate if other is None else other + rate
        total: Float32Array | None = None
        for shift_m, share in _nodes(scene.pose_std_m):
            rate = self._map_hazard.rate(batch, scene, shift_m)
            assert rate is not None
            rate = rate if other is None else rate + other
            survival = np.float32(share) * np.exp(-_running_integral(rate, step_s))
            total = survival if total is None else total + survival
        assert total is not None
        return total


def _nodes(std_m: float) -> tuple[tuple[float, float], ...]:
    """Gauss-Hermite nodes and weights for a normal error of the pose. Equation (20)."""
    if std_m < _POSE_STD_MIN_M:
        return ((0.0, 1.0),)
    far_m = math.sqrt(3.0) * std_m
    return ((-far_m, 1.0 / 6.0), (0.0, 2.0 / 3.0), (far_m, 1.0 / 6.0))


def _running_integral(rate: Float32Array, step_s: float) -> Float32Array:
    """Trapezoid rule from the start to each time, (K, T + 1), zero at the start."""
    integral = np.zeros_like(rate)
    half_step = np.float32(0.5 * step_s)
    np.cumsum((rate[:, 1:] + rate[:, :-1]) * half_step, axis=1, out=integral[:, 1:])
    return integral
