"""Manners near people: unhurried within 1.2 m, and outside of their personal space.

Distances from proxemics (Hall, 1966). Equations (24) and (25) of docs/maths/local_planner.md.
"""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import CostConfig
from navigation.local_planner.costs.base import time_integral
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_EASING_M_S_PER_M = 0.8


class ComfortSpeed:
    """Speed above what is comfortable at the distance of the nearest person."""

    def __init__(self, config: CostConfig) -> None:
        self._config = config

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,)."""
        del scene
        if batch.people_gap_m is None:
            return None
        config = self._config
        beyond = np.maximum(
            batch.people_gap_m.min(axis=0) - np.float32(config.comfort_distance_m), 0.0
        )
        allowed = np.float32(config.comfort_speed_m_s) + np.float32(_EASING_M_S_PER_M) * beyond
        excess = np.maximum(np.abs(batch.rollout.speed) - allowed, 0.0)
        cost: Float32Array = np.float32(config.comfort_speed) * time_integral(
            excess, batch.rollout.step_s
        )
        return cost


class PersonalSpace:
    """Time spent closer to people than they like."""

    def __init__(self, config: CostConfig) -> None:
        self._config = config

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,)."""
        del scene
        if batch.people_gap_m is None:
            return None
        distance = np.float32(self._config.personal_distance_m)
        inside = np.maximum(1.0 - batch.people_gap_m / distance, 0.0)
        cost: Float32Array = np.float32(self._config.personal_space) * time_integral(
            np.sum(inside * inside, axis=0), batch.rollout.step_s
        )
        return cost
