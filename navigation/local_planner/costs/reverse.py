"""Dislike of driving backward, where sensors and people do not expect it. Equation (23)."""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_ZERO, _HALF = np.float32(0.0), np.float32(0.5)


class Reverse:
    """A price per metre driven backward."""

    def __init__(self, config: CostConfig) -> None:
        self._per_m = np.float32(config.reverse_per_m)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array:
        """Cost (K,)."""
        del scene
        r = batch.rollout
        cost = np.empty(len(r.speed), np.float32)
        fill_reverse(r.speed, self._per_m * np.float32(r.step_s), cost)
        return cost


@compiled
def fill_reverse(speed: Float32Array, weight: np.float32, cost: Float32Array) -> None:
    """Cost (K,) by the trapezoid rule; the weight is per speed and step."""
    n_samples, n_times = speed.shape
    for k in range(n_samples):
        total = -_HALF * (max(-speed[k, 0], _ZERO) + max(-speed[k, n_times - 1], _ZERO))
        for i in range(n_times):
            total += max(-speed[k, i], _ZERO)
        cost[k] = weight * total
