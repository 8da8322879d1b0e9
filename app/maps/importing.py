"""A map from a floor plan: what a robot would know of a home, had it looked at every wall of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from app.maps.record import MapRecord
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.load import load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from navigation.mapping.config import MappingConfig
from navigation.mapping.occupancy import OccupancyMap
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_SEEN_RADIUS_M = 0.02  # what a mere point could reach of the floor has been seen


def import_map(path: Path, name: str, config: MappingConfig) -> MapRecord:
    """The map of a home file of any known format, in that file's own coordinates.

    Raises:
        HomeError: The file cannot be read or makes no home.
    """
    snapshot = known_home(load_home(path), config.resolution_m)
    return MapRecord(name, OccupancyMap.from_snapshot(snapshot, config).state())


def known_home(home: Home, resolution_m: float) -> MapSnapshot:
    """Floor that can be reached from the start, the walls around it; the rest is unknown."""
    spec, solid = solid_grid(home, resolution_m)
    free = reachable_free_area(spec, solid, home.start, _SEEN_RADIUS_M)
    beside = cv2.dilate(free.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    cells = np.full(spec.shape, UNKNOWN, np.uint8)
    cells[beside & solid] = OCCUPIED
    cells[free] = FREE
    return MapSnapshot(spec, cells, 0)
