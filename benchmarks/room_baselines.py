"""Two known ways to find rooms, measured beside ours.

Distance-transform watershed and morphological segmentation as in Bormann et al., "Room
Segmentation: Survey, Implementation, and Analysis" (ICRA 2016), with the limits of area that their
implementation publishes; in homes the largest eroded room is 20 m2 instead of 47, for the published
value takes most homes for one room (chosen on the even maps, in favour of the baseline). Cost: 0.1
to 2 s a map.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from navigation.rooms.basins import flooded

BoolGrid = NDArray[np.bool_]
LabelGrid = NDArray[np.int32]

OFFICE_ROOM_MAX_M2, HOME_ROOM_MAX_M2 = 47.0, 20.0
_ROOM_MIN_M2 = 0.8
_DISTANCE_M2 = (0.35, 163.0)


def watershed_rooms(free: BoolGrid, resolution_m: float) -> LabelGrid:
    """The level of the distance transform with the most components seeds a watershed."""
    distance = _distance(free)
    best: LabelGrid = np.zeros(free.shape, np.int32)
    for level in np.arange(1.0, float(distance.max()), 1.0):
        seeds = _of_size(distance > level, resolution_m, _DISTANCE_M2)
        if seeds.max() > best.max():
            best = seeds
    return flooded(-distance, best, free)


def morphological_rooms(free: BoolGrid, resolution_m: float, room_max_m2: float) -> LabelGrid:
    """Erode step by step; what comes apart at the size of a room is one, and grows back."""
    rooms: LabelGrid = np.zeros(free.shape, np.int32)
    left = free.astype(np.uint8)
    while left.any():
        eroded = cv2.erode(left, np.ones((3, 3), np.uint8), borderValue=0)
        left = np.asarray(eroded, dtype=np.uint8)
        found = _of_size(left > 0, resolution_m, (_ROOM_MIN_M2, room_max_m2))
        is_found = found > 0
        rooms[is_found] = found[is_found] + rooms.max()
        left[is_found] = 0
    return flooded(np.zeros(free.shape, np.float32), rooms, free)


def _distance(free: BoolGrid) -> NDArray[np.float32]:
    padded = np.pad(free, 1).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1])


def _of_size(inside: BoolGrid, resolution_m: float, limits_m2: tuple[float, float]) -> LabelGrid:
    """Components of an allowed area, numbered from 1."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        inside.astype(np.uint8), None, None, None, 4
    )
    area_m2 = stats[:, cv2.CC_STAT_AREA] * resolution_m**2
    is_kept = (area_m2 >= limits_m2[0]) & (area_m2 <= limits_m2[1])
    is_kept[0] = False
    numbers = np.where(is_kept, np.cumsum(is_kept), 0).astype(np.int32)
    return np.asarray(numbers[labels])
