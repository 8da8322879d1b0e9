"""What doors and zones do to the ground: what they shut, what they slow, which way they allow.

Cost: 0.1 ms a zone or door at 240 x 240 cells; nothing where there are none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray
from navigation.doors.outlook import DoorAhead
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, OCCUPIED, MapSnapshot
from navigation.zones.raster import closed_mask, closed_zones, is_inside, polygon_mask
from navigation.zones.zone import ZoneKind

_SEAL_CELLS = 1.5  # on either side of a door's line: no move leaps over it
_POST_CELLS = 1.5  # a shut door is as much wider than its opening
_LEAF_M = 0.25  # the leaf of a shut door hangs so near to the line between the posts
_LEAVE_PRICE = 10.0  # within a keep-out zone that the robot is to leave


def shut_off(request: GlobalPlanRequest, spec: GridSpec, cells: NDArray[np.uint8]) -> None:
    """Make OCCUPIED what zones shut and doors bar, and clear leaves that may have moved."""
    _clear_leaves(spec, cells, request.doors, 2.0 * request.needed_clearance_m)
    for door in request.doors:
        if door.is_shut:
            rc = door_cells(spec, door)
            cells[rc[:, 0], rc[:, 1]] = OCCUPIED
    here = request.T_map_robot.translation()
    shut = closed_zones(request.zones, here)
    if shut:
        cells[closed_mask(spec, shut)] = OCCUPIED


def without_old_leaves(
    snapshot: MapSnapshot, doors: Sequence[DoorAhead], needed_m: float
) -> MapSnapshot:
    """The map as it is if doors that may have opened have.

    Args:
        needed_m: Where the map has a gap as wide as this, nothing is cleared.
    """
    if not any(door.may_have_opened for door in doors):
        return snapshot
    cells = snapshot.cells.copy()
    _clear_leaves(snapshot.spec, cells, doors, needed_m)
    return replace(snapshot, cells=cells)


def _clear_leaves(
    spec: GridSpec, cells: NDArray[np.uint8], doors: Sequence[DoorAhead], needed_m: float
) -> None:
    for door in doors:
        if door.may_have_opened and not door.is_shut:
            rc = _band(spec, door, _LEAF_M, -spec.resolution_m)
            leaf = rc[cells[rc[:, 0], rc[:, 1]] == OCCUPIED]
            if _widest_gap_m(spec, door, leaf) < needed_m:
                cells[leaf[:, 0], leaf[:, 1]] = FREE


def _widest_gap_m(spec: GridSpec, door: DoorAhead, barred_rc: IntArray) -> float:
    """The widest piece of a door's line that none of the cells (N, 2) lies beside."""
    along = door.b_map_m - door.a_map_m
    width_m = float(np.hypot(*along))
    at_m = (spec.centres_m(barred_rc) - door.a_map_m) @ along / max(width_m, 1e-9)
    half_m = 0.5 * spec.resolution_m
    edges_m = np.concatenate([[half_m], np.sort(at_m), [width_m - half_m]])
    return float(np.diff(edges_m).max()) - 2.0 * half_m


def slow_down(request: GlobalPlanRequest, spec: GridSpec) -> FloatArray | None:
    """Factors (H, W) on the time in slow zones and in what is to be left; None for none."""
    here = request.T_map_robot.translation()
    slow = request.zones.of(ZoneKind.SLOW)
    left = [z for z in request.zones.of(ZoneKind.KEEP_OUT) if is_inside(z, here)]
    if not slow and not left:
        return None
    factor = np.ones(spec.shape)
    for zone in slow:
        price = max(1.0, request.speed_max_m_s / zone.speed_max_m_s)
        mask = polygon_mask(spec, zone.points_m)
        factor[mask] = np.maximum(factor[mask], price)
    for zone in left:
        factor[polygon_mask(spec, zone.points_m)] *= _LEAVE_PRICE
    return factor


def door_cells(spec: GridSpec, door: DoorAhead) -> IntArray:
    """Cells (N, 2) of a strip along a door's line, from post to post, too thick to leap over."""
    return _band(spec, door, _SEAL_CELLS * spec.resolution_m, _POST_CELLS * spec.resolution_m)


def doors_on(
    way_rc: IntArray, spec: GridSpec, doors: Collection[DoorAhead]
) -> list[tuple[DoorAhead, int, int]]:
    """The doors that a way (N, 2) crosses, in its order, with its first and last cell within."""
    crossed = []
    on_way = way_rc @ np.array([spec.n_cols, 1])
    for door in doors:
        strip = door_cells(spec, door) @ np.array([spec.n_cols, 1])
        within = np.flatnonzero(np.isin(on_way, strip))
        if within.size:
            crossed.append((door, int(within[0]), int(within[-1])))
    return sorted(crossed, key=lambda entry: entry[1])


def _band(spec: GridSpec, door: DoorAhead, half_m: float, longer_m: float) -> IntArray:
    """Cells (N, 2) within `half_m` of a door's line, which is made longer at both ends."""
    along = door.b_map_m - door.a_map_m
    width_m = float(np.hypot(*along))
    axis = along / max(width_m, 1e-9)
    reach = half_m + max(longer_m, 0.0) + spec.resolution_m
    low = spec.cells_rc(np.minimum(door.a_map_m, door.b_map_m) - reach)
    high = spec.cells_rc(np.maximum(door.a_map_m, door.b_map_m) + reach) + 1
    low, high = np.maximum(low, 0), np.minimum(high, spec.shape)
    if (high <= low).any():
        return np.zeros((0, 2), dtype=np.intp)
    rows, cols = np.mgrid[low[0] : high[0], low[1] : high[1]]
    rc = np.stack([rows.ravel(), cols.ravel()], axis=-1)
    off = spec.centres_m(rc) - door.a_map_m
    u, v = off @ axis, off @ np.array([-axis[1], axis[0]])
    is_in = (np.abs(v) <= half_m) & (u >= -longer_m) & (u <= width_m + longer_m)
    return np.asarray(rc[is_in], dtype=np.intp)
