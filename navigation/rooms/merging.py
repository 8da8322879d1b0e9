"""Basins joined into rooms: an opening parts two rooms when it is narrow beside what it joins.

A pass of clearance p between places whose widest clearances are w1 >= w2 joins them when
p >= s w2: a door of 0.9 m parts rooms of 3 m, and the bend or crossing of a corridor (p / w2 of
0.85 and 0.71) parts nothing. A pass that is as wide as the narrower side still parts a corridor
from a hall: a long place (area over width squared) much narrower than what it opens to.
Cost: 10 ms for 3000 passes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.rooms.basins import Basins
from navigation.rooms.config import RoomSegmentationConfig

Rule = Callable[[int, int, float], bool]


class Merging:
    """Joins basins; a group goes by the number of its widest basin."""

    def __init__(self, basins: Basins, config: RoomSegmentationConfig) -> None:
        self._config = config
        self._passes = list(zip(*basins.pairs.T.tolist(), basins.pass_m.tolist(), strict=True))
        self._parent = list(range(len(basins.peak_m)))
        self._peak_m: FloatArray = basins.peak_m.copy()
        self._area_m2: FloatArray = basins.area_m2.copy()

    def run(self) -> IntArray:
        """The group of each basin, shape (B + 1,)."""
        self._join(self._is_alike)
        while self._join(self._is_open):
            pass
        while self._join(self._is_tiny):
            pass
        return np.array([self._group(i) for i in range(len(self._parent))], dtype=np.intp)

    def _is_alike(self, wide: int, narrow: int, pass_m: float) -> bool:
        """Both sides are of like width: the pieces of corridors come together before halls."""
        return self._is_wide(narrow, pass_m) and not self._is_narrow(wide, narrow)

    def _is_open(self, wide: int, narrow: int, pass_m: float) -> bool:
        is_corridor = self._is_narrow(wide, narrow) and self._is_long(narrow)
        return self._is_wide(narrow, pass_m) and not is_corridor

    def _is_tiny(self, wide: int, narrow: int, _: float) -> bool:
        smaller_m2 = min(self._area_m2[wide], self._area_m2[narrow])
        return bool(smaller_m2 < self._config.room_area_min_m2)

    def _is_wide(self, narrow: int, pass_m: float) -> bool:
        return bool(pass_m >= self._config.opening_share * self._peak_m[narrow])

    def _is_narrow(self, wide: int, narrow: int) -> bool:
        return bool(self._peak_m[narrow] < self._config.narrow_share * self._peak_m[wide])

    def _is_long(self, group: int) -> bool:
        width_m = 2.0 * self._peak_m[group]
        area_m2 = self._area_m2[group]
        is_elongated = area_m2 > self._config.corridor_elongation * width_m**2
        return bool(is_elongated and area_m2 > self._config.corridor_area_min_m2)

    def _join(self, rule: Rule) -> bool:
        """Join over every pass that a rule allows, widest first; whether there was one."""
        has_joined = False
        for a, b, pass_m in self._passes:
            wide, narrow = self._group(a), self._group(b)
            if wide == narrow:
                continue
            if self._peak_m[wide] < self._peak_m[narrow]:
                wide, narrow = narrow, wide
            if rule(wide, narrow, pass_m):
                self._parent[narrow] = wide
                self._area_m2[wide] += self._area_m2[narrow]
                has_joined = True
        return has_joined

    def _group(self, basin: int) -> int:
        while self._parent[basin] != basin:
            self._parent[basin] = self._parent[self._parent[basin]]
            basin = self._parent[basin]
        return basin
