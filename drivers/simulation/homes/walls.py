"""Walls along lines, cut where doors and openings lie on them.

A file can so draw every wall straight through and place the doors on it. Cost: microseconds a wall.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from drivers.simulation.homes.home import Box
from homebody.geometry import FloatArray

OFF_LINE_M = 0.1
PIECE_MIN_M = 1e-3


def wall_boxes(
    points_m: FloatArray, thickness_m: float, height_m: float, gaps_m: FloatArray, name: str
) -> list[Box]:
    """Boxes of a wall along a line (P, 2), without the gaps (G, 2, 2) that lie on it.

    Ends and corners reach half a thickness beyond the points, so that corners are square.
    """
    boxes: list[Box] = []
    for a, b in pairwise(points_m):
        length = math.dist(a, b)
        yaw = math.atan2(b[1] - a[1], b[0] - a[0])
        direction = (b - a) / length
        for low, high in _pieces(length, thickness_m, _gaps_on(a, direction, thickness_m, gaps_m)):
            x, y = a + direction * (low + high) / 2.0
            half = (high - low) / 2.0
            boxes.append(Box(float(x), float(y), half, thickness_m / 2.0, yaw, 0.0, height_m, name))
    return boxes


def is_on_wall(points_m: FloatArray, thickness_m: float, gap_m: FloatArray) -> bool:
    """Whether a gap (2, 2) lies on one of the wall's segments."""
    for a, b in pairwise(points_m):
        length = math.dist(a, b)
        spans = _gaps_on(a, (b - a) / length, thickness_m, gap_m[None])
        if len(spans) and spans[0, 0] > -thickness_m and spans[0, 1] < length + thickness_m:
            return True
    return False


def _gaps_on(
    a: FloatArray, direction: FloatArray, thickness_m: float, gaps_m: FloatArray
) -> FloatArray:
    """Where the gaps (G, 2, 2) near the segment's line start and end along it, (N, 2) sorted."""
    along = (gaps_m - a) @ direction
    off = np.abs((gaps_m - a) @ np.array([-direction[1], direction[0]]))
    near = (off <= thickness_m / 2.0 + OFF_LINE_M).all(axis=1)
    near &= np.abs(along[:, 1] - along[:, 0]) > 4.0 * np.abs(off[:, 1] - off[:, 0])
    spans = np.sort(along[near], axis=1)
    return np.asarray(spans[np.argsort(spans[:, 0], kind="stable")])


def _pieces(length_m: float, thickness_m: float, spans: FloatArray) -> list[tuple[float, float]]:
    """What is left of a segment between its gaps."""
    pieces: list[tuple[float, float]] = []
    low = -thickness_m / 2.0
    for start, end in spans:
        if start - low > PIECE_MIN_M:
            pieces.append((low, min(float(start), length_m + thickness_m / 2.0)))
        low = max(low, float(end))
    if length_m + thickness_m / 2.0 - low > PIECE_MIN_M:
        pieces.append((low, length_m + thickness_m / 2.0))
    return pieces
