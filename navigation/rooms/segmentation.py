"""Rooms of an occupancy map: take the furniture away, cut at every narrowing, join what is open.

A watershed of the clearance (as in Bormann et al., "Room Segmentation: Survey, Implementation, and
Analysis", ICRA 2016) with the joining rules of `merging`, which compare widths and so need no
door width; nothing is learnt. Derived in docs/maths/rooms.md.
Cost: 10 ms at 240 x 240 cells, 0.3 s at 1000 x 1000.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray
from navigation.global_planner.ground import BoolArray
from navigation.rooms.basins import Basins, LabelArray, find_basins, floor_clearance
from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.doorways import find_doorways
from navigation.rooms.furniture import without_furniture
from navigation.rooms.merging import Merging
from navigation.rooms.plan import Kind, RoomArea, RoomPlan
from navigation.rooms.straight import straightened
from navigation.types import FREE, MapSnapshot

_DEFAULT = RoomSegmentationConfig()
_CORRIDOR_WIDTH_MAX_M = 3.0
_CORRIDOR_ELONGATION = 3.0
_DOOR_LEAF_M = 0.2


def segment(snapshot: MapSnapshot, config: RoomSegmentationConfig = _DEFAULT) -> RoomPlan:
    """The rooms and doorways of a map, whole or still growing; what is not FREE is wall."""
    return plan_of(room_labels(snapshot, config), snapshot.spec, snapshot.revision, config)


def room_labels(snapshot: MapSnapshot, config: RoomSegmentationConfig = _DEFAULT) -> LabelArray:
    """Room of each cell, from 1, 0 for none, shape (H, W)."""
    resolution_m = snapshot.spec.resolution_m
    floor = without_furniture(
        snapshot.cells == FREE,
        resolution_m,
        config.furniture_side_max_m,
        config.furniture_area_max_m2,
    )
    labels = _rooms(find_basins(floor, resolution_m, config), config)
    doorways = find_doorways(labels, snapshot.spec, config.door_width_max_m)
    return straightened(labels, doorways, snapshot.spec)


def plan_of(
    labels: LabelArray, spec: GridSpec, revision: int, config: RoomSegmentationConfig = _DEFAULT
) -> RoomPlan:
    """The plan of rooms that are known by their cells: labels (H, W), 1 to R."""
    boxes = ndimage.find_objects(labels)
    rooms = tuple(_room(label, box, labels, spec) for label, box in enumerate(boxes, 1))
    doorways = find_doorways(labels, spec, config.door_width_max_m)
    labels.flags.writeable = False
    return RoomPlan(spec, labels, rooms, doorways, revision)


def _rooms(basins: Basins, config: RoomSegmentationConfig) -> LabelArray:
    """Labels (H, W) of the groups of basins that are large enough."""
    groups = Merging(basins, config).run()
    area_m2 = np.bincount(groups, weights=basins.area_m2, minlength=len(groups))
    is_room = area_m2 >= min(config.piece_area_min_m2, config.room_area_min_m2)
    is_room[0] = False
    number = np.where(is_room, np.cumsum(is_room), 0).astype(np.int32)
    return np.asarray(number[groups][basins.labels])


def _room(label: int, box: tuple[slice, slice], labels: LabelArray, spec: GridSpec) -> RoomArea:
    inside = labels[box] == label
    low_rc = np.array([box[0].start, box[1].start])
    area_m2 = float(inside.sum()) * spec.resolution_m**2
    clearance_m = floor_clearance(inside, spec.resolution_m)
    centre_rc = np.array(np.unravel_index(int(np.argmax(clearance_m)), inside.shape)) + low_rc
    width_m = 2.0 * float(clearance_m.max())
    is_long = area_m2 > _CORRIDOR_ELONGATION * width_m**2 and width_m < _CORRIDOR_WIDTH_MAX_M
    kind = Kind.CORRIDOR if is_long else Kind.ROOM
    outline_m = _outline_m(inside, low_rc, spec)
    return RoomArea(label, kind, area_m2, width_m, outline_m, spec.centres_m(centre_rc))


def _outline_m(inside: BoolArray, low_rc: IntArray, spec: GridSpec) -> FloatArray:
    """Outer border (P, 2) through the outer edges of the cells, true to half a cell."""
    # Two pixels a side and one cell of border, so that the contour runs a quarter cell inside.
    pixels = np.repeat(np.repeat(np.pad(inside, 1).astype(np.uint8), 2, axis=0), 2, axis=1)
    contours, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if len(contours) > 1:  # the user joined rooms that a shut door parts now
        size = 2 * round(_DOOR_LEAF_M / spec.resolution_m) + 1
        closed = cv2.morphologyEx(
            np.pad(pixels, size), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)
        )
        pixels = np.ascontiguousarray(closed[size:-size, size:-size], dtype=np.uint8)
        contours, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    longest = max(contours, key=cv2.contourArea)
    corners = np.asarray(cv2.approxPolyDP(longest, 1.0, True)).reshape(-1, 2)
    half_cells = corners.astype(np.float64) + 0.5 + 2.0 * low_rc[::-1]
    origin = np.array([spec.origin_x_m, spec.origin_y_m])
    return np.asarray(origin + (half_cells / 2.0 - 1.0) * spec.resolution_m)
