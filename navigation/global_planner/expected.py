"""Doors that may be shut: a way costs what it is expected to take, the way round included.

A small Canadian traveller's problem (Papadimitriou and Yannakakis 1991): whoever meets door i shut
goes round it. Crossing it costs (1 - p) times the time lost then, known from a second search with
the door shut, which is made for doors on the best way only, until that way has no new door.
Equations (11) to (13) of docs/maths/doors.md. Cost: two searches a door that is met; else nothing.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.doors.outlook import DoorAhead
from navigation.global_planner.ground import Ground, with_slowness
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.rules import door_cells, doors_on
from navigation.global_planner.search import BORDER_CELLS
from navigation.global_planner.search_run import Cell, Search

_ROUNDS_MOST = 6


def expecting_doors(
    request: GlobalPlanRequest, ground: Ground, start_rc: Cell, goal_rc: Cell
) -> Ground:
    """The ground on which the plain fastest way is the one with the least expected time.

    Doors off that way have their price in it; those on it are free, so that the times along it are
    those with its doors open: taking off a price that the best way pays leaves it the best.
    """
    prices = request.door_prices
    doors = [d for d in request.doors if not d.is_shut and d.p_open < prices.sure_above]
    if not doors:
        return ground
    extra_s: dict[int, float] = {}
    met: list[DoorAhead] = []
    for _ in range(_ROUNDS_MOST):
        priced = _priced(ground, doors, extra_s)
        way = _way(priced, start_rc, goal_rc)
        if way is None:
            return ground
        way_rc, way_s = way
        crossed = doors_on(way_rc, ground.spec, doors)
        met = [door for door, _, _ in crossed]
        new = [entry for entry in crossed if entry[0].identity not in extra_s]
        if not new:
            break
        for door, first, last in new:
            before = way_rc[max(first - 1, 0)]
            lost_s = _lost_s(request, priced, door, before, goal_rc, float(way_s[last]))
            extra_s[door.identity] = (1.0 - door.p_open) * lost_s
    for door in met:
        extra_s.pop(door.identity, None)
    return _priced(ground, doors, extra_s)


def _lost_s(
    request: GlobalPlanRequest,
    ground: Ground,
    door: DoorAhead,
    before_rc: IntArray,
    goal_rc: Cell,
    beyond_s: float,
) -> float:
    """What it costs to stand before a door and find it shut. Equation (12)."""
    slowness = ground.bordered_s_m.copy()
    rows, cols = (door_cells(ground.spec, door) + BORDER_CELLS).T
    slowness[rows, cols] = np.inf
    here = (int(before_rc[0]), int(before_rc[1]))
    most_s = request.door_prices.no_way_round_s
    if not np.isfinite(slowness[here[0] + BORDER_CELLS, here[1] + BORDER_CELLS]):
        return most_s
    way = _way(with_slowness(ground, slowness), here, goal_rc)
    return most_s if way is None else float(np.clip(way[1][0] - beyond_s, 0.0, most_s))


def _priced(ground: Ground, doors: list[DoorAhead], extra_s: dict[int, float]) -> Ground:
    """The ground with the price of each door spread over the thickness of its strip."""
    if not extra_s:
        return ground
    slowness = ground.bordered_s_m.copy()
    for door in doors:
        price_s = extra_s.get(door.identity, 0.0)
        if price_s > 0.0:
            rows, cols = (door_cells(ground.spec, door) + BORDER_CELLS).T
            slowness[rows, cols] += price_s / _thickness_m(ground, door)
    return with_slowness(ground, slowness)


def _thickness_m(ground: Ground, door: DoorAhead) -> float:
    """How far one goes within the strip when one crosses it squarely, in cells of the grid."""
    along = door.b_map_m - door.a_map_m
    strip_m2 = len(door_cells(ground.spec, door)) * ground.spec.resolution_m**2
    return strip_m2 / max(float(np.hypot(*along)) + 3.0 * ground.spec.resolution_m, 1e-6)


def _way(ground: Ground, start_rc: Cell, goal_rc: Cell) -> tuple[IntArray, FloatArray] | None:
    """Cells (N, 2) from a start to the goal, and the time left at each [s], shape (N,)."""
    search = Search(ground.bordered_s_m, ground.span_s_m, may_leap=False, gates=ground.gates)
    search.run(goal_rc, until_rc=start_rc)
    if not search.has_reached(start_rc):
        return None
    way_rc = search.way_from(start_rc)
    return way_rc, search.way_times_s(way_rc, ground.spec.resolution_m)
