"""Zones on a grid: which cells a polygon or a line touches. Cost: 20 us a zone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray, points_in_polygon
from homebody.grid import GridSpec
from navigation.zones.zone import Zone, ZoneKind, Zones

BoolArray = NDArray[np.bool_]

UPSTREAM, DOWNSTREAM = 1, 2  # of a gate: one may go from the first to the second
_GATE_CELLS = 2.0  # on either side, so that no move leaps over it


def polygon_mask(spec: GridSpec, points_m: FloatArray) -> BoolArray:
    """Cells (H, W) that a polygon (N, 2) covers or touches."""
    mask = np.zeros(spec.shape, dtype=np.uint8)
    cv2.fillPoly(mask, [_pixels(spec, points_m)], 1)
    return mask.view(np.bool_)


def line_mask(spec: GridSpec, points_m: FloatArray) -> BoolArray:
    """Cells (H, W) under a polyline (N, 2)."""
    mask = np.zeros(spec.shape, dtype=np.uint8)
    cv2.polylines(mask, [_pixels(spec, points_m)], False, 1)
    return mask.view(np.bool_)


def closed_zones(zones: Zones, here_map_m: FloatArray) -> tuple[Zone, ...]:
    """Those that must not be entered now: not one that the robot is in, so that it can leave."""
    return tuple(
        zone
        for zone in zones.of(ZoneKind.KEEP_OUT, ZoneKind.WALL)
        if zone.kind is ZoneKind.WALL or not is_inside(zone, here_map_m)
    )


def is_inside(zone: Zone, point_map_m: FloatArray) -> bool:
    """Whether a point (2,) lies in a polygon."""
    return bool(points_in_polygon(point_map_m[None], zone.points_m)[0])


def closed_mask(spec: GridSpec, zones: tuple[Zone, ...]) -> BoolArray:
    """Cells (H, W) of keep-out polygons and virtual walls."""
    mask = np.zeros(spec.shape, dtype=np.bool_)
    for zone in zones:
        shape = polygon_mask if zone.is_polygon else line_mask
        mask |= shape(spec, zone.points_m)
    return mask


def gates(spec: GridSpec, zones: Zones) -> NDArray[np.int8]:
    """UPSTREAM and DOWNSTREAM beside the gates of one-way passages, else 0, shape (H, W)."""
    out = np.zeros(spec.shape, dtype=np.int8)
    for zone in zones.of(ZoneKind.ONE_WAY):
        left, right = zone.gate_m
        across = (left - right) / np.linalg.norm(left - right)
        forward = np.array([across[1], -across[0]])
        deep_m = _GATE_CELLS * spec.resolution_m * forward
        box = np.stack([left - deep_m, right - deep_m, right + deep_m, left + deep_m])
        cells = np.argwhere(polygon_mask(spec, box))
        is_beyond = (spec.centres_m(cells) - left) @ forward > 0.0
        out[cells[:, 0], cells[:, 1]] = np.where(is_beyond, DOWNSTREAM, UPSTREAM)
    return out


def _pixels(spec: GridSpec, points_m: FloatArray) -> NDArray[np.int32]:
    return np.ascontiguousarray(spec.cells_rc(points_m)[:, ::-1], dtype=np.int32)
