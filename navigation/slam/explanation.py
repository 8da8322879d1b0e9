"""How well the map explains a scan at a pose: the share of beams that end where it has a surface.

A beam that ends where nothing has been seen yet says nothing; one that passes through a wall, or
ends in free space, contradicts the map. Cost: 0.1 ms for 60 beams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2
from navigation.mapping.beams import Beams
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.kernels import count_explained

_N_BEAMS = 60
_STEP_M = 0.15
_MARGIN_M = 0.3  # before a beam's end, where it may touch its own wall


@dataclass(frozen=True, slots=True)
class Explanation:
    """Counts over the beams looked at."""

    n_explained: int
    n_judged: int
    n_beams: int

    @property
    def share(self) -> float:
        """Explained of judged; 1 where nothing could be judged."""
        return self.n_explained / self.n_judged if self.n_judged else 1.0


def explain(
    beams_robot: Beams, T_map_robot: SE2, occupancy: OccupancyMap, explained_m: float
) -> Explanation:
    """Judge a scan, given in the robot frame, at a pose."""
    beams = beams_robot.select(slice(None, None, max(1, len(beams_robot) // _N_BEAMS)))
    beams = beams.transformed(T_map_robot)
    fit = occupancy.surface_fit(beams.ends_m, beams.normals)
    off_m = np.abs((fit.offset_m * fit.normals).sum(axis=1))
    map_now = occupancy.snapshot()
    n_explained, n_judged = count_explained(
        beams.origins_m,
        beams.ends_m,
        np.ascontiguousarray(beams.is_hit),
        fit.is_found & (off_m < explained_m),
        map_now.cells,
        map_now.spec.origin_x_m,
        map_now.spec.origin_y_m,
        map_now.spec.resolution_m,
        _STEP_M,
        _MARGIN_M,
    )
    return Explanation(n_explained, n_judged, len(beams))
