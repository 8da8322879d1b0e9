"""Where the floor ends, for good: what the cliff sensors felt stays in every map made from it.

A drop is remembered by cell until the same place is felt to have floor, several times; a body that
is lifted, all of whose sensors see no floor, marks nothing. Planners see the cells as occupied and
low, so that no lidar looks them away and no path or motion crosses them. Cost: 20 us per call,
0.1 ms where there are drops.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.messages import Cliff, CliffDescription
from navigation.types import OCCUPIED, MapSnapshot

_CELL_M = 0.05
_N_FLOOR = 5  # times that floor is felt before a drop is taken to have been a mistake
_N_DROPS_MAX = 20_000
Cell = tuple[int, int]


class CliffMemory:
    """Remembers drops in the map frame.

    Args:
        description: Where the sensors are; None: there are none.
        beside_m: How far around a sensor the floor is taken to be missing too.
    """

    def __init__(self, description: CliffDescription | None, beside_m: float = 0.05) -> None:
        none = np.zeros((0, 2))
        self._sensors_m: FloatArray = none if description is None else description.points_robot_m
        self._beside_m = beside_m
        self._drops: dict[Cell, int] = {}
        self._time_s = -np.inf
        self._marked: tuple[MapSnapshot, int, MapSnapshot] | None = None
        self.revision = 0

    @property
    def points_map_m(self) -> FloatArray:
        """The remembered drops, shape (N, 2)."""
        return (np.array(list(self._drops), dtype=np.float64).reshape(-1, 2) + 0.5) * _CELL_M

    def step(self, cliff: Cliff | None, T_map_robot: SE2) -> None:
        """Take in the newest message; the pose is the one at which it was felt."""
        if cliff is None or cliff.capture_time_s <= self._time_s:
            return
        if cliff.is_drop.shape != (len(self._sensors_m),):
            return
        self._time_s = cliff.capture_time_s
        is_lifted = len(cliff.is_drop) > 1 and bool(cliff.is_drop.all())
        if is_lifted or not (cliff.is_drop.any() or self._drops):
            return
        cells = np.floor(T_map_robot.apply(self._sensors_m) / _CELL_M).astype(int).tolist()
        for (col, row), is_drop in zip(cells, cliff.is_drop.tolist(), strict=True):
            self._note((int(col), int(row)), is_drop)

    def _note(self, cell: Cell, is_drop: bool) -> None:
        if is_drop:
            if cell not in self._drops and len(self._drops) < _N_DROPS_MAX:
                self.revision += 1
                self._drops[cell] = 0
            return
        felt = self._drops.get(cell)
        if felt is None:
            return
        self._drops[cell] = felt + 1
        if felt + 1 >= _N_FLOOR:
            del self._drops[cell]
            self.revision += 1

    def marked(self, snapshot: MapSnapshot) -> MapSnapshot:
        """The same map with the drops in it; the very same where there are none."""
        if not self._drops:
            return snapshot
        if self._marked is None or not self._is_marked(snapshot):
            self._marked = (snapshot, self.revision, self._with_drops(snapshot))
        return self._marked[2]

    def _is_marked(self, snapshot: MapSnapshot) -> bool:
        marked = self._marked
        return marked is not None and marked[0] is snapshot and marked[1] == self.revision

    def _with_drops(self, snapshot: MapSnapshot) -> MapSnapshot:
        cells = snapshot.cells.copy()
        low: NDArray[np.bool_] = (
            np.zeros(cells.shape, dtype=np.bool_)
            if snapshot.is_low is None
            else snapshot.is_low.copy()
        )
        reach = np.arange(-1, 2) * self._beside_m
        around = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        places = (self.points_map_m[:, None] + around).reshape(-1, 2)
        rc = snapshot.spec.cells_rc(places)
        rc = rc[snapshot.spec.contains(rc)]
        cells[rc[:, 0], rc[:, 1]] = OCCUPIED
        low[rc[:, 0], rc[:, 1]] = True
        revision = snapshot.revision + self.revision
        return replace(snapshot, cells=cells, is_low=low, revision=revision)
