"""A map from a floor plan: what a robot would know of a home, had it looked at every wall of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from app.maps.record import MapRecord
from app.maps.sections import with_rooms
from drivers.simulation.homes.from_cells import ROBOT_RADIUS_M
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.load import load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from navigation.mapping.config import MappingConfig
from navigation.mapping.occupancy import OccupancyMap
from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.memory import RoomMemory, Survey
from navigation.rooms.room import Room
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_SEEN_RADIUS_M = 0.02  # what a mere point could reach of the floor has been seen


def import_map(path: Path, name: str, config: MappingConfig) -> MapRecord:
    """The map of a home file of any known format, in that file's own coordinates.

    Raises:
        HomeError: The file cannot be read or makes no home.
    """
    home = load_home(path)
    snapshot = known_home(home, config.resolution_m)
    occupancy = OccupancyMap.from_snapshot(snapshot, config).state()
    return MapRecord(name, occupancy, with_rooms({}, _rooms(home, snapshot)))


def _rooms(home: Home, snapshot: MapSnapshot) -> RoomMemory:
    """The rooms of the map, with the plan's names for those that lie where the plan has them."""
    told = [Room(room.name, room.outline_m) for room in home.rooms]
    here_m, config = home.start.translation(), RoomSegmentationConfig()
    found = RoomMemory.blank(told).surveyed(Survey(snapshot, here_m, ROBOT_RADIUS_M, config))
    lent = {room.name for room in told} & {room.name for room in found.rooms}
    for name in sorted(lent):
        found = found.renamed(name, name)  # as if the user had said it, for it is not told again
    return found


def known_home(home: Home, resolution_m: float) -> MapSnapshot:
    """Floor that can be reached from the start, the walls around it; the rest is unknown."""
    spec, solid = solid_grid(home, resolution_m)
    free = reachable_free_area(spec, solid, home.start, _SEEN_RADIUS_M)
    beside = cv2.dilate(free.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    cells = np.full(spec.shape, UNKNOWN, np.uint8)
    cells[beside & solid] = OCCUPIED
    cells[free] = FREE
    return MapSnapshot(spec, cells, 0)
