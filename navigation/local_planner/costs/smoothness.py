"""Dislike of hasty motion: acceleration, turning hard, and leaning into fast curves.

Equation (21) of docs/maths/local_planner.md. Cost: 0.03 ms for 200 candidates.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_ZERO, _HALF = np.float32(0.0), np.float32(0.5)


class Smoothness:
    """Integral of squared accelerations and jerks: along, about and across the motion."""

    def __init__(self, config: CostConfig) -> None:
        self._config = config

    def cost(self, batch: Batch, scene: Scene) -> Float32Array:
        """Cost (K,)."""
        del scene
        r, c = batch.rollout, self._config
        per_s3 = 1.0 / r.step_s  # (difference / step)^2 * step
        per_s5 = 1.0 / r.step_s**3  # (second difference / step^2)^2 * step
        differences = (per_s3 * c.accel, per_s3 * c.yaw_accel, per_s5 * c.jerk, per_s5 * c.yaw_jerk)
        rates = (r.step_s * c.lateral_accel, r.step_s * c.yaw_rate, r.step_s * c.turning_per_rad)
        cost = np.empty(len(r.speed), np.float32)
        fill_smoothness(r.speed, r.yaw_rate, np.array(differences + rates, np.float32), cost)
        return cost


@compiled
def fill_smoothness(
    speed: Float32Array, yaw_rate: Float32Array, weights: Float32Array, cost: Float32Array
) -> None:
    """Cost (K,); weights (7,) of squared accelerations, jerks, and three rates, per step."""
    n_samples, n_times = speed.shape
    for k in range(n_samples):
        accel, yaw_accel, jerk, yaw_jerk, rates = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
        last_dv, last_dw = _ZERO, _ZERO
        for i in range(n_times):
            v, w = speed[k, i], yaw_rate[k, i]
            leaning, turning = v * w, abs(w)
            rate = weights[4] * leaning * leaning + weights[5] * w * w + weights[6] * turning
            rates += rate if 0 < i < n_times - 1 else _HALF * rate
            if i > 0:
                dv, dw = v - speed[k, i - 1], w - yaw_rate[k, i - 1]
                accel += dv * dv
                yaw_accel += dw * dw
                if i > 1:
                    jerk += (dv - last_dv) * (dv - last_dv)
                    yaw_jerk += (dw - last_dw) * (dw - last_dw)
                last_dv, last_dw = dv, dw
        squares = weights[0] * accel + weights[1] * yaw_accel
        squares += weights[2] * jerk + weights[3] * yaw_jerk
        cost[k] = squares + rates
