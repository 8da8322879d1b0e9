"""Draws a home and what was understood of it: solids by height, doors, rooms, dock, start, people.

The reachable free area is what the robot's inscribed circle can sweep from the start, as the
simulator counts coverage. Cost: 0.2 s a home.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from drivers.simulation.homes.canvas import Canvas, Colour, circle_m, text_width_px
from drivers.simulation.homes.home import WALL_HEIGHT_M, Box, Door, Home, NamedRoom, corners_m
from drivers.simulation.homes.raster import (
    cells_in_polygon,
    clearance_m,
    door_leaf,
    reachable_free_area,
    solid_grid,
)
from homebody.errors import InputError
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from homebody.messages import BodyDescription, default_body

LONG_SIDE_PX = 1500.0
PX_PER_M = (14.0, 140.0)
MARGIN_M = 0.2
PLATE_M = 0.36
LIDAR_M = 0.2
ROBOT_M = 0.44

# Blue, green, red.
PAPER: Colour = (250, 252, 253)
INK: Colour = (60, 52, 48)
FAINT: Colour = (168, 162, 158)
WALL: Colour = (88, 78, 72)
REACHABLE: Colour = (176, 218, 160)
DOOR: Colour = (45, 95, 165)
START: Colour = (60, 50, 200)
DOCK: Colour = (190, 120, 40)
DROP: Colour = (110, 70, 150)
PERSON: Colour = (170, 60, 150)
TINTS: tuple[Colour, ...] = (
    (222, 240, 252),
    (244, 236, 220),
    (226, 244, 228),
    (240, 226, 242),
    (214, 238, 240),
    (246, 230, 230),
)
# Highest point below which a thing gets a colour, and what it is for a robot.
HEIGHTS: tuple[tuple[float, Colour, str], ...] = (
    (LIDAR_M, (92, 120, 238), "below the lidar (0.20 m)"),
    (ROBOT_M, (104, 178, 240), "lower than the robot (0.44 m)"),
    (1.1, (196, 184, 120), "waist high (1.1 m)"),
    (math.inf, (168, 132, 118), "higher"),
)


def draw_home(home: Home, path: Path, footprint_m: FloatArray | None = None) -> None:
    """Write the picture of a home as PNG; `footprint_m` (P, 2) is the default body's if not given.

    Raises:
        InputError: The file cannot be written.
    """
    done, data = cv2.imencode(".png", render_home(home, footprint_m))
    if not done:
        raise InputError(path, "picture", "not encoded", "a home of a normal size")
    try:
        path.write_bytes(data.tobytes())
    except OSError as problem:
        raise InputError(path, "file", problem.strerror, "a folder to write to") from problem


def render_home(home: Home, footprint_m: FloatArray | None = None) -> np.ndarray:
    """The picture of a home, blue-green-red, shape (H, W, 3)."""
    body = default_body() if footprint_m is None else BodyDescription(np.asarray(footprint_m))
    spec, solid = solid_grid(home)
    reachable = reachable_free_area(spec, solid, home.start, body.inscribed_radius_m)
    canvas = _empty_canvas(home)
    _draw_grid(canvas, home)
    for room, tint in zip(home.rooms, TINTS * len(home.rooms), strict=False):
        canvas.fill(room.outline_m, tint)
    canvas.shade(spec, reachable, REACHABLE, 0.38)
    for outline in home.drops:
        _draw_drop(canvas, outline)
    _draw_solids(canvas, home)
    for door in home.doors:
        _draw_door(canvas, door)
    for person in home.people:
        points = np.array(person.waypoints_m)
        canvas.dashes(points, PERSON, 2)
        canvas.disc(person.waypoints_m[0], 0.12, PERSON)
        canvas.label(person.name, _below(points[0], 0.3), PERSON, 0.45, halo=PAPER)
    _draw_dock_and_start(canvas, home, body.footprint_m)
    _draw_furniture_names(canvas, home)
    room_size = 0.62 if canvas.px_per_m > 50 else 0.5
    for room in home.rooms:
        canvas.label(room.name, _middle(room, spec, solid), INK, room_size, halo=PAPER)
    _draw_frame(canvas, home)
    _draw_words(canvas, home, float(reachable.sum()) * spec.resolution_m**2)
    return canvas.pixels


def _empty_canvas(home: Home) -> Canvas:
    x0, y0, x1, y1 = home.bounds_m
    width, height = x1 - x0 + 2 * MARGIN_M, y1 - y0 + 2 * MARGIN_M
    scale = float(np.clip(LONG_SIDE_PX / max(width, height), *PX_PER_M))
    n_cols = max(round(width * scale) + 80, 760)
    n_rows = round(height * scale) + 60 + 130
    pixels = np.full((n_rows, n_cols, 3), PAPER, dtype=np.uint8)
    return Canvas(pixels, (x0 - MARGIN_M, y0 - MARGIN_M), (55.0, n_rows - 130.0), scale)


def _draw_grid(canvas: Canvas, home: Home) -> None:
    """Faint lines at whole metres with their numbers; fewer where the home is large."""
    x0, y0, x1, y1 = home.bounds_m
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if s * canvas.px_per_m >= 38)
    low, high = (x0 - MARGIN_M, y0 - MARGIN_M), (x1 + MARGIN_M, y1 + MARGIN_M)
    for x in np.arange(math.ceil(low[0] / step) * step, high[0] + 1e-9, step):
        canvas.line(np.array([[x, low[1]], [x, high[1]]]), (236, 234, 232))
        at = canvas.to_px(np.array([x, low[1]]))
        words = f"{x:g}"
        left = round(at[0]) - text_width_px(words, 0.45) // 2
        canvas.text(words, (left, round(at[1]) + 20), FAINT, 0.45)
    for y in np.arange(math.ceil(low[1] / step) * step, high[1] + 1e-9, step):
        canvas.line(np.array([[low[0], y], [high[0], y]]), (236, 234, 232))
        at = canvas.to_px(np.array([low[0], y]))
        words = f"{y:g}"
        left = round(at[0]) - 10 - text_width_px(words, 0.45)
        canvas.text(words, (left, round(at[1]) + 5), FAINT, 0.45)


def _draw_solids(canvas: Canvas, home: Home) -> None:
    """Lowest first, so that a table's top lies over its legs and walls over all."""
    shapes = [(box.z_high_m, _is_wall(box), box.z_low_m, corners_m(box)) for box in home.boxes]
    shapes += [
        (c.z_high_m, False, c.z_low_m, circle_m((c.x_m, c.y_m), c.radius_m)) for c in home.cylinders
    ]
    for z_high, is_wall, z_low, outline in sorted(shapes, key=lambda shape: shape[:2]):
        if is_wall:
            canvas.fill(outline, WALL)
            continue
        colour = next(colour for top, colour, _ in HEIGHTS if z_high <= top)
        is_overhead = z_low >= ROBOT_M
        canvas.fill(outline, colour, 0.35 if is_overhead else 1.0)
        canvas.line(outline, _darker(colour), 1, is_closed=True)


