"""What the graph keeps of a scan, and the gathering of scans that are too sparse to be matched."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.config import FrontEndConfig
from navigation.mapping.beams import Beams


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A scan in the graph: its beams in the robot frame, and its number in the log."""

    number: int
    beams: Beams


class ScanGatherer:
    """Joins sparse scans along dead reckoning until there is enough to match; see `step`.

    A sensor with enough beams is handed through scan by scan.
    """

    def __init__(self, config: FrontEndConfig) -> None:
        self._config = config
        self._parts: list[tuple[Beams, SE2]] = []  # with the pose of each in the first's frame
        self._T_first_now = SE2.identity()

    def step(self, beams: Beams, increment: SE2) -> Beams:
        """The beams in the newest robot frame, with those of the scans before where they are few.

        Args:
            increment: Motion since the scan before.
        """
        beams = within_range(beams, self._config.range_max_m)
        self._T_first_now = self._T_first_now @ increment
        if len(beams) >= self._config.n_points_min:
            self._parts.clear()
            return beams
        self._parts.append((beams, self._T_first_now))
        while len(self._parts) > 1 and self._is_too_old():
            self._parts.pop(0)
        T_now_first = self._T_first_now.inverse()
        return joined([part.transformed(T_now_first @ T_first) for part, T_first in self._parts])

    def _is_too_old(self) -> bool:
        """Whether the oldest part is far back, by way or by turn, or no longer needed."""
        T_now_first = self._T_first_now.inverse() @ self._parts[0][1]
        way_m = math.hypot(T_now_first.x_m, T_now_first.y_m)
        turn_rad = abs(T_now_first.yaw_rad)
        config = self._config
        n_others = sum(len(part) for part, _ in self._parts[1:])
        is_far = way_m > config.gather_way_m or turn_rad > config.gather_turn_rad
        return is_far or n_others >= 3 * config.n_points_min


def within_range(beams: Beams, range_max_m: float) -> Beams:
    """The beams that hit something near enough."""
    away = beams.ends_m - beams.origins_m
    return beams.select(beams.is_hit & (np.hypot(away[:, 0], away[:, 1]) <= range_max_m))


def joined(parts: list[Beams]) -> Beams:
    """All beams, in one frame already."""
    if not parts:
        return Beams.empty()
    return Beams(
        np.concatenate([p.origins_m for p in parts]),
        np.concatenate([p.ends_m for p in parts]),
        np.concatenate([p.is_hit for p in parts]),
        np.concatenate([p.normals for p in parts]),
    )


def thinned(points_m: FloatArray, n_most: int) -> FloatArray:
    """At most so many of the points (N, 2), spread evenly over them."""
    if len(points_m) <= n_most:
        return points_m
    return points_m[np.linspace(0, len(points_m) - 1, n_most).round().astype(np.intp)]
