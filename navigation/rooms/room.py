"""A room: a name and an outline on the map. Cost: `contains` is linear in points times corners."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray, points_in_polygon


@dataclass(frozen=True, slots=True)
class Room:
    """A named place with its outline, shape (P, 2), in the map frame.

    Attributes:
        is_found: Seen on the map; otherwise it was only told of.
    """

    name: str
    outline_m: FloatArray
    is_found: bool = True

    @property
    def key(self) -> str:
        return key_of(self.name)

    @property
    def area_m2(self) -> float:
        x, y = self.outline_m[:, 0], self.outline_m[:, 1]
        return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))

    def contains(self, points_map_m: FloatArray) -> NDArray[np.bool_]:
        """Which points (N, 2) lie in the room."""
        return points_in_polygon(points_map_m, self.outline_m)


def key_of(name: str) -> str:
    """How names are compared: whatever the case, and with space, hyphen and underscore alike."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
