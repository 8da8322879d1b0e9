"""What was tried: looks taken and places that could not be reached, so that it ends some day.

A frontier that is still there after a few looks (glass, a leg that hides it) is given up; a
viewpoint that could not be reached is given up at once, and so is the way on from where the robot
came to: what lies behind a gap that it does not pass is not tried place by place. Both last until
something goes from the map that may have been in the way. Values, not state: each method gives a
new memory. Cost: microseconds, 1 ms to compare maps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from homebody.geometry import FloatArray
from navigation.exploration.changes import cleared_m2
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.request import ExplorationDecision
from navigation.types import MapSnapshot


def _no_points() -> FloatArray:
    return np.zeros((0, 2))


@dataclass(frozen=True, slots=True)
class ExplorationMemory:
    """Looks taken, (N, 2) each: where from and at which frontier; and places not reached (M, 2).

    `impasses_map_m` are the places, shape (K, 2), just ahead of where the robot could not go on.
    `failed_on` is the map at the last failure.
    """

    looked_from_map_m: FloatArray = field(default_factory=_no_points)
    looked_at_map_m: FloatArray = field(default_factory=_no_points)
    unreached_map_m: FloatArray = field(default_factory=_no_points)
    impasses_map_m: FloatArray = field(default_factory=_no_points)
    failed_on: MapSnapshot | None = None
    config: ExplorationConfig = field(default_factory=ExplorationConfig)

    def after_look(self, decision: ExplorationDecision) -> ExplorationMemory:
        """The robot has stood at the viewpoint of `decision`."""
        if decision.viewpoint_map_m is None or decision.frontier_map_m is None:
            return self
        return replace(
            self,
            looked_from_map_m=np.vstack([self.looked_from_map_m, decision.viewpoint_map_m]),
            looked_at_map_m=np.vstack([self.looked_at_map_m, decision.frontier_map_m]),
        )

    def after_failure(
        self,
        decision: ExplorationDecision,
        snapshot: MapSnapshot,
        came_to_map_m: FloatArray | None = None,
    ) -> ExplorationMemory:
        """The robot could not get to the viewpoint of `decision`, and the map is like this.

        Args:
            came_to_map_m: Where it could not go on, shape (2,); None: it was not the way's fault.
        """
        if decision.viewpoint_map_m is None:
            return self
        unreached = np.vstack([self.unreached_map_m, decision.viewpoint_map_m])
        impasses = self.impasses_map_m
        if came_to_map_m is not None and len(decision.way_map_m):
            ahead = _ahead(decision.way_map_m, came_to_map_m, self.config.impasse_ahead_m)
            impasses = np.vstack([impasses, ahead])
        return replace(self, unreached_map_m=unreached, impasses_map_m=impasses, failed_on=snapshot)

    def after_change(self, snapshot: MapSnapshot) -> ExplorationMemory:
        """What could not be reached gets another chance if something has gone from the map."""
        if self.failed_on is None or not len(self.unreached_map_m):
            return self
        is_new_way = cleared_m2(self.failed_on, snapshot) >= self.config.cleared_min_m2
        return self.forgiving() if is_new_way else self

    def forgiving(self) -> ExplorationMemory:
        """All that could not be reached gets another chance."""
        nothing = _no_points()
        return replace(self, unreached_map_m=nothing, impasses_map_m=nothing, failed_on=None)

    @property
    def blacklist_map_m(self) -> FloatArray:
        """Places tried in vain, shape (N, 2)."""
        at = self.looked_at_map_m
        off_m = np.linalg.norm(at[:, None] - at[None], axis=2)
        looks = (off_m <= self.config.blacklist_radius_m).sum(axis=1)
        return np.vstack([at[looks >= self.config.looks_max], self.unreached_map_m])


def _ahead(way_map_m: FloatArray, here_map_m: FloatArray, ahead_m: float) -> FloatArray:
    """The first point of the way's rest that is so far from here, or its end, shape (2,)."""
    off_m = np.linalg.norm(way_map_m - here_map_m, axis=1)
    nearest = int(np.argmin(off_m))
    is_ahead = off_m[nearest:] >= ahead_m
    first = int(np.argmax(is_ahead)) if is_ahead.any() else -1
    return np.asarray(way_map_m[nearest:][first])
