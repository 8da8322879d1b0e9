"""Reward for getting free when the body overlaps an obstacle of the map. Equation (26)."""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import CostConfig
from navigation.local_planner.costs.base import time_integral
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class Escape:
    """A price for the depth of the overlap over time."""

    def __init__(self, config: CostConfig, margin_m: float) -> None:
        self._per_m = np.float32(config.escape_per_m)
        self._margin = np.float32(margin_m)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,); None where the body is free."""
        if not scene.is_stuck_inside:
            return None
        depth = np.maximum(self._margin - batch.clearance_m, 0.0)
        cost: Float32Array = self._per_m * time_integral(depth, batch.rollout.step_s)
        return cost
