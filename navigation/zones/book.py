"""The zones in force, and a number that grows when the user changes them."""

from __future__ import annotations

from navigation.zones.zone import NO_ZONES, Zone, Zones


class ZoneBook:
    """Holds the newest zones; each change makes a new value."""

    def __init__(self, zones: Zones = NO_ZONES) -> None:
        self._zones = zones
        self.revision = 0

    @property
    def zones(self) -> Zones:
        return self._zones

    def replace(self, zones: Zones) -> None:
        """Take others in their place, as from a store."""
        self._zones = zones
        self.revision += 1

    def set(self, zone: Zone) -> None:
        """Add one, or put it in the place of the one of its name.

        Raises:
            InputError: There are too many.
        """
        self.replace(self._zones.with_zone(zone))

    def delete(self, name: str) -> None:
        """Take one away.

        Raises:
            InputError: There is none of that name.
        """
        self.replace(self._zones.without(name))
