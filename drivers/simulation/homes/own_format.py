"""Homebody's own home file: walls, doors, furniture, rooms, dock, drops and people in TOML.

The dock is a flat plate on the floor; its pose is that of the docked robot, which faces the room
with the wall behind it. Cost: 30 ms.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from drivers.simulation.homes.checks import (
    check_parts,
    check_size,
    check_standing_place,
    outer_walls,
)
from drivers.simulation.homes.files import read_toml
from drivers.simulation.homes.home import (
    Box,
    Cylinder,
    Door,
    Home,
    NamedRoom,
    PersonRoute,
    corners_m,
)
from drivers.simulation.homes.schema import (
    BoxSettings,
    DoorSettings,
    HomeSettings,
    PersonSettings,
    PoseSettings,
    TableSettings,
)
from drivers.simulation.homes.walls import is_on_wall, wall_boxes
from homebody.errors import HomeError
from homebody.geometry import SE2, FloatArray
from homebody.settings import parse


def load_own_toml(path: Path) -> Home:
    """Read and check a home in Homebody's own format.

    Raises:
        HomeError: Names the field that is wrong and what is allowed.
    """
    settings = parse(HomeSettings, read_toml(path), path, HomeError)
    walls = _walls(settings, path)
    home = Home(
        name=settings.name,
        boxes=(*walls, *map(_box, settings.boxes), *_table_boxes(settings)),
        bounds_m=_bounds(walls),
        start=_pose(settings.start),
        cylinders=tuple(
            Cylinder(*r.center_m, r.radius_m, r.z_low_m, r.z_high_m, r.name)
            for r in settings.rounds
        ),
        doors=tuple(map(_door, settings.doors)),
        rooms=tuple(NamedRoom(r.name, np.array(r.points_m())) for r in settings.rooms),
        drops=tuple(np.array(drop.points_m()) for drop in settings.drops),
        dock=_pose(settings.dock) if settings.dock else None,
        people=tuple(map(_person, settings.people)),
    )
    check_size(home, path)
    check_parts(home, path)
    check_standing_place(home, home.start, path, "start")
    if home.dock:
        check_standing_place(home, home.dock, path, "dock")
    return replace(home, boxes=(*home.boxes, *outer_walls(home)))


def _walls(settings: HomeSettings, path: Path) -> list[Box]:
    gaps = [(door.hinge_m, door.latch_m) for door in settings.doors]
    gaps += [(opening.from_m, opening.to_m) for opening in settings.openings]
    gaps_m = np.array(gaps, dtype=np.float64).reshape(-1, 2, 2)
    lines: list[tuple[FloatArray, float]] = []
    boxes: list[Box] = []
    for i, wall in enumerate(settings.walls):
        closing = wall.points_m[:1] if wall.is_closed else ()
        line = np.array((*wall.points_m, *closing))
        if (np.linalg.norm(np.diff(line, axis=0), axis=1) < 1e-3).any():
            allowed = "neighbouring points that differ"
            raise HomeError(path, f"walls.{i}.points_m", wall.points_m, allowed)
        lines.append((line, wall.thickness_m))
        boxes += wall_boxes(line, wall.thickness_m, wall.height_m, gaps_m, wall.name)
    for i, gap in enumerate(gaps_m):
        if not any(is_on_wall(line, thickness, gap) for line, thickness in lines):
            n_doors = len(settings.doors)
            field = f"doors.{i}" if i < n_doors else f"openings.{i - n_doors}"
            raise HomeError(path, field, gap.tolist(), "both ends on one of the walls")
    return boxes


def _bounds(walls: list[Box]) -> tuple[float, float, float, float]:
    corners = np.concatenate([corners_m(box) for box in walls])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _pose(pose: PoseSettings) -> SE2:
    return SE2(pose.x_m, pose.y_m, math.radians(pose.yaw_deg))


def _box(box: BoxSettings) -> Box:
    if box.rectangle_m is not None:
        x0, y0, x1, y1 = box.rectangle_m
        center, size = ((x0 + x1) / 2.0, (y0 + y1) / 2.0), (x1 - x0, y1 - y0)
    else:
        assert box.center_m is not None
        assert box.size_m is not None
        center, size = box.center_m, box.size_m
    yaw = math.radians(box.yaw_deg)
    return Box(*center, size[0] / 2.0, size[1] / 2.0, yaw, box.z_low_m, box.z_high_m, box.name)


def _table_boxes(settings: HomeSettings) -> list[Box]:
    return [box for table in settings.tables for box in _one_table(table)]


def _one_table(table: TableSettings) -> list[Box]:
    """The top, and four square legs flush with its corners."""
    half_x, half_y = table.size_m[0] / 2.0, table.size_m[1] / 2.0
    leg = table.leg_width_m / 2.0
    pose = SE2(*table.center_m, math.radians(table.yaw_deg))
    signs = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    legs = pose.apply(signs * (half_x - leg, half_y - leg))
    underside = table.height_m - table.top_thickness_m
    top = Box(
        pose.x_m, pose.y_m, half_x, half_y, pose.yaw_rad, underside, table.height_m, table.name
    )
    name = f"{table.name} leg"
    return [
        top,
        *(Box(float(x), float(y), leg, leg, pose.yaw_rad, 0.0, underside, name) for x, y in legs),
    ]


def _door(door: DoorSettings) -> Door:
    return Door(
        door.name,
        door.hinge_m,
        door.latch_m,
        math.radians(door.open_deg),
        door.is_open,
        door.thickness_m,
    )


def _person(person: PersonSettings) -> PersonRoute:
    return PersonRoute(
        person.name,
        person.waypoints_m,
        person.speed_m_s,
        person.start_time_s,
        person.is_looping,
        person.pause_s,
    )
