"""A leaf that stands at an angle, and whether the robot fits between it and the posts.

A door is open to a robot when its inscribed circle passes. A small grid in the doorway's own frame
holds the posts and what the beams end at. Where the circle finds no way from one side to the other
though all else is taken for free, the door is shut; where it finds one over what beams have gone
through, it is open; else nothing is said. Cost: 1 ms a doorway and scan.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray

BoolArray = NDArray[np.bool_]

_CELL_M = 0.03
_BESIDE_M = 0.3  # of the posts, on either side
_AWAY_CELLS = 3  # the sides begin and end so near to the window's edge


class DoorWindow:
    """The window of one doorway: along it from post to post, across as far as its leaf swings.

    Args:
        width_m: Between the posts.
        needed_m: The robot goes through a gap as wide as this.
    """

    def __init__(self, width_m: float, needed_m: float) -> None:
        self._radius_cells = 0.5 * needed_m / _CELL_M
        self._deep_m = width_m + needed_m
        self._low_m = np.array([-_BESIDE_M, -self._deep_m])
        n_along = math.ceil((width_m + 2.0 * _BESIDE_M) / _CELL_M)
        n_across = math.ceil(2.0 * self._deep_m / _CELL_M)
        self._shape = (n_along, n_across)
        along_m = (np.arange(n_along) + 0.5) * _CELL_M - _BESIDE_M
        across_m = (np.arange(n_across) + 0.5) * _CELL_M - self._deep_m
        is_post = ((along_m < 0.0) | (along_m > width_m))[:, None]
        self._walls = is_post & (np.abs(across_m) <= 1.5 * _CELL_M)

    def is_passable(
        self, starts: FloatArray, ends: FloatArray, is_hit: BoolArray, is_used: BoolArray
    ) -> bool | None:
        """Whether the robot fits through, None where that was not seen.

        Args:
            starts, ends: Of the beams, along the doorway and across, shape (N, 2).
            is_hit: Whether a beam ends at something, shape (N,).
            is_used: Whether a beam says something of the door, shape (N,).
        """
        barred = self._walls.copy()
        at = self._cells(ends[is_hit & is_used])
        if not len(at):
            return None
        barred[at[:, 0], at[:, 1]] = True
        if not self._has_way(barred):
            return False
        passed = self._passed(starts[is_used], ends[is_used])
        return True if self._has_way(barred | ~passed) else None

    def _has_way(self, barred: BoolArray) -> bool:
        """Whether the circle gets from one side of the doorway's line to the other."""
        room = cv2.distanceTransform((~barred).astype(np.uint8), cv2.DIST_L2, 5)
        fits = (np.asarray(room) >= self._radius_cells).astype(np.uint8)
        _, labels = cv2.connectedComponents(fits, None, 4)
        middle, away = self._shape[1] // 2, math.ceil(self._radius_cells) + _AWAY_CELLS
        here = np.unique(np.asarray(labels)[:, : middle - away])
        there = np.unique(np.asarray(labels)[:, middle + away :])
        return bool(np.intersect1d(here[here > 0], there[there > 0]).size)

    def _passed(self, starts: FloatArray, ends: FloatArray) -> BoolArray:
        """Cells that beams went through, and the specks between them."""
        picture = np.zeros(self._shape, dtype=np.uint8)
        beams = (np.stack([starts, ends], axis=1) - self._low_m) / _CELL_M
        is_near = (beams.max(axis=1) >= 0.0) & (beams.min(axis=1) <= self._shape)
        near = np.floor(beams[is_near.all(axis=1)][..., ::-1]).astype(np.int32)
        cv2.polylines(picture, list(near), False, 1)
        return cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0

    def _cells(self, points: FloatArray) -> NDArray[np.intp]:
        cells = np.floor((points - self._low_m) / _CELL_M).astype(np.intp)
        is_within = ((cells >= 0) & (cells < self._shape)).all(axis=1)
        return np.asarray(cells[is_within])
