"""What segmentation finds: which cells are which room, and the doorways between the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from navigation.rooms.basins import LabelArray


class Kind(Enum):
    """A suggestion, from the shape alone."""

    ROOM = "room"
    CORRIDOR = "corridor"


@dataclass(frozen=True, slots=True)
class RoomArea:
    """One room of a plan.

    Attributes:
        label: Its cells' number in the plan's labels; it means nothing in another plan.
        width_m: Diameter of the largest circle that fits.
        outline_m: Outer border, shape (P, 2), in the map frame.
        centre_m: Of that circle, shape (2,): a place well inside, furniture aside.
    """

    label: int
    kind: Kind
    area_m2: float
    width_m: float
    outline_m: FloatArray
    centre_m: FloatArray


@dataclass(frozen=True, slots=True)
class Doorway:
    """An opening between two rooms: the segment between the faces of the walls at its sides.

    Attributes:
        ends_m: Shape (2, 2), in the map frame.
        labels: The two rooms that it joins, the lower first.
        is_door: Narrow enough to hold a door.
    """

    ends_m: FloatArray
    width_m: float
    labels: tuple[int, int]
    is_door: bool

    @property
    def midpoint_m(self) -> FloatArray:
        return np.asarray(self.ends_m.mean(axis=0))


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """The rooms of a map.

    Attributes:
        labels: Room of each cell, 0 for none, shape (H, W), read-only. The cells of furniture that
            stands free in a room belong to it.
        rooms: In the order of their labels, 1 to R.
        revision: Of the map that was segmented.
    """

    spec: GridSpec
    labels: LabelArray
    rooms: tuple[RoomArea, ...]
    doorways: tuple[Doorway, ...]
    revision: int

    def label_at(self, x_m: float, y_m: float) -> int:
        """Label of the room that holds a point, 0 for none."""
        cell = self.spec.cell_rc(x_m, y_m)
        return int(self.labels[cell]) if self.spec.has_cell(cell) else 0

    def neighbours(self, label: int) -> tuple[int, ...]:
        """Labels of the rooms that a doorway joins to one, each once."""
        pairs = [doorway.labels for doorway in self.doorways if label in doorway.labels]
        return tuple(sorted({a + b - label for a, b in pairs}))
