"""Maps made of wall rectangles: what the tests of segmentation look at."""

import numpy as np

from homebody.grid import GridSpec
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

CELL_M = 0.05


class MadeMap:
    """All is unknown until floor is laid; coordinates are metres from the lower left corner."""

    def __init__(self, width_m, height_m, origin=(0.0, 0.0)):
        self.shape = (round(height_m / CELL_M), round(width_m / CELL_M))
        self.cells = np.full(self.shape, UNKNOWN, dtype=np.uint8)
        self.spec = GridSpec(*origin, CELL_M, *self.shape)

    def box(self, x0, y0, x1, y1, value):
        rows = slice(round(y0 / CELL_M), round(y1 / CELL_M))
        self.cells[rows, round(x0 / CELL_M) : round(x1 / CELL_M)] = value
        return self

    def floor(self, x0, y0, x1, y1):
        return self.box(x0, y0, x1, y1, FREE)

    def wall(self, x0, y0, x1, y1):
        return self.box(x0, y0, x1, y1, OCCUPIED)

    def unseen(self, x0, y0, x1, y1):
        return self.box(x0, y0, x1, y1, UNKNOWN)

    def snapshot(self, revision=1):
        return MapSnapshot(self.spec, self.cells.copy(), revision)


def two_rooms(door_m=0.9, wall_m=0.1):
    """Rooms of 4 x 4 m and 3 x 4 m; the door begins 1.5 m from the lower wall."""
    made = MadeMap(9.0, 6.0).wall(0.5, 0.5, 8.5, 5.5)
    made.floor(1.0, 1.0, 5.0, 5.0).floor(5.0 + wall_m, 1.0, 8.0 + wall_m, 5.0)
    return made.floor(5.0, 2.5, 5.0 + wall_m, 2.5 + door_m)


def corridor_with_rooms(n_rooms=4):
    """A corridor 1.4 m wide with rooms of 3 x 3.5 m on one side."""
    made = MadeMap(2.0 + 3.1 * n_rooms, 8.0).wall(0.5, 0.5, 1.5 + 3.1 * n_rooms, 7.0)
    made.floor(1.0, 1.0, 1.0 + 3.1 * n_rooms - 0.1, 2.4)
    for i in range(n_rooms):
        x = 1.0 + 3.1 * i
        made.floor(x, 2.5, x + 3.0, 6.0).floor(x + 0.4, 2.4, x + 1.25, 2.5)
    return made
