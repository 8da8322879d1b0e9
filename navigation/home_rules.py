"""What doors and the user's zones say about where the robot may go, once a tick.

Cost: 0.2 ms with six doors in sight, 1 ms for each whose leaf is in sight, 0.1 ms a new map with
zones; nothing without either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from navigation.doors.book import DoorBook, DoorNews
from navigation.doors.outlook import DoorAhead, DoorPrices
from navigation.mapping.beams import Beams
from navigation.types import MapSnapshot
from navigation.zones.book import ZoneBook
from navigation.zones.local import ZonedMap, speed_cap_m_s
from navigation.zones.zone import NO_ZONES, Zones


@dataclass(frozen=True, slots=True)
class HomeRules:
    """What planners go by in one tick.

    Attributes:
        planning_map: The map with what is shut to the robot; None: the plain one.
        news: Doors that were found other than they were.
    """

    doors: tuple[DoorAhead, ...] = ()
    door_prices: DoorPrices = field(default_factory=DoorPrices)
    zones: Zones = NO_ZONES
    planning_map: MapSnapshot | None = None
    speed_limit_m_s: float = math.inf
    news: tuple[DoorNews, ...] = ()


class HomeRulesKeeper:
    """Looks at the doors and puts the zones into the map."""

    def __init__(self, doors: DoorBook, zones: ZoneBook, body: BodyDescription) -> None:
        self.doors = doors
        self.zones = zones
        self._limits = body.limits
        self._zoned_map = ZonedMap(body.circumscribed_radius_m)

    def step(
        self,
        beams_map: Beams | None,
        snapshot: MapSnapshot,
        people_map_m: FloatArray,
        T_map_robot: SE2,
        wall_s: float,
    ) -> HomeRules:
        """The rules now."""
        news = self.doors.step(beams_map, snapshot, people_map_m, wall_s)
        here, zones = T_map_robot.translation(), self.zones.zones
        return HomeRules(
            doors=self.doors.outlook(T_map_robot, wall_s),
            door_prices=self.doors.prices,
            zones=zones,
            planning_map=self._zoned_map.step(snapshot, zones, here),
            speed_limit_m_s=speed_cap_m_s(
                zones, here, self._limits.speed_max_m_s, self._limits.accel_max_m_s2
            ),
            news=news,
        )
