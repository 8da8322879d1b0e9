"""Measurements between two scans of a pose graph."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from homebody.geometry import FloatArray


class EdgeKind(Enum):
    """How a measurement came about, from the surest to the boldest."""

    SEQUENTIAL = "sequential"  # from one scan to the next
    LANDMARK = "landmark"  # to a scan of a moment ago that saw the same landmarks
    NEARBY = "nearby"  # to a place that was known to be near
    CLOSURE = "closure"  # to a place that was searched for


@dataclass(frozen=True, slots=True)
class Edge:
    """Pose of scan `second` in the frame of scan `first`.

    Attributes:
        relative: (x, y, yaw), shape (3,).
        information: Of an error in the frame of `second`, shape (3, 3).
        quality: Share of the scan that the other place explained.
    """

    first: int
    second: int
    relative: FloatArray
    information: FloatArray
    kind: EdgeKind
    quality: float = 1.0