def _is_wall(box: Box) -> bool:
    return box.z_low_m <= 0.0 and box.z_high_m >= WALL_HEIGHT_M


def _draw_drop(canvas: Canvas, outline_m: FloatArray) -> None:
    """Treads of a stair."""
    canvas.fill(outline_m, (226, 208, 232))
    low, high = outline_m.min(axis=0), outline_m.max(axis=0)
    n_steps = max(2, round((high - low).max() / 0.16))
    axis = int(np.argmax(high - low))
    for at in np.linspace(low[axis], high[axis], n_steps):
        tread = np.stack([low, high])
        tread[:, axis] = at
        canvas.line(tread, DROP, 1)
    canvas.line(outline_m, DROP, 2, is_closed=True)
    canvas.label("drop", tuple((low + high) / 2.0), DROP, 0.45, halo=PAPER)


def _draw_door(canvas: Canvas, door: Door) -> None:
    """The leaf as it stands at the start, and the arc it swings through."""
    shut = math.atan2(door.latch_m[1] - door.hinge_m[1], door.latch_m[0] - door.hinge_m[0])
    angles = shut + np.linspace(0.0, door.open_angle_rad, 40)
    width = math.dist(door.hinge_m, door.latch_m)
    arc = np.array(door.hinge_m) + width * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    canvas.dashes(arc, DOOR, 1)
    canvas.dashes(np.array([door.hinge_m, door.latch_m]), DOOR, 1)
    leaf = corners_m(door_leaf(door, door.open_angle_rad if door.is_open else 0.0))
    canvas.fill(leaf, DOOR)
    canvas.disc(door.hinge_m, 0.035, DOOR)


