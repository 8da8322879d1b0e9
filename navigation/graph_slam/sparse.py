"""Sensors with a dozen beams: what their neighbours in time say about a scan's walls.

Scans of ten hits have no lines in them, so neighbours are sought among the hits of the scans
around: a hit on a wall stands for the wall from halfway to the next hit on. Only the newest hits
are matched: scans joined along dead reckoning would be matched to themselves, and so confirm
whatever the wheels had said. The idea of joining is from Zhou et al., "Efficient 2D graph SLAM for
sparse sensing" (2022). Cost: 0.3 ms per scan.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.scans import joined
from navigation.graph_slam.surfel_kernels import fit_surfels, spread_surfels
from navigation.mapping.beams import Beams

_RADIUS_M = 0.6
_STEP_M = 0.05
_SHARE = 0.5


class RecentHits:
    """The hits of the last scans; see `with_walls`."""

    def __init__(self, n_most: int) -> None:
        self._n_most = n_most
        self._scans: deque[tuple[Beams, SE2]] = deque()
        self._n_hits = 0

    def add(self, beams_robot: Beams, T_front_robot: SE2) -> None:
        """Remember a scan, and forget the oldest."""
        self._scans.append((beams_robot, T_front_robot))
        self._n_hits += len(beams_robot)
        while self._n_hits > self._n_most:
            self._n_hits -= len(self._scans.popleft()[0])

    def clear(self) -> None:
        """Forget all; the robot is lost."""
        self._scans.clear()
        self._n_hits = 0

    def with_walls(self, beams_robot: Beams, T_front_robot: SE2) -> tuple[Beams, FloatArray]:
        """A scan with the normals of the walls it hit, and `fit_surfels`' columns (N, 4)."""
        here = T_front_robot.inverse()
        past = [scan.transformed(here @ T_front_scan) for scan, T_front_scan in self._scans]
        return walls(beams_robot, joined([beams_robot, *past]))


def walls(beams: Beams, around: Beams) -> tuple[Beams, FloatArray]:
    """Beams with normals from the hits around, of which they are the first, and surfels (N, 4)."""
    back = around.origins_m - around.ends_m
    back /= np.maximum(np.linalg.norm(back, axis=1, keepdims=True), 1e-9)
    surfels = fit_surfels(np.ascontiguousarray(around.ends_m), back, len(beams), _RADIUS_M)
    normals = np.ascontiguousarray(surfels[:, :2])
    return Beams(beams.origins_m, beams.ends_m, beams.is_hit, normals), surfels


def spread(beams: Beams, surfels: FloatArray) -> Beams:
    """The beams with others beside them, that hit the rest of the same walls."""
    points = spread_surfels(surfels, _STEP_M, _SHARE)
    index, along_m = points[:, 0].astype(np.intp), points[:, 1:]
    normals = beams.normals[index]
    right = np.column_stack((normals[:, 1], -normals[:, 0]))
    return Beams(
        beams.origins_m[index], beams.ends_m[index] + along_m * right, beams.is_hit[index], normals
    )


def joined_walls(parts: list[Beams]) -> tuple[Beams, Beams]:
    """All hits in one frame with normals from one another, and those spread along their walls."""
    together = joined(parts)
    beams, surfels = walls(together, together)
    return beams, spread(beams, surfels)
