"""The length of a good tour that sees a home, driven by a planner that knows it.

How it is made, on the true floor plan at 5 cm:
1. Places to look from: every half metre where the inscribed circle fits, and the start.
2. What each sees: rays of 5 m, stopped by what is solid, counted in reachable free area.
3. Greedy set cover: from the start on, always the place that shows most that is not seen yet,
   until the wanted share is seen. (Greedy is within a factor 1 + ln n of the fewest.)
4. An open tour from the start through them: nearest neighbour, then 2-opt and Or-opt until nothing
   improves, over the lengths of shortest ways round walls; its legs are measured pulled taut.

What is seen between the places is not used there, so a shorter tour may exist. `pruned_m` is one:
places are left out, those that save most first, as long as looks every half metre along the tour
still show the wanted share.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.homes.raster import clearance_m, nearest_cell, shortest_path_m
from drivers.simulation.truth import SEEN_RANGE_M, TrueCells
from homebody.geometry import SE2
from homebody.grid import IntArray
from navigation.exploration.open_tour import open_tour
from navigation.exploration.visibility import KNOWN, WALL, ViewGrid
from navigation.global_planner.field import TravelTime

_LATTICE_M = 0.5
_LOOK_EVERY_CELLS = 10
_N_RAYS = 720  # no gap of a cell between two rays at 5 m
_START_WITHIN_M = 0.3
_TINY_M = 1e-6

Seen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AllKnowingTour:
    """Length of the tour, of the one that counts what is seen on the way, and number of looks."""

    length_m: float
    pruned_m: float
    n_places: int


class AllKnowingPlanner:
    """Plans tours in one home.

    Args:
        radius_m: Of the robot's inscribed circle, whose centre may be where it fits.
    """

    def __init__(self, cells: TrueCells, start: SE2, radius_m: float) -> None:
        self._spec, self._solid, self._radius_m = cells.spec, cells.solid, radius_m
        has_room = clearance_m(cells.spec, cells.solid) >= radius_m - _TINY_M
        self._slowness = np.where(has_room, 1.0, np.inf)
        self._wanted_cells = np.flatnonzero(cells.reachable)
        self._range_cells = round(SEEN_RANGE_M / cells.spec.resolution_m)
        codes = np.where(cells.solid, WALL, KNOWN).astype(np.uint8)
        self._grid = ViewGrid.of(codes, self._range_cells)
        start_rc = nearest_cell(cells.spec, has_room, start.x_m, start.y_m, _START_WITHIN_M)
        assert start_rc is not None, "a home is loaded only if the robot fits at its start"
        self._places = self._lattice(start_rc)
        self._seen = np.stack([self._seen_from(tuple(rc)) for rc in self._places.tolist()])

    def tour(self, share: float) -> AllKnowingTour:
        """A tour that sees a share (0 to 1) of the reachable area."""
        wanted = round(share * len(self._wanted_cells))
        stops = [tuple(self._places[i].tolist()) for i in self._cover(wanted)]
        fields = [TravelTime(self._slowness, self._spec.resolution_m, stop) for stop in stops]
        leg_m = np.array([[field.time_s[stop] for stop in stops] for field in fields])
        ways = {
            (i, j): [tuple(rc) for rc in fields[i].path_from(stops[j]).tolist()]
            for i, j in itertools.permutations(range(len(stops)), 2)
        }
        order = open_tour(leg_m)
        pruned = self._pruned(order, leg_m, ways, wanted)
        return AllKnowingTour(
            self._taut_m(order, stops), self._taut_m(pruned, stops), len(stops) - 1
        )

    def _lattice(self, start_rc: tuple[int, int]) -> IntArray:
        """The start and the places (N, 2) that can be looked from."""
        pitch = round(_LATTICE_M / self._spec.resolution_m)
        from_start = TravelTime(self._slowness, self._spec.resolution_m, start_rc)
        inside = np.isfinite(from_start.time_s[::pitch, ::pitch])
        return np.vstack([np.array([start_rc]), np.argwhere(inside) * pitch])

    def _seen_from(self, place_rc: tuple[int, ...]) -> Seen:
        """Which of the wanted cells are seen, shape (R,)."""
        place = np.array([place_rc])
        flat = self._grid.cells_on_rays(place, _N_RAYS, self._range_cells)[0]
        is_hidden = np.logical_or.accumulate(self._grid.codes.ravel()[flat] == WALL, axis=1)
        seen = np.zeros(self._grid.codes.size, dtype=np.bool_)
        seen[flat[~is_hidden]] = True
        border = self._grid.border
        inner = seen.reshape(self._grid.codes.shape)[border:-border, border:-border]
        return np.asarray(inner.ravel()[self._wanted_cells])

    def _cover(self, wanted: int) -> list[int]:
        """Numbers of places that together see so many cells, the start first."""
        chosen, seen = [0], self._seen[0].copy()
        while seen.sum() < wanted:
            gain = (self._seen & ~seen).sum(axis=1)
            best = int(np.argmax(gain))
            if not gain[best]:
                break
            chosen.append(best)
            seen |= self._seen[best]
        return chosen

    def _pruned(
        self,
        order: IntArray,
        leg_m: NDArray[np.float64],
        ways: dict[tuple[int, int], list[tuple[int, ...]]],
        wanted: int,
    ) -> IntArray:
        """Leave places out while the wanted share is still seen from along the tour."""
        looks: dict[tuple[int, ...], Seen] = {}

        def seen_along(stops: IntArray) -> int:
            seen = self._seen[0].copy()
            for leg in itertools.pairwise(stops.tolist()):
                for place in [*ways[leg][::_LOOK_EVERY_CELLS], ways[leg][0], ways[leg][-1]]:
                    if place not in looks:
                        looks[place] = self._seen_from(place)
                    seen |= looks[place]
            return int(seen.sum())

        is_shorter = True
        while is_shorter:
            is_shorter = False
            without = [_without(order, stop, leg_m) for stop in order[1:]]
            for trial in sorted(without, key=lambda stops: _length_m(stops, leg_m)):
                if seen_along(trial) >= wanted:
                    order, is_shorter = trial, True
                    break
        return order

    def _taut_m(self, order: IntArray, stops: list[tuple[int, ...]]) -> float:
        points = self._spec.centres_m(np.array([stops[i] for i in order]))
        return float(
            sum(
                shortest_path_m(self._spec, self._solid, tuple(a), tuple(b), self._radius_m)
                for a, b in itertools.pairwise(points.tolist())
            )
        )


def _without(order: IntArray, stop: int, leg_m: NDArray[np.float64]) -> IntArray:
    """The best order of the remaining stops."""
    left = order[order != stop]
    return np.asarray(left[open_tour(leg_m[np.ix_(left, left)])])


def _length_m(order: IntArray, leg_m: NDArray[np.float64]) -> float:
    return float(leg_m[order[:-1], order[1:]].sum())
