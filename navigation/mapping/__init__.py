"""The map of the home and the window around the robot.

`occupancy` keeps what was seen over time, `local_map` joins it with the newest ranges.
"""

from navigation.mapping.beams import Beams
from navigation.mapping.config import LocalMapConfig, MappingConfig
from navigation.mapping.local_map import LocalMapper
from navigation.mapping.occupancy import MapState, OccupancyMap

__all__ = [
    "Beams",
    "LocalMapConfig",
    "LocalMapper",
    "MapState",
    "MappingConfig",
    "OccupancyMap",
]
