"""Dislike of hurrying near people: above 0.6 m/s within 1.2 m, or the pace of whom it serves.

Distances from proxemics (Hall, 1966). Equation (24) of docs/maths/local_planner.md.
Cost: 0.03 ms for 200 candidates and one person.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_EASING_M_S_PER_M = np.float32(0.8)
_ZERO, _HALF = np.float32(0.0), np.float32(0.5)


class ComfortSpeed:
    """Speed above what is comfortable at the distance of the nearest person."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = np.float32(config.comfort_speed)
        self._distance = np.float32(config.comfort_distance_m)
        self._speed = np.float32(config.comfort_speed_m_s)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,)."""
        people = scene.people
        if batch.people_gap_m is None or people is None or people.n_people == 0:
            return None
        r, cost = batch.rollout, np.empty(len(batch.rollout.speed), np.float32)
        weight = self._weight * np.float32(r.step_s)
        allowed = np.maximum(people.pace_m_s[: people.n_people], self._speed)
        gap = batch.people_gap_m[: people.n_people]
        fill_haste(gap, r.speed, self._distance, allowed, weight, cost)
        return cost


@compiled
def fill_haste(
    gap_m: Float32Array,
    speed: Float32Array,
    distance: np.float32,
    comfort_m_s: Float32Array,
    weight: np.float32,
    cost: Float32Array,
) -> None:
    """Cost (K,) of gaps (M, K, T + 1) and comfortable speeds (M,) by the trapezoid rule.

    The weight is per speed and step.
    """
    n_people, n_samples, n_times = gap_m.shape
    for k in range(n_samples):
        total, excess = _ZERO, _ZERO
        for i in range(n_times):
            excess = _ZERO
            for m in range(n_people):
                beyond = max(gap_m[m, k, i] - distance, _ZERO)
                allowed = comfort_m_s[m] + _EASING_M_S_PER_M * beyond
                excess = max(excess, abs(speed[k, i]) - allowed)
            total += excess if i > 0 else _HALF * excess
        cost[k] = weight * (total - _HALF * excess)
