"""ROS occupancy maps: a yaml file beside a picture, with the map's own origin kept.

Source: the map_server documentation (ROS wiki and Nav2). Unknown cells are solid, so that the
outside of what was mapped is closed. Cost: 0.1 to 0.5 s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.simulation.homes.files import read_grey_picture, read_yaml_mapping
from drivers.simulation.homes.from_cells import CellPlan, check_size, home_from_cells, shrink
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.raster import clearance_m
from homebody.errors import HomeError
from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.settings import parse

START_ROOM_M = 0.4

Coordinate = Annotated[float, Field(ge=-10_000.0, le=10_000.0)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class RosMap(BaseModel):
    """The map's yaml file; keys that map_server does not read either are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    image: Annotated[str, Field(min_length=1)]
    resolution: Annotated[float, Field(ge=0.005, le=0.5)]
    origin: tuple[Coordinate, Coordinate, Annotated[float, Field(ge=-6.3, le=6.3)]]
    negate: bool = False
    occupied_thresh: Fraction = 0.65
    free_thresh: Fraction = 0.196
    mode: Literal["trinary", "scale"] = "trinary"

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> RosMap:
        if self.free_thresh > self.occupied_thresh:
            raise ValueError("free_thresh at most occupied_thresh")
        return self


def load_ros_map(path: Path) -> Home:
    """Cells that are surely free are free. The start is the map's origin where there is room.

    Raises:
        HomeError: A bad field, a missing or broken picture, or no room for a robot.
    """
    settings = parse(RosMap, read_yaml_mapping(path), path, HomeError)
    picture = path.parent / settings.image
    if not picture.is_file():
        raise HomeError(path, "image", settings.image, "a picture beside the yaml file")
    grey = read_grey_picture(picture)[::-1].astype(np.float64) / 255.0
    check_size(picture, "size", grey.shape, settings.resolution)
    occupied = grey if settings.negate else 1.0 - grey
    cells, resolution_m = shrink(np.asarray(occupied < settings.free_thresh), settings.resolution)
    x, y, yaw = settings.origin
    # A turned map is built unturned and then turned as a whole about its lower left corner.
    turn = SE2(0.0, 0.0, 0.0) if yaw == 0.0 else SE2(x, y, yaw)
    corner = (x, y) if yaw == 0.0 else (0.0, 0.0)
    spec = GridSpec(*corner, resolution_m, *cells.shape)
    start = turn.inverse()
    return home_from_cells(
        CellPlan(
            path,
            cells,
            spec,
            start=start if _has_room(spec, cells, start) else None,
            T_home_cells=turn,
        )
    )


def _has_room(spec: GridSpec, free: np.ndarray, pose: SE2) -> bool:
    cell = spec.cell_rc(pose.x_m, pose.y_m)
    return spec.has_cell(cell) and bool(clearance_m(spec, ~free)[cell] >= START_ROOM_M)
