"""Dislike of looking away from what is to be faced, as much of it as the place is near.

Equation (34) of docs/maths/local_planner.md. Cost: 0.05 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.fast_math import exp32
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_TOUCHING_M2 = np.float32(1e-4)
_HALF, _ONE = np.float32(0.5), np.float32(1.0)


class Facing:
    """A price for the angle between the body's front and what is to be faced."""

    def __init__(self, config: CostConfig) -> None:
        self._weight = np.float32(config.facing)
        self._per_area = np.float32(1.0 / config.facing_distance_m**2)

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost (K,); None where there is nothing to be faced."""
        if scene.facing is None or self._weight <= 0.0:
            return None
        r, cost = batch.rollout, np.empty(len(batch.rollout.speed), np.float32)
        points, ring = scene.facing.at(r.time_s), np.float32(scene.facing.ring_m)
        weight = self._weight * np.float32(r.step_s)
        fill_facing(r.x, r.y, r.cos, r.sin, points, ring, self._per_area, weight, cost)
        return cost


@compiled
def fill_facing(
    x: Float32Array,
    y: Float32Array,
    cos: Float32Array,
    sin: Float32Array,
    points: Float32Array,
    ring: np.float32,
    per_area: np.float32,
    weight: np.float32,
    cost: Float32Array,
) -> None:
    """Cost (K,) by the trapezoid rule, of the points and places (4, T + 1)."""
    n_samples, n_times = x.shape
    for k in range(n_samples):
        total, now = np.float32(0.0), np.float32(0.0)
        for i in range(n_times):
            dx, dy = points[0, i] - x[k, i], points[1, i] - y[k, i]
            sx, sy = points[2, i] - x[k, i], points[3, i] - y[k, i]
            off = np.sqrt(sx * sx + sy * sy) - ring
            near = exp32(-off * off * per_area)
            ahead = (dx * cos[k, i] + dy * sin[k, i]) / np.sqrt(dx * dx + dy * dy + _TOUCHING_M2)
            now = near * _HALF * (_ONE - ahead)
            total += now if i > 0 else _HALF * now
        cost[k] = weight * (total - _HALF * now)
