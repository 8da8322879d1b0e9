"""What was tried: looks taken and places that could not be reached, so that it ends some day.

A frontier that is still there after a few looks (glass, a leg that hides it) is given up; a
viewpoint that could not be reached is given up at once. Values, not state: each method gives a new
memory. Cost: microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from homebody.geometry import FloatArray
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.request import ExplorationDecision


def _no_points() -> FloatArray:
    return np.zeros((0, 2))


@dataclass(frozen=True, slots=True)
class ExplorationMemory:
    """Looks taken, (N, 2) each: where from and at which frontier; and places not reached (M, 2)."""

    looked_from_map_m: FloatArray = field(default_factory=_no_points)
    looked_at_map_m: FloatArray = field(default_factory=_no_points)
    unreached_map_m: FloatArray = field(default_factory=_no_points)
    config: ExplorationConfig = field(default_factory=ExplorationConfig)

    def after_look(self, decision: ExplorationDecision) -> ExplorationMemory:
        """The robot has stood at the viewpoint of `decision`."""
        if decision.viewpoint_map_m is None or decision.frontier_map_m is None:
            return self
        return ExplorationMemory(
            np.vstack([self.looked_from_map_m, decision.viewpoint_map_m]),
            np.vstack([self.looked_at_map_m, decision.frontier_map_m]),
            self.unreached_map_m,
            self.config,
        )

    def after_failure(self, decision: ExplorationDecision) -> ExplorationMemory:
        """The robot could not get to the viewpoint of `decision`."""
        if decision.viewpoint_map_m is None:
            return self
        unreached = np.vstack([self.unreached_map_m, decision.viewpoint_map_m])
        return ExplorationMemory(
            self.looked_from_map_m, self.looked_at_map_m, unreached, self.config
        )

    @property
    def blacklist_map_m(self) -> FloatArray:
        """Places tried in vain, shape (N, 2)."""
        at = self.looked_at_map_m
        off_m = np.linalg.norm(at[:, None] - at[None], axis=2)
        looks = (off_m <= self.config.blacklist_radius_m).sum(axis=1)
        return np.vstack([at[looks >= self.config.looks_max], self.unreached_map_m])
