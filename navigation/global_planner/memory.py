"""The last field, kept so that the next one to the same goal need not begin from nothing.

The result is that of a new search, bit for bit, so it does not matter what is kept, or by whom:
only how long it takes. Cost: a repair, see `repair`; a whole search where too much has changed.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from navigation.global_planner.ground import Ground, LayersMemory
from navigation.global_planner.search_run import Cell, Search

_FORGET_SHARE = 0.75  # of the cells with a time; where more is lost, a new search is faster


class FieldMemory:
    """Makes searches over the whole ground, by repair where that is possible.

    Attributes:
        layers: What was seen of the ground.
        n_repaired, n_anew: How many fields were made either way.
    """

    def __init__(self) -> None:
        self.layers = LayersMemory()
        self._ground: Ground | None = None
        self._goal_m: tuple[float, float] | None = None
        self._search: Search | None = None
        self.n_repaired = 0
        self.n_anew = 0

    def search(self, ground: Ground, goal_rc: Cell) -> Search:
        """Least times to a cell from everywhere; the object is the caller's."""
        goal_m = _centre_m(ground, goal_rc)
        search = Search(ground.bordered_s_m, ground.span_s_m, may_leap=True, gates=ground.gates)
        if self._is_repaired(search, ground, goal_m):
            self.n_repaired += 1
        else:
            search.run(goal_rc)
            self.n_anew += 1
        self._ground, self._goal_m, self._search = ground, goal_m, search
        return search

    def _is_repaired(self, search: Search, ground: Ground, goal_m: tuple[float, float]) -> bool:
        old, last = self._ground, self._search
        if old is None or last is None or self._goal_m is None:
            return False
        if math.dist(goal_m, self._goal_m) > 1e-6 or not np.array_equal(old.gates, ground.gates):
            return False
        shift_rc = _shift(old, ground)
        if shift_rc is None or (ground.gates.size and shift_rc != (0, 0)):
            return False
        return search.repair(last, shift_rc, _FORGET_SHARE)


@cache
def memory_of_this_process() -> FieldMemory:
    """The memory that is used by jobs, which are functions and hold nothing themselves."""
    return FieldMemory()


def _shift(old: Ground, new: Ground) -> Cell | None:
    """Rows and columns by which the old grid lies within the new, None where they do not match."""
    a, b = old.spec, new.spec
    if a.resolution_m != b.resolution_m:
        return None
    rows = (a.origin_y_m - b.origin_y_m) / b.resolution_m
    cols = (a.origin_x_m - b.origin_x_m) / b.resolution_m
    shift = round(rows), round(cols)
    is_whole = abs(rows - shift[0]) < 1e-6 and abs(cols - shift[1]) < 1e-6
    is_within = (
        min(shift) >= 0 and shift[0] + a.n_rows <= b.n_rows and shift[1] + a.n_cols <= b.n_cols
    )
    return shift if is_whole and is_within else None


def _centre_m(ground: Ground, cell_rc: Cell) -> tuple[float, float]:
    x_m, y_m = ground.spec.centres_m(np.array(cell_rc)).tolist()
    return x_m, y_m
