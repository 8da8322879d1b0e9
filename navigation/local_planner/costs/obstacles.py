"""Hazard of touching the map's obstacles: rises with closeness and with the speed of the edge.

The position of the body's edge against an obstacle is uncertain, more so when fast, so the chance
of touching per metre driven is the tail of a normal distribution; in contact it is near certain.
Equations (16) and (17) of docs/maths/local_planner.md. Cost: 0.1 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import HazardConfig
from navigation.local_planner.costs.base import falling
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class ObstacleHazard:
    """Chance of touching something, per second."""

    def __init__(self, config: HazardConfig) -> None:
        self._config = config

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array:
        """Hazard rate (K, T + 1)."""
        config = self._config
        clearance = batch.clearance_m
        margin = np.float32(config.contact_margin_m)
        if scene.is_stuck_inside:
            # only what is worse than the best place so far counts: the way out is open
            best = np.maximum.accumulate(clearance, axis=1)
            clearance = clearance + np.maximum(margin - best, 0.0)
        if shift_m:
            clearance = clearance - np.float32(shift_m)
        std = np.float32(config.map_std_m) + np.float32(config.tracking_std_s) * batch.edge_speed
        per_m = np.float32(config.obstacle_per_m) * falling((clearance - 0.5 * margin) / std)
        deep = np.clip((margin - clearance) / margin, 0.0, 2.0)
        per_m += np.float32(config.contact_per_m) * deep * deep
        rate: Float32Array = per_m * batch.edge_speed
        return rate
