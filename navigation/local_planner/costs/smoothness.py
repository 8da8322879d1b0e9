"""Dislike of hasty motion: acceleration, turning hard, and leaning into fast curves.

Equation (21) of docs/maths/local_planner.md. Cost: 0.1 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import CostConfig
from navigation.local_planner.costs.base import time_integral
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class Smoothness:
    """Integral of squared accelerations and jerks: along, about and across the motion."""

    def __init__(self, config: CostConfig) -> None:
        self._config = config

    def cost(self, batch: Batch, scene: Scene) -> Float32Array:
        """Cost (K,)."""
        del scene
        config, r = self._config, batch.rollout
        per_s3 = np.float32(1.0 / r.step_s)  # (difference / step)^2 * step
        accel = np.diff(r.speed, axis=1)
        yaw_accel = np.diff(r.yaw_rate, axis=1)
        jerk = accel[:, 1:] - accel[:, :-1]
        yaw_jerk = yaw_accel[:, 1:] - yaw_accel[:, :-1]
        per_s5 = np.float32(1.0 / r.step_s**3)  # (second difference / step^2)^2 * step
        lateral = r.speed * r.yaw_rate
        cost: Float32Array = (
            np.float32(config.accel) * per_s3 * np.einsum("kt,kt->k", accel, accel)
            + np.float32(config.yaw_accel) * per_s3 * np.einsum("kt,kt->k", yaw_accel, yaw_accel)
            + np.float32(config.jerk) * per_s5 * np.einsum("kt,kt->k", jerk, jerk)
            + np.float32(config.yaw_jerk) * per_s5 * np.einsum("kt,kt->k", yaw_jerk, yaw_jerk)
            + time_integral(
                np.float32(config.lateral_accel) * lateral * lateral
                + np.float32(config.yaw_rate) * r.yaw_rate * r.yaw_rate
                + np.float32(config.turning_per_rad) * np.abs(r.yaw_rate),
                r.step_s,
            )
        )
        return cost
