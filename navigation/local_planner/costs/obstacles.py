"""Hazard of touching the map's obstacles: rises with closeness and with the speed of the edge.

The position of the body's edge against an obstacle is uncertain, more so when fast, so the chance
of touching per metre driven is the tail of a normal distribution; in contact it is near certain.
Equations (16) and (17) of docs/maths/local_planner.md. Cost: 0.01 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import HazardConfig
from navigation.local_planner.fast_math import falling32
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_ZERO, _HALF, _TWO = np.float32(0.0), np.float32(0.5), np.float32(2.0)


class ObstacleHazard:
    """Chance of touching something, per second."""

    def __init__(self, config: HazardConfig) -> None:
        self._margin = np.float32(config.contact_margin_m)
        self._std = np.float32(config.map_std_m), np.float32(config.tracking_std_s)
        self._per_m = np.float32(config.obstacle_per_m), np.float32(config.contact_per_m)

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array:
        """Hazard rate (K, T + 1)."""
        clearance = batch.clearance_m
        if scene.is_stuck_inside:
            # only what is worse than the best place so far counts: the way out is open
            clearance = np.empty_like(batch.clearance_m)
            fill_excused(batch.clearance_m, self._margin, clearance)
        rate = np.empty_like(clearance)
        gap = (clearance.ravel(), np.float32(shift_m), self._margin)
        fill_rate(*gap, batch.edge_speed.ravel(), *self._std, *self._per_m, rate.ravel())
        return rate


@compiled
def fill_excused(clearance_m: Float32Array, margin: np.float32, excused: Float32Array) -> None:
    """Clearance plus what the best place so far lacks, (K, T + 1). Equation (17)."""
    n_samples, n_times = clearance_m.shape
    for k in range(n_samples):
        best = clearance_m[k, 0]
        for i in range(n_times):
            best = max(best, clearance_m[k, i])
            excused[k, i] = clearance_m[k, i] + max(margin - best, _ZERO)


@compiled
def fill_rate(
    clearance_m: Float32Array,
    shift_m: np.float32,
    margin: np.float32,
    edge_speed: Float32Array,
    map_std_m: np.float32,
    tracking_std_s: np.float32,
    obstacle_per_m: np.float32,
    contact_per_m: np.float32,
    rate: Float32Array,
) -> None:
    """Equation (16), flat."""
    for i in range(len(rate)):
        clearance = clearance_m[i] - shift_m
        std = map_std_m + tracking_std_s * edge_speed[i]
        deep = min(max((margin - clearance) / margin, _ZERO), _TWO)
        per_m = obstacle_per_m * falling32((clearance - _HALF * margin) / std)
        rate[i] = (per_m + contact_per_m * deep * deep) * edge_speed[i]
