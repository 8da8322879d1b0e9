"""A picture of a run: the robot's map, the way it really drove, where it started and ended."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from app.lockstep import LockStepRobot
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_PIXELS_PER_M = 80
_BORDER_CELLS = 8
_COLOURS_BGR = {FREE: (255, 255, 255), UNKNOWN: (205, 200, 196), OCCUPIED: (60, 45, 40)}
_DRIVEN_BGR = (190, 110, 30)
_START_BGR, _END_BGR = (90, 170, 60), (50, 50, 210)


def draw_run(robot: LockStepRobot, path: Path) -> None:
    """Draw the map as the robot knows it and the true way over it, as a PNG."""
    if robot.snapshot is None:
        return
    snapshot = _cropped(robot.snapshot)
    colours = np.zeros((3, 3), dtype=np.uint8)
    for cell_class, colour in _COLOURS_BGR.items():
        colours[cell_class] = colour
    scale = max(1, round(_PIXELS_PER_M * snapshot.spec.resolution_m))
    cells = np.ascontiguousarray(np.flipud(colours[snapshot.cells]))
    picture = cv2.resize(cells, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    pixels = _pixels(np.array(robot.driven_m), snapshot.spec, scale)
    cv2.polylines(
        picture, [pixels], isClosed=False, color=_DRIVEN_BGR, thickness=2, lineType=cv2.LINE_AA
    )
    for pixel, colour in ((pixels[0], _START_BGR), (pixels[-1], _END_BGR)):
        centre = (int(pixel[0]), int(pixel[1]))
        cv2.circle(picture, centre, 7, colour, -1, lineType=cv2.LINE_AA)
    cv2.imwrite(str(path), picture)


def _cropped(snapshot: MapSnapshot) -> MapSnapshot:
    """The map without the unknown that surrounds it."""
    rows, cols = np.nonzero(snapshot.cells != UNKNOWN)
    if not len(rows):
        return snapshot
    low = np.maximum((rows.min() - _BORDER_CELLS, cols.min() - _BORDER_CELLS), 0)
    high = (rows.max() + _BORDER_CELLS, cols.max() + _BORDER_CELLS)
    cells = snapshot.cells[low[0] : high[0], low[1] : high[1]]
    old = snapshot.spec
    spec = GridSpec(
        old.origin_x_m + int(low[1]) * old.resolution_m,
        old.origin_y_m + int(low[0]) * old.resolution_m,
        old.resolution_m,
        *cells.shape,
    )
    return MapSnapshot(spec, cells, snapshot.revision)


def _pixels(
    points_m: FloatArray, spec: GridSpec, scale: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    cells = (points_m - (spec.origin_x_m, spec.origin_y_m)) / spec.resolution_m
    cells[:, 1] = spec.n_rows - cells[:, 1]
    return np.round(cells * scale).astype(np.int32)
