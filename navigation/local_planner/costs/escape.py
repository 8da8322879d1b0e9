"""Reward for getting free when the body overlaps an obstacle of the map. Equation (26)."""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_ZERO, _HALF = np.float32(0.0), np.float32(0.5)


class Escape:
    """A price for the depth of the overlap over time."""

    def __init__(self, config: CostConfig, margin_m: float) -> None:
        self._per_m = np.float32(config.escape_per_m)
        self._margin = np.float32(margin_m)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,); None where the body is free."""
        if not scene.is_stuck_inside:
            return None
        cost = np.empty(len(batch.clearance_m), np.float32)
        weight = self._per_m * np.float32(batch.rollout.step_s)
        fill_escape(batch.clearance_m, self._margin, weight, cost)
        return cost


@compiled
def fill_escape(
    clearance_m: Float32Array, margin: np.float32, weight: np.float32, cost: Float32Array
) -> None:
    """Cost (K,) by the trapezoid rule; the weight is per depth and step."""
    n_samples, n_times = clearance_m.shape
    for k in range(n_samples):
        first, last = margin - clearance_m[k, 0], margin - clearance_m[k, n_times - 1]
        total = -_HALF * (max(first, _ZERO) + max(last, _ZERO))
        for i in range(n_times):
            total += max(margin - clearance_m[k, i], _ZERO)
        cost[k] = weight * total
