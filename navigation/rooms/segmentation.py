"""Rooms of an occupancy map: take the furniture away, cut at every narrowing, join what is open.

A watershed of the clearance (as in Bormann et al., "Room Segmentation: Survey, Implementation, and
Analysis", ICRA 2016) with the joining rules of `merging`, which compare widths and so need no
door width; nothing is learnt. Derived in docs/maths/rooms.md.
Cost: 10 ms at 240 x 240 cells, 0.3 s at 1000 x 1000.
"""

from __future__ import annotations

import cv2
import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.global_planner.ground import BoolArray
from navigation.rooms.basins import Basins, LabelArray, find_basins
from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.doorways import find_doorways
from navigation.rooms.furniture import without_furniture
from navigation.rooms.merging import Merging
from navigation.rooms.plan import Kind, RoomArea, RoomPlan
from navigation.types import FREE, MapSnapshot

_DEFAULT = RoomSegmentationConfig()
_CORRIDOR_WIDTH_MAX_M = 3.0
_CORRIDOR_ELONGATION = 3.0


def segment(snapshot: MapSnapshot, config: RoomSegmentationConfig = _DEFAULT) -> RoomPlan:
    """The rooms and doorways of a map, whole or still growing; what is not FREE is wall."""
    spec = snapshot.spec
    floor = without_furniture(
        snapshot.cells == FREE,
        spec.resolution_m,
        config.furniture_side_max_m,
        config.furniture_area_max_m2,
    )
    basins = find_basins(floor, spec.resolution_m, config.clearance_min_m, config.peak_window_m)
    labels, peak_m = _rooms(basins, config)
    rooms = tuple(
        _room(label, float(peak_m[label]), labels, spec) for label in range(1, len(peak_m))
    )
    doorways = find_doorways(labels, spec, config.door_width_max_m)
    labels.flags.writeable = False
    return RoomPlan(spec, labels, rooms, doorways, snapshot.revision)


def _rooms(basins: Basins, config: RoomSegmentationConfig) -> tuple[LabelArray, FloatArray]:
    """Labels (H, W) of the groups that are large enough, and their greatest clearance (R + 1,)."""
    groups = Merging(basins, config).run()
    area_m2 = np.bincount(groups, weights=basins.area_m2, minlength=len(groups))
    is_room = area_m2 >= min(config.piece_area_min_m2, config.room_area_min_m2)
    is_room[0] = False
    number = np.where(is_room, np.cumsum(is_room), 0).astype(np.int32)
    peak_m = np.concatenate([[0.0], basins.peak_m[is_room]])
    return np.asarray(number[groups][basins.labels]), peak_m


def _room(label: int, peak_m: float, labels: LabelArray, spec: GridSpec) -> RoomArea:
    inside = labels == label
    area_m2 = float(inside.sum()) * spec.resolution_m**2
    width_m = 2.0 * peak_m
    is_long = area_m2 > _CORRIDOR_ELONGATION * width_m**2 and width_m < _CORRIDOR_WIDTH_MAX_M
    kind = Kind.CORRIDOR if is_long else Kind.ROOM
    return RoomArea(label, kind, area_m2, width_m, _outline_m(inside, spec))


def _outline_m(inside: BoolArray, spec: GridSpec) -> FloatArray:
    """Outer border (P, 2) through the outer edges of the cells, true to half a cell."""
    # Two pixels a side and one cell of border, so that the contour runs a quarter cell inside.
    fine = np.repeat(np.repeat(np.pad(inside, 1).astype(np.uint8), 2, axis=0), 2, axis=1)
    contours, _ = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    longest = max(contours, key=cv2.contourArea)
    corners = np.asarray(cv2.approxPolyDP(longest, 1.0, True)).reshape(-1, 2)
    half_cells = corners.astype(np.float64) + 0.5
    origin = np.array([spec.origin_x_m, spec.origin_y_m])
    return np.asarray(origin + (half_cells / 2.0 - 1.0) * spec.resolution_m)
