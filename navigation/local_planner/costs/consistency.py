"""Dislike of changing one's mind: difference from the last plan, soon more than late.

Equation (22) of docs/maths/local_planner.md. Cost: 0.05 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import CostConfig
from navigation.local_planner.costs.base import time_integral
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_FADING_S = 1.0
_YAW_SHARE = 0.25


class Consistency:
    """Saturating squared difference from the last plan's speed and yaw rate."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = np.float32(config.consistency)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,); bounded, so that a good reason always wins."""
        if scene.last_speed is None or scene.last_yaw_rate is None:
            return None
        r = batch.rollout
        dv = r.speed - scene.last_speed.astype(np.float32)
        dw = r.yaw_rate - scene.last_yaw_rate.astype(np.float32)
        squared = dv * dv + np.float32(_YAW_SHARE) * dw * dw
        fading = np.exp(-r.time_s / _FADING_S).astype(np.float32)
        squared /= squared + np.float32(0.05)
        squared *= fading
        cost: Float32Array = self._weight * time_integral(squared, r.step_s)
        return cost
