"""Hazard of meeting people: each is a moving disc whose place grows uncertain with time.

It does not vanish when the robot stands: a person may walk into it, so stepping aside pays.
Equation (19) of docs/maths/local_planner.md. Cost: 0.1 ms for 200 candidates and one person.
"""

from __future__ import annotations

import numpy as np

from navigation.local_planner.config import HazardConfig
from navigation.local_planner.costs.base import falling
from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array

_STANDING_SHARE_M_S = 0.4


class PeopleHazard:
    """Chance of touching somebody, per second."""

    def __init__(self, config: HazardConfig) -> None:
        self._config = config

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array | None:
        """Hazard rate (K, T + 1), summed over the people."""
        del shift_m
        if batch.people_gap_m is None or scene.people is None:
            return None
        margin = np.float32(self._config.person_margin_m)
        std = np.float32(0.05) + scene.people.std_m[:, None, :]
        deep = np.clip((margin - batch.people_gap_m) / margin, 0.0, 2.0)
        chance = falling((batch.people_gap_m - margin) / std) + np.float32(4.0) * deep * deep
        # the less is known where they are, the less likely they are just here
        radius = np.float32(max(scene.person_radius_m, 0.05))
        spread = radius / (radius + scene.people.std_m[:, None, :])
        activity = np.float32(_STANDING_SHARE_M_S) + batch.edge_speed
        rate: Float32Array = (
            np.float32(self._config.person_per_s) * (chance * spread).sum(axis=0) * activity
        )
        return rate
