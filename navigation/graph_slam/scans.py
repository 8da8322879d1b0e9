"""What the graph keeps of a scan, and the gathering of scans that are too sparse to be matched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.mapping.beams import Beams


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A scan in the graph: its beams in the robot frame, and its number in the log."""

    number: int
    beams: Beams


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
