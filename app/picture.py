"""Pictures of maps: as the robot knows its home, with rooms' names or the way it really drove."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from app.lockstep import LockStepRobot
from drivers.simulation.homes.canvas import Canvas, Colour
from homebody.errors import InputError
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_PIXELS_PER_M = 80
_PIXELS_MAX = 4000
_BORDER_CELLS = 8
_COLOURS_BGR = {FREE: (255, 255, 255), UNKNOWN: (205, 200, 196), OCCUPIED: (60, 45, 40)}
_DRIVEN_BGR: Colour = (190, 110, 30)
_START_BGR, _END_BGR = (90, 170, 60), (50, 50, 210)
_INK_BGR: Colour = (60, 45, 40)
_ROOMS_BGR: tuple[Colour, ...] = (
    (222, 200, 140),
    (150, 210, 240),
    (170, 225, 170),
    (215, 180, 225),
    (160, 190, 250),
    (230, 220, 150),
)
_MARK_M = 0.09
_TEXT_SIZE = 0.55


def draw_run(robot: LockStepRobot, path: Path) -> None:
    """Draw the map as the robot knows it and the true way over it, as a PNG."""
    if robot.snapshot is None:
        return
    canvas = _paper(robot.snapshot)
    driven_m = np.array(robot.driven_m)
    canvas.line(driven_m, _DRIVEN_BGR, 2)
    for place_m, colour in ((driven_m[0], _START_BGR), (driven_m[-1], _END_BGR)):
        canvas.disc((float(place_m[0]), float(place_m[1])), _MARK_M, colour)
    _write(canvas, path)


def draw_map(snapshot: MapSnapshot, rooms: Sequence[tuple[str, FloatArray]], path: Path) -> None:
    """Draw a map with its rooms, each a name and an outline (P, 2) [m], as a PNG.

    Raises:
        InputError: The file cannot be written.
    """
    canvas = _paper(snapshot)
    for number, (_, outline_m) in enumerate(rooms):
        canvas.fill(outline_m, _ROOMS_BGR[number % len(_ROOMS_BGR)], 0.45)
    for name, outline_m in rooms:
        x_m, y_m = outline_m.mean(axis=0)
        canvas.label(name, (float(x_m), float(y_m)), _INK_BGR, _TEXT_SIZE, halo=(255, 255, 255))
    _write(canvas, path)


def _paper(snapshot: MapSnapshot) -> Canvas:
    """The known part of a map in colours."""
    shown = _cropped(snapshot)
    colours = np.zeros((3, 3), dtype=np.uint8)
    for cell_class, colour in _COLOURS_BGR.items():
        colours[cell_class] = colour
    spec = shown.spec
    scale = max(1, min(round(_PIXELS_PER_M * spec.resolution_m), _PIXELS_MAX // max(spec.shape)))
    cells = np.ascontiguousarray(np.flipud(colours[shown.cells]))
    pixels = cv2.resize(cells, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    return Canvas(
        pixels=np.asarray(pixels, np.uint8),
        origin_m=(spec.origin_x_m, spec.origin_y_m),
        corner_px=(0.0, float(pixels.shape[0])),
        px_per_m=scale / spec.resolution_m,
    )


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


def _write(canvas: Canvas, path: Path) -> None:
    done, data = cv2.imencode(".png", canvas.pixels)
    if not done:
        raise InputError(path, "picture", canvas.pixels.shape, "a map of a normal size")
    try:
        path.write_bytes(data.tobytes())
    except OSError as problem:
        raise InputError(path, "file", problem.strerror, "a folder to write to") from problem
