"""Dislike of changing one's mind: difference from the last plan, soon more than late.

Equation (22) of docs/maths/local_planner.md. Cost: 0.02 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_FADING_S = 1.0
_YAW_SHARE = np.float32(0.25)
_SATURATION = np.float32(0.05)


class Consistency:
    """Saturating squared difference from the last plan's speed and yaw rate."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = config.consistency
        self._weights: tuple[FloatArray, Float32Array] | None = None

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,); bounded, so that a good reason always wins."""
        if scene.last_speed is None or scene.last_yaw_rate is None:
            return None
        r = batch.rollout
        last = np.stack([scene.last_speed, scene.last_yaw_rate]).astype(np.float32)
        cost = np.empty(len(r.speed), np.float32)
        fill_consistency(r.speed, r.yaw_rate, last, self._weights_over(r.time_s), cost)
        return cost

    def _weights_over(self, time_s: FloatArray) -> Float32Array:
        """Weights of the trapezoid rule, fading with time (T + 1,)."""
        if self._weights is None or self._weights[0] is not time_s:
            weights = self._weight * (time_s[1] - time_s[0]) * np.exp(-time_s / _FADING_S)
            weights[0] *= 0.5
            weights[-1] *= 0.5
            self._weights = (time_s, weights.astype(np.float32))
        return self._weights[1]


@compiled
def fill_consistency(
    speed: Float32Array,
    yaw_rate: Float32Array,
    last: Float32Array,
    weights: Float32Array,
    cost: Float32Array,
) -> None:
    """Cost (K,) by the last plan's speed and yaw rate (2, T + 1) and weights over time (T + 1,)."""
    n_samples, n_times = speed.shape
    for k in range(n_samples):
        total = np.float32(0.0)
        for i in range(n_times):
            dv, dw = speed[k, i] - last[0, i], yaw_rate[k, i] - last[1, i]
            squared = dv * dv + _YAW_SHARE * dw * dw
            total += weights[i] * squared / (squared + _SATURATION)
        cost[k] = total
