"""Dislike of hasty motion: acceleration, turning hard, and leaning into fast curves.

What is hasty depends on the body: motion is measured in shares of what its comfort allows.
Equation (21) of docs/maths/local_planner.md. Cost: 0.03 ms for 200 candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.messages import MotionLimits
from navigation.compiled import compiled
from navigation.local_planner.config import CostConfig, SpaceConfig
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_ZERO, _HALF = np.float32(0.0), np.float32(0.5)


@dataclass(frozen=True, slots=True)
class Comfort:
    """How hastily a body may move in comfort; the weights hold for the default body, this one."""

    speed: float = 1.0
    accel: float = 1.0
    jerk: float = 3.0
    yaw_rate: float = 1.8
    yaw_accel: float = 3.0
    yaw_jerk: float = 12.0

    @classmethod
    def of(cls, limits: MotionLimits, space: SpaceConfig) -> Comfort:
        """What a body's limits and the planner's own leave."""
        return cls(
            speed=limits.speed_max_m_s,
            accel=limits.accel_max_m_s2,
            jerk=limits.jerk_max_m_s3,
            yaw_rate=min(limits.yaw_rate_max_rad_s, space.yaw_rate_comfort_rad_s),
            yaw_accel=min(limits.yaw_accel_max_rad_s2, space.yaw_accel_comfort_rad_s2),
            yaw_jerk=min(limits.yaw_jerk_max_rad_s3, space.yaw_jerk_comfort_rad_s3),
        )


class Smoothness:
    """Integral of squared accelerations and jerks: along, about and across the motion."""

    def __init__(self, config: CostConfig, comfort: Comfort | None = None) -> None:
        body, default = comfort or Comfort(), Comfort()
        lateral = default.speed * default.yaw_rate / (body.speed * body.yaw_rate)
        # of accelerations, of jerks, and of rates; one per rad turned stays as it is
        self._per_s3 = (
            config.accel * (default.accel / body.accel) ** 2,
            config.yaw_accel * (default.yaw_accel / body.yaw_accel) ** 2,
        )
        self._per_s5 = (
            config.jerk * (default.jerk / body.jerk) ** 2,
            config.yaw_jerk * (default.yaw_jerk / body.yaw_jerk) ** 2,
        )
        self._per_s = (
            config.lateral_accel * lateral**2,
            config.yaw_rate * (default.yaw_rate / body.yaw_rate) ** 2,
            config.turning_per_rad,
        )

    def cost(self, batch: Batch, scene: Scene) -> Float32Array:
        """Cost (K,)."""
        del scene
        r = batch.rollout
        weights = [w / r.step_s for w in self._per_s3]  # (difference / step)^2 * step
        weights += [w / r.step_s**3 for w in self._per_s5]  # (second difference / step^2)^2 * step
        weights += [w * r.step_s for w in self._per_s]
        cost = np.empty(len(r.speed), np.float32)
        fill_smoothness(r.speed, r.yaw_rate, np.array(weights, np.float32), cost)
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
