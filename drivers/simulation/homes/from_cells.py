"""From cells to a home: everything that is not free is solid, and only its skin is built.

So a robot can never leave through a gap: what the picture does not show as free is wall by
construction. Cost: 0.05 to 0.5 s a home, by the length of its walls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drivers.simulation.homes.home import Box, Home, NamedRoom
from drivers.simulation.homes.raster import clearance_m, nearest_cell
from drivers.simulation.homes.rectangles import cover, shell
from homebody.errors import HomeError
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec

BoolGrid = NDArray[np.bool_]

CELL_M = 0.05
CELLS_MAX = 4000
SIDE_MAX_M = 100.0
SPECK_M2 = 1.0
SKIN_CELLS = 5
ROBOT_RADIUS_M = 0.25
ROOMY_M = 0.35


@dataclass(frozen=True, slots=True)
class CellPlan:
    """What a picture says of a home.

    Attributes:
        source: The file, for errors.
        free: Shape (H, W), row 0 lowest.
        spec: Where the cells lie, before `T_home_cells` turns them.
        start: A wished start; the roomiest place serves where there is none.
        dock: Where a charger stands. A robot wider than the charger's own may not fit
            there, so it is moved to the nearest place with room.
        faces_dock_to_room: The dock's heading is unknown: away from the nearest wall.
    """

    source: Path
    free: BoolGrid
    spec: GridSpec
    rooms: tuple[NamedRoom, ...] = ()
    start: SE2 | None = None
    dock: SE2 | None = None
    faces_dock_to_room: bool = False
    T_home_cells: SE2 = field(default_factory=SE2.identity)


def check_size(source: Path, field: str, shape: tuple[int, ...], resolution_m: float) -> None:
    """Raise a `HomeError` if a grid is of an absurd size."""
    n_rows, n_cols = shape
    side = max(n_rows, n_cols)
    if side > CELLS_MAX or side * resolution_m > SIDE_MAX_M:
        raise HomeError(
            source,
            field,
            f"{n_cols} x {n_rows} cells of {resolution_m:g} m",
            f"at most {CELLS_MAX} cells and {SIDE_MAX_M:g} m a side",
        )


def shrink(free: BoolGrid, resolution_m: float) -> tuple[BoolGrid, float]:
    """Join finer cells (H, W), row 0 lowest, into ones of about 5 cm; free where most are free.

    Walls thinner than a new cell stay whole. What the last row and column lack counts as solid.
    """
    n = max(1, math.floor(CELL_M / resolution_m + 1e-6))
    if n == 1:
        return free, resolution_m
    rows, cols = (-side % n for side in free.shape)
    solid = np.pad(~free, ((0, rows), (0, cols)), constant_values=True)
    thin = (
        solid & ~ndimage.binary_opening(np.pad(solid, n, mode="edge"), np.ones((n, n)))[n:-n, n:-n]
    )
    n_solid, n_thin = (
        cells.reshape(solid.shape[0] // n, n, solid.shape[1] // n, n).sum(axis=(1, 3))
        for cells in (solid, thin)
    )
    return np.asarray((2 * n_solid < n * n) & (n_thin < n)), n * resolution_m


def home_from_cells(plan: CellPlan) -> Home:
    """Build the home.

    Raises:
        HomeError: No place where a robot could stand, or an absurd size.
    """
    check_size(plan.source, "size", plan.free.shape, plan.spec.resolution_m)
    spec, free = _cropped(plan.spec, _without_specks(plan))
    rectangles = cover(shell(~free, 1), shell(~free, SKIN_CELLS) | _islands(~free))
    dock = _placed(plan, spec, free, plan.dock) if plan.dock else None
    if dock and plan.faces_dock_to_room:
        dock = _away_from_wall(spec, free, dock)
    start = _placed(plan, spec, free, plan.start) if plan.start else dock
    boxes = tuple(_box(spec, rectangle, plan.T_home_cells) for rectangle in rectangles)
    turn = plan.T_home_cells
    return Home(
        name=plan.source.stem,
        boxes=boxes,
        bounds_m=_bounds(spec, turn),
        start=(turn @ (start or _roomiest(plan, spec, free))).wrapped(),
        rooms=tuple(NamedRoom(r.name, turn.apply(r.outline_m)) for r in plan.rooms),
        dock=(turn @ dock).wrapped() if dock else None,
        resolution_m=spec.resolution_m,
    )


def numbered(names: Sequence[str]) -> list[str]:
    """The same names made unique: the second "hall" becomes "hall 2"."""
    taken: set[str] = set()
    unique = []
    for name in names:
        words = " ".join(name.split())
        wanted, n = words, 2
        while wanted.casefold() in taken:
            wanted, n = f"{words} {n}", n + 1
        taken.add(wanted.casefold())
        unique.append(wanted)
    return unique


def _without_specks(plan: CellPlan) -> BoolGrid:
    """Free parts of a square metre and more; what is smaller is noise beyond a wall."""
    labels, _ = ndimage.label(plan.free)
    area = np.bincount(labels.ravel()) * plan.spec.resolution_m**2
    area[0] = 0.0
    free = (area >= SPECK_M2)[labels]
    if not free.any():
        raise HomeError(
            plan.source, "free space", f"{area.max():.2f} m2", f"a part of at least {SPECK_M2:g} m2"
        )
    return np.asarray(free)


def _cropped(spec: GridSpec, free: BoolGrid) -> tuple[GridSpec, BoolGrid]:
    """Only the free part and the skin about it."""
    rows, cols = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
    part = free[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    part = np.pad(part, SKIN_CELLS)
    cropped = GridSpec(
        spec.origin_x_m + (int(cols[0]) - SKIN_CELLS) * spec.resolution_m,
        spec.origin_y_m + (int(rows[0]) - SKIN_CELLS) * spec.resolution_m,
        spec.resolution_m,
        *part.shape,
    )
    return cropped, part


def _islands(solid: BoolGrid) -> BoolGrid:
    """Solid parts with free space all about them: furniture, which is filled to its middle."""
    labels, n_parts = ndimage.label(solid, structure=np.ones((3, 3)))
    is_island = np.ones(n_parts + 1, dtype=bool)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    is_island[np.append(edge, 0)] = False
    return np.asarray(is_island[labels])


def _box(spec: GridSpec, rectangle: NDArray[np.intp], T_home_cells: SE2) -> Box:
    r0, c0, r1, c1 = (float(side) for side in rectangle)
    x = spec.origin_x_m + (c0 + c1) / 2.0 * spec.resolution_m
    y = spec.origin_y_m + (r0 + r1) / 2.0 * spec.resolution_m
    pose = T_home_cells @ SE2(x, y, 0.0)
    half = spec.resolution_m / 2.0
    return Box(pose.x_m, pose.y_m, (c1 - c0) * half, (r1 - r0) * half, pose.yaw_rad)


def _bounds(spec: GridSpec, T_home_cells: SE2) -> tuple[float, float, float, float]:
    x, y = spec.origin_x_m, spec.origin_y_m
    corners = T_home_cells.apply(
        [(x + w, y + h) for w in (0.0, spec.width_m) for h in (0.0, spec.height_m)]
    )
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _standing_room(plan: CellPlan, spec: GridSpec, free: BoolGrid) -> tuple[BoolGrid, FloatArray]:
    """Cells of the largest connected part where a robot can stand and turn, and all clearances."""
    clearance = clearance_m(spec, ~free)
    room = clearance >= ROBOT_RADIUS_M
    labels, n_parts = ndimage.label(room, structure=np.ones((3, 3)))
    if n_parts == 0:
        raise HomeError(
            plan.source,
            "free space",
            f"{2.0 * clearance.max():.2f} m wide at most",
            f"a place where a robot {2.0 * ROBOT_RADIUS_M:g} m across can turn",
        )
    area = np.bincount(labels.ravel())
    area[0] = 0
    return np.asarray(labels == area.argmax()), clearance


def _roomiest(plan: CellPlan, spec: GridSpec, free: BoolGrid) -> SE2:
    room, clearance = _standing_room(plan, spec, free)
    cell = np.unravel_index(np.argmax(np.where(room, clearance, -1.0)), room.shape)
    x, y = spec.centres_m(np.array(cell))
    return SE2(float(x), float(y), 0.0)


def _placed(plan: CellPlan, spec: GridSpec, free: BoolGrid, wished: SE2) -> SE2:
    """The nearest place with room to stand, roomy if the home has such; the heading is kept."""
    room, clearance = _standing_room(plan, spec, free)
    roomy = room & (clearance >= ROOMY_M)
    allowed = roomy if roomy.any() else room
    cell = nearest_cell(spec, allowed, wished.x_m, wished.y_m, within_m=math.inf)
    if cell == spec.cell_rc(wished.x_m, wished.y_m):
        return wished
    x, y = spec.centres_m(np.array(cell))
    return SE2(float(x), float(y), wished.yaw_rad)


def _away_from_wall(spec: GridSpec, free: BoolGrid, pose: SE2) -> SE2:
    """The pose turned so that the nearest wall is behind it."""
    nearest = ndimage.distance_transform_edt(free, return_distances=False, return_indices=True)
    wall = spec.centres_m(nearest[(slice(None), *spec.cell_rc(pose.x_m, pose.y_m))])
    return SE2(pose.x_m, pose.y_m, math.atan2(pose.y_m - wall[1], pose.x_m - wall[0]))
