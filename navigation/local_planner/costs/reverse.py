"""Dislike of driving backward, where sensors and people do not expect it. Equation (23)."""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import CostConfig
from navigation.local_planner.costs.base import time_integral
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class Reverse:
    """A price per metre driven backward."""

    def __init__(self, config: CostConfig) -> None:
        self._per_m = np.float32(config.reverse_per_m)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array:
        """Cost (K,)."""
        del scene
        backward = np.maximum(-batch.rollout.speed, 0.0)
        cost: Float32Array = self._per_m * time_integral(backward, batch.rollout.step_s)
        return cost
