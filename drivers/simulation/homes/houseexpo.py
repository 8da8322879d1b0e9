"""HouseExpo floor plans: pictures of 1 cm a pixel, and outlines that trace every inner wall.

Source: Li et al., "HouseExpo: A Large-scale 2D Indoor Layout Dataset" (2019). A picture's origin is
its lower left corner, an outline's that of its bounding box. Cost: 0.1 to 0.5 s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from drivers.simulation.homes.files import read_grey_picture
from drivers.simulation.homes.from_cells import (
    SIDE_MAX_M,
    CellPlan,
    check_size,
    home_from_cells,
    numbered,
    shrink,
)
from drivers.simulation.homes.home import Home, NamedRoom
from drivers.simulation.homes.raster import cells_in_polygon
from homebody.errors import HomeError
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from homebody.settings import parse

PIXEL_M = 0.01
WHITE = 128
ROOM_SIDE_MIN_M = 0.5

Coordinate = Annotated[float, Field(ge=-10_000.0, le=10_000.0)]
RoomBox = tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class HouseExpoPlan(BaseModel):
    """The part of a HouseExpo JSON file that makes a home; the rest is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    verts: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Field(min_length=3)]
    room_category: dict[str, tuple[RoomBox, ...]] = Field(default_factory=dict)


def load_houseexpo_png(path: Path) -> Home:
    """White is inside, black is wall or outside; any border is simply wall.

    Raises:
        HomeError: Not such a picture, or no room for a robot.
    """
    free = read_grey_picture(path)[::-1] >= WHITE
    cells, resolution_m = shrink(np.asarray(free), PIXEL_M)
    return home_from_cells(CellPlan(path, cells, GridSpec(0.0, 0.0, resolution_m, *cells.shape)))


def load_houseexpo_json(data: dict[str, Any], path: Path) -> Home:
    """Inside of `verts` is free; `room_category` boxes become rooms, several of a kind numbered.

    Raises:
        HomeError: A bad field, an absurd size, or no room for a robot.
    """
    plan = parse(HouseExpoPlan, data, path, HomeError)
    verts = np.array(plan.verts)
    low, size = verts.min(axis=0), np.ptp(verts, axis=0)
    if size.max() > SIDE_MAX_M:
        raise HomeError(path, "verts", f"{size[0]:g} x {size[1]:g} m", f"at most {SIDE_MAX_M:g} m")
    n_cols, n_rows = (int(n) for n in np.ceil(size / PIXEL_M) + 1)
    check_size(path, "verts", (n_rows // 5, n_cols // 5), 5 * PIXEL_M)
    free = cells_in_polygon(GridSpec(0.0, 0.0, PIXEL_M, n_rows, n_cols), verts - low)
    cells, resolution_m = shrink(free, PIXEL_M)
    return home_from_cells(
        CellPlan(
            path,
            cells,
            GridSpec(0.0, 0.0, resolution_m, *cells.shape),
            rooms=_rooms(plan, low, size),
        )
    )


def _rooms(plan: HouseExpoPlan, low: FloatArray, size: FloatArray) -> tuple[NamedRoom, ...]:
    """Boxes cut to the outline's bounding box; those beside it hold no room."""
    named = [
        (kind.replace("_", " ").strip().lower() or "room", _outline(np.array(box), low, size))
        for kind, boxes in plan.room_category.items()
        for box in boxes
    ]
    kept = [(name, outline) for name, outline in named if outline is not None]
    names = numbered([name for name, _ in kept])
    return tuple(NamedRoom(name, outline) for name, (_, outline) in zip(names, kept, strict=True))


def _outline(box: FloatArray, low: FloatArray, size: FloatArray) -> FloatArray | None:
    a = np.clip(np.minimum(box[:2], box[2:]) - low, 0.0, size)
    b = np.clip(np.maximum(box[:2], box[2:]) - low, 0.0, size)
    if (b - a).min() < ROOM_SIDE_MIN_M:
        return None
    return np.array([[a[0], a[1]], [b[0], a[1]], [b[0], b[1]], [a[0], b[1]]])