def _draw_dock_and_start(canvas: Canvas, home: Home, footprint_m: FloatArray) -> None:
    if home.dock:
        half = PLATE_M / 2.0
        plate = np.array([[half, half], [-half, half], [-half, -half], [half, -half]])
        canvas.fill(home.dock.apply(plate), DOCK, 0.45)
        canvas.line(home.dock.apply(plate), DOCK, 2, is_closed=True)
        at = _below(home.dock.translation(), 0.45)
        canvas.label("dock", at, DOCK, 0.45, halo=PAPER)
    outline = home.start.apply(footprint_m)
    canvas.fill(outline, START, 0.25)
    canvas.line(outline, START, 2, is_closed=True)
    reach = float(np.linalg.norm(footprint_m, axis=1).max())
    canvas.arrow((home.start.x_m, home.start.y_m), home.start.yaw_rad, 1.6 * reach, START)
    at = _below(home.start.translation(), -0.4)
    canvas.label("start", at, START, 0.45, halo=PAPER)
    canvas.keep_clear(outline)


def _draw_furniture_names(canvas: Canvas, home: Home) -> None:
    """Names of what is large enough on the picture to hold them."""
    for box in home.boxes:
        half_x, half_y = np.ptp(corners_m(box), axis=0) / 2.0 * canvas.px_per_m
        if not _is_wall(box) and text_width_px(box.name, 0.38) < 2.0 * half_x - 6 and half_y > 9:
            colour = INK if box.z_low_m >= ROBOT_M else PAPER
            canvas.label(box.name, (box.x_m, box.y_m), colour, 0.38)


def _middle(room: NamedRoom, spec: GridSpec, solid: np.ndarray) -> tuple[float, float]:
    """A roomy place near the room's middle, where a name covers little."""
    inside = cells_in_polygon(spec, room.outline_m)
    clearance = clearance_m(spec, solid | ~inside)
    cells = spec.centres_m(np.moveaxis(np.indices(solid.shape), 0, -1))
    off_middle = np.linalg.norm(cells - room.outline_m.mean(axis=0), axis=-1)
    score = np.where(inside, np.minimum(clearance, 0.5) - 0.1 * off_middle, -np.inf)
    x, y = cells.reshape(-1, 2)[int(np.argmax(score))]
    return float(x), float(y)


def _draw_frame(canvas: Canvas, home: Home) -> None:
    x0, y0, x1, y1 = home.bounds_m
    m = MARGIN_M
    frame = np.array([[x0 - m, y0 - m], [x1 + m, y0 - m], [x1 + m, y1 + m], [x0 - m, y1 + m]])
    canvas.line(frame, FAINT, 1, is_closed=True)


def _draw_words(canvas: Canvas, home: Home, reachable_m2: float) -> None:
    """Title, counts, scale bar and what the colours mean."""
    x0, y0, x1, y1 = home.bounds_m
    canvas.text(home.name, (55, 34), INK, 0.75)
    bottom = canvas.pixels.shape[0]
    counts = (
        f"{x1 - x0:.2f} x {y1 - y0:.2f} m   reachable {reachable_m2:.1f} m2   "
        f"{len(home.rooms)} rooms   {len(home.doors)} doors   {len(home.boxes)} boxes   "
        f"{len(home.cylinders)} round   {len(home.drops)} drops   {len(home.people)} people"
    )
    canvas.text(counts, (55, bottom - 76), INK, 0.48)
    _draw_scale_bar(canvas, bottom - 50)
    left = 55
    swatches = [(REACHABLE, "reachable")]
    if any(not _is_wall(box) for box in home.boxes) or home.cylinders:
        swatches += [(colour, words) for _, colour, words in HEIGHTS]
    for colour, words in swatches:
        corner = (left, bottom - 26)
        cv2.rectangle(canvas.pixels, corner, (left + 14, bottom - 12), colour, -1)
        cv2.rectangle(canvas.pixels, corner, (left + 14, bottom - 12), _darker(colour), 1)
        canvas.text(words, (left + 20, bottom - 14), INK, 0.42)
        left += 20 + text_width_px(words, 0.42) + 22


def _draw_scale_bar(canvas: Canvas, row: int) -> None:
    length_m = next(s for s in (1, 2, 5, 10, 20) if s * canvas.px_per_m >= 90 or s == 20)
    right = 55 + round(length_m * canvas.px_per_m)
    cv2.line(canvas.pixels, (55, row), (right, row), INK, 2, cv2.LINE_AA)
    for end in (55, right):
        cv2.line(canvas.pixels, (end, row - 5), (end, row + 5), INK, 2, cv2.LINE_AA)
    canvas.text(f"{length_m} m", (right + 8, row + 5), INK, 0.45)


def _below(point_m: FloatArray, by_m: float) -> tuple[float, float]:
    return float(point_m[0]), float(point_m[1]) - by_m


def _darker(colour: Colour) -> Colour:
    b, g, r = (round(0.7 * channel) for channel in colour)
    return b, g, r
