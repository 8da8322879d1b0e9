"""Borders of rooms drawn straight through their doorways: what bulges beyond one changes sides.

Borders of basins are round where an opening is wide. Cost: 0.2 ms a doorway.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.global_planner.ground import BoolArray
from navigation.rooms.plan import Doorway

LabelArray = NDArray[np.int32]

_WIDTH_MAX_M = 2.5  # of an opening that has a line worth speaking of
_AROUND_M = 1.0


def straightened(labels: LabelArray, doorways: Iterable[Doorway], spec: GridSpec) -> LabelArray:
    """The labels (H, W) with straight borders in doorways."""
    out = labels.copy()
    for doorway in doorways:
        if doorway.width_m > _WIDTH_MAX_M:
            continue
        ends_rc = spec.cells_rc(doorway.ends_m)
        reach = math.ceil(max(_AROUND_M, doorway.width_m) / spec.resolution_m)
        low = np.maximum(ends_rc.min(axis=0) - reach, 0)
        high = np.minimum(ends_rc.max(axis=0) + reach + 1, labels.shape)
        window = out[low[0] : high[0], low[1] : high[1]]
        first, second = doorway.labels
        for own, other in ((first, second), (second, first)):
            window[_beyond(window, own, other, _drawn_on(ends_rc - low))] = other
    return out


def _drawn_on(ends: NDArray[np.intp]) -> NDArray[np.int32]:
    """The line as pixels (x, y), a cell longer at both ends, shape (2, 2)."""
    along: FloatArray = (ends[1] - ends[0]) / max(float(np.hypot(*(ends[1] - ends[0]))), 1.0)
    longer = np.rint(np.stack([ends[0] - along, ends[1] + along])).astype(np.int32)
    return np.ascontiguousarray(longer[:, ::-1])


def _beyond(window: LabelArray, own: int, other: int, line_xy: NDArray[np.int32]) -> BoolArray:
    """Cells of a room that a line parts from all the rest of it, and that touch the other."""
    parted = (window == own).astype(np.uint8)
    cv2.polylines(parted, [line_xy], False, 0)
    n, found, stats, _ = cv2.connectedComponentsWithStats(parted, None, None, None, 4, cv2.CV_32S)
    parts, out = np.asarray(found), np.zeros(window.shape, dtype=np.bool_)
    if n <= 2:
        return out
    rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    is_kept = np.isin(np.arange(n), rim)  # it goes on beyond the window
    is_kept[[0, 1 + int(np.argmax(np.asarray(stats)[1:, cv2.CC_STAT_AREA]))]] = True
    for part in np.flatnonzero(~is_kept):
        mask = parts == part
        around = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if (window[around] == other).any():
            out |= mask
    return out
