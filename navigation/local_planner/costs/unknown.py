"""Hazard of driving where nobody has looked yet. Equation (18).

Cost: 0.05 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import HazardConfig
from navigation.local_planner.fast_math import tanh32
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_EAGERNESS = np.float32(10.0)


class UnknownHazard:
    """Unseen space may hold anything: a small chance of harm per metre."""

    def __init__(self, config: HazardConfig) -> None:
        self._per_m = np.float32(config.unknown_per_m)

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array | None:
        """Hazard rate (K, T + 1), by the unknown share at the leading edge."""
        del shift_m
        if scene.unknown is None:
            return None
        r = batch.rollout
        x, y = np.empty_like(r.x), np.empty_like(r.y)
        place = (r.speed.ravel(), r.x.ravel(), r.y.ravel(), r.cos.ravel(), r.sin.ravel())
        fill_leading_edge(*place, np.float32(scene.footprint.radius_m), x.ravel(), y.ravel())
        rate = scene.unknown.at(x, y)
        scale_by_speed(r.speed.ravel(), self._per_m, rate.ravel())
        return rate


@compiled
def fill_leading_edge(
    speed: Float32Array,
    x: Float32Array,
    y: Float32Array,
    cos: Float32Array,
    sin: Float32Array,
    radius_m: np.float32,
    edge_x: Float32Array,
    edge_y: Float32Array,
) -> None:
    """The nose in forward motion, the tail in backward motion, and continuous between; flat."""
    for i in range(len(speed)):
        lead = radius_m * tanh32(speed[i] * _EAGERNESS)
        edge_x[i] = x[i] + lead * cos[i]
        edge_y[i] = y[i] + lead * sin[i]


@compiled
def scale_by_speed(speed: Float32Array, per_m: np.float32, share: Float32Array) -> None:
    """Turn shares into rates, in place; flat."""
    for i in range(len(speed)):
        share[i] *= per_m * abs(speed[i])
