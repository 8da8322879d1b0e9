"""Hazard of meeting people and movers: discs whose places grow uncertain with time.

It does not vanish when the robot stands: a person may walk into it, so stepping aside pays.
Equation (19) of docs/maths/local_planner.md. Cost: 0.05 ms for 200 candidates and one person.
"""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import HazardConfig
from navigation.local_planner.fast_math import falling32
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_STANDING_SHARE_M_S = np.float32(0.4)
_STD_MIN_M = np.float32(0.05)
_RADIUS_MIN_M = np.float32(0.05)
_ZERO, _TWO, _DEEP = np.float32(0.0), np.float32(2.0), np.float32(4.0)


class PeopleHazard:
    """Chance of touching somebody, per second."""

    def __init__(self, config: HazardConfig) -> None:
        self._margin = np.float32(config.person_margin_m)
        self._per_s = np.float32(config.person_per_s)

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array | None:
        """Hazard rate (K, T + 1), summed over the people."""
        del shift_m
        if batch.people_gap_m is None or scene.people is None:
            return None
        radius = np.maximum(scene.people.radius_m, _RADIUS_MIN_M)
        rate = np.empty_like(batch.edge_speed)
        gap, std = batch.people_gap_m, scene.people.std_m
        fill_people_rate(gap, std, batch.edge_speed, radius, self._margin, self._per_s, rate)
        return rate


@compiled
def fill_people_rate(
    gap_m: Float32Array,
    std_m: Float32Array,
    edge_speed: Float32Array,
    radius: Float32Array,
    margin: np.float32,
    per_s: np.float32,
    rate: Float32Array,
) -> None:
    """Equation (19): gaps (M, K, T + 1) and deviations (M, T + 1) to rates (K, T + 1)."""
    n_people, n_samples, n_times = gap_m.shape
    for k in range(n_samples):
        rate[k] = _ZERO
        for m in range(n_people):
            for i in range(n_times):
                gap, std = gap_m[m, k, i], std_m[m, i]
                deep = min(max((margin - gap) / margin, _ZERO), _TWO)
                chance = falling32((gap - margin) / (_STD_MIN_M + std)) + _DEEP * deep * deep
                # the less is known where they are, the less likely they are just here
                rate[k, i] += chance * radius[m] / (radius[m] + std)
        for i in range(n_times):
            rate[k, i] *= per_s * (_STANDING_SHARE_M_S + edge_speed[k, i])
