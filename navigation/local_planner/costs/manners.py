"""Manners near people: unhurried within 1.2 m, and outside of their personal space.

Distances from proxemics (Hall, 1966). Equations (24) and (25) of docs/maths/local_planner.md.
Cost: 0.03 ms each for 200 candidates and one person.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_EASING_M_S_PER_M = np.float32(0.8)
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


class ComfortSpeed:
    """Speed above what is comfortable at the distance of the nearest person."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = np.float32(config.comfort_speed)
        self._distance = np.float32(config.comfort_distance_m)
        self._speed = np.float32(config.comfort_speed_m_s)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,)."""
        del scene
        if batch.people_gap_m is None:
            return None
        r, cost = batch.rollout, np.empty(len(batch.rollout.speed), np.float32)
        weight = self._weight * np.float32(r.step_s)
        fill_haste(batch.people_gap_m, r.speed, self._distance, self._speed, weight, cost)
        return cost


class PersonalSpace:
    """Time spent closer to people than they like."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = np.float32(config.personal_space)
        self._distance = np.float32(config.personal_distance_m)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,)."""
        del scene
        if batch.people_gap_m is None:
            return None
        cost = np.empty(len(batch.rollout.speed), np.float32)
        weight = self._weight * np.float32(batch.rollout.step_s)
        fill_intrusion(batch.people_gap_m, self._distance, weight, cost)
        return cost


@compiled
def fill_haste(
    gap_m: Float32Array,
    speed: Float32Array,
    distance: np.float32,
    comfort_m_s: np.float32,
    weight: np.float32,
    cost: Float32Array,
) -> None:
    """Cost (K,) of gaps (M, K, T + 1) by the trapezoid rule; the weight is per speed and step."""
    n_people, n_samples, n_times = gap_m.shape
    for k in range(n_samples):
        total, excess = _ZERO, _ZERO
        for i in range(n_times):
            nearest = gap_m[0, k, i]
            for m in range(1, n_people):
                nearest = min(nearest, gap_m[m, k, i])
            beyond = max(nearest - distance, _ZERO)
            excess = max(abs(speed[k, i]) - comfort_m_s - _EASING_M_S_PER_M * beyond, _ZERO)
            total += excess if i > 0 else _HALF * excess
        cost[k] = weight * (total - _HALF * excess)


@compiled
def fill_intrusion(
    gap_m: Float32Array, distance: np.float32, weight: np.float32, cost: Float32Array
) -> None:
    """Cost (K,) of gaps (M, K, T + 1) by the trapezoid rule; the weight is per step."""
    n_people, n_samples, n_times = gap_m.shape
    for k in range(n_samples):
        total, squared = _ZERO, _ZERO
        for m in range(n_people):
            for i in range(n_times):
                inside = max(_ONE - gap_m[m, k, i] / distance, _ZERO)
                squared = inside * inside
                total += squared if i > 0 else _HALF * squared
            total -= _HALF * squared
        cost[k] = weight * total
