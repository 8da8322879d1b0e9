"""What a home must hold to be lived in by a robot, checked with words a user understands.

Cost: 20 ms for an ordinary home.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from drivers.simulation.homes.from_cells import CELLS_MAX, ROBOT_RADIUS_M, SIDE_MAX_M
from drivers.simulation.homes.home import Box, Home
from drivers.simulation.homes.raster import clearance_m, nearest_cell, solid_grid
from homebody.errors import HomeError, InputError
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec

DOORWAY_M = (0.5, 3.0)
ROOM_AREA_MIN_M2 = 0.25
OUTER_WALL_M = 0.1


def check_size(home: Home, source: object) -> None:
    """Raise a `HomeError` if the home is of an absurd size."""
    x0, y0, x1, y1 = home.bounds_m
    side_max = min(SIDE_MAX_M, CELLS_MAX * home.resolution_m)
    if max(x1 - x0, y1 - y0) > side_max:
        found = f"{x1 - x0:g} x {y1 - y0:g} m"
        raise HomeError(source, "size", found, f"at most {side_max:g} m a side")


def check_parts(home: Home, source: object) -> None:
    """Raise a `HomeError` if a name comes twice or something lies outside the home."""
    _check_names("rooms", (room.name for room in home.rooms), source)
    _check_names("doors", (door.name for door in home.doors), source)
    for i, door in enumerate(home.doors):
        _check_inside(home, f"doors.{i}.hinge_m", np.array([door.hinge_m]), source)
        _check_inside(home, f"doors.{i}.latch_m", np.array([door.latch_m]), source)
        width = math.dist(door.hinge_m, door.latch_m)
        if not DOORWAY_M[0] <= width <= DOORWAY_M[1]:
            allowed = f"{DOORWAY_M[0]:g} to {DOORWAY_M[1]:g} m from hinge to latch"
            raise HomeError(source, f"doors.{i} ({door.name}) width", f"{width:.2f} m", allowed)
    for i, room in enumerate(home.rooms):
        _check_inside(home, f"rooms.{i} ({room.name})", room.outline_m, source)
        if _area_m2(room.outline_m) < ROOM_AREA_MIN_M2:
            allowed = f"an area of at least {ROOM_AREA_MIN_M2:g} m2"
            raise HomeError(source, f"rooms.{i} ({room.name})", room.outline_m.tolist(), allowed)
    for i, drop in enumerate(home.drops):
        _check_inside(home, f"drops.{i}", drop, source)
    for i, person in enumerate(home.people):
        _check_inside(home, f"people.{i}.waypoints_m", np.array(person.waypoints_m), source)


def check_standing_place(
    home: Home, pose: SE2, source: object, field: str, error: type[InputError] = HomeError
) -> None:
    """Raise unless a robot can stand and turn there.

    Raises:
        HomeError: (or the given kind) the pose is outside, in something solid or too near to it.
    """
    value = f"x {pose.x_m:g}, y {pose.y_m:g}"
    x0, y0, x1, y1 = home.bounds_m
    if not (x0 <= pose.x_m <= x1 and y0 <= pose.y_m <= y1):
        inside = f"x {x0:g} to {x1:g}, y {y0:g} to {y1:g}"
        raise error(source, field, value, inside)
    spec, solid = solid_grid(home)
    clearance = clearance_m(spec, solid)
    # Half a cell of grace: cells round up what is solid.
    room = clearance >= ROBOT_RADIUS_M - spec.resolution_m / 2.0
    if nearest_cell(spec, room, pose.x_m, pose.y_m, within_m=0.75 * spec.resolution_m) is None:
        here = float(clearance[spec.cell_rc(pose.x_m, pose.y_m)])
        raise error(
            source,
            field,
            f"{value}, {here:.2f} m from something solid",
            f"a free place at least {ROBOT_RADIUS_M:g} m from all that is solid",
        )


def outer_walls(home: Home) -> tuple[Box, ...]:
    """Four walls about a home out of which a robot could drive from its start, else none."""
    spec, solid = solid_grid(home, with_doors=False, with_drops=False)
    if not _leads_out(spec, solid, home.start):
        return ()
    x0, y0, x1, y1 = home.bounds_m
    x, y, t = (x0 + x1) / 2.0, (y0 + y1) / 2.0, OUTER_WALL_M / 2.0
    across, up = (x1 - x0) / 2.0 + 2.0 * t, (y1 - y0) / 2.0
    return (
        Box(x, y0 - t, across, t, name="boundary"),
        Box(x, y1 + t, across, t, name="boundary"),
        Box(x0 - t, y, t, up, name="boundary"),
        Box(x1 + t, y, t, up, name="boundary"),
    )


def _leads_out(spec: GridSpec, solid: np.ndarray, start: SE2) -> bool:
    labels, _ = ndimage.label(~solid)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    here = labels[spec.cell_rc(start.x_m, start.y_m)]
    return bool(here != 0 and (edge == here).any())


def _check_names(field: str, names: Iterable[str], source: object) -> None:
    taken: set[str] = set()
    for i, name in enumerate(names):
        key = name.strip().casefold()
        if key in taken:
            raise HomeError(source, f"{field}.{i}.name", name, "a name that no other one has")
        taken.add(key)


def _check_inside(home: Home, field: str, points_m: FloatArray, source: object) -> None:
    x0, y0, x1, y1 = home.bounds_m
    inside = (points_m >= (x0, y0)).all(axis=1) & (points_m <= (x1, y1)).all(axis=1)
    if not inside.all():
        point = tuple(float(c) for c in points_m[np.argmin(inside)])
        allowed = f"inside the home, x {x0:g} to {x1:g}, y {y0:g} to {y1:g}"
        raise HomeError(source, field, point, allowed)


def _area_m2(outline_m: FloatArray) -> float:
    x, y = outline_m.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)
