"""The global planner: see where the robot fits, place both ends, search, pull the path tight.

The field of travel times over the whole map is the product; the path is for people and for
checking that the way is still free. Space already seen is tried first, the unseen if need be.
Cost: 25 ms for a home of 12 x 12 m, 110 ms for 25 x 25 m, at 5 cm; fit to run as a job.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.global_planner.ends import nearest_cell, roomiest_cell, start_cells
from navigation.global_planner.field import TravelTime, with_way_out
from navigation.global_planner.ground import Ground, survey
from navigation.global_planner.lines import cells_along
from navigation.global_planner.path import length_of, pulled_tight, without_clipped_corners
from navigation.global_planner.reasons import why_goal_is_out, why_start_is_shut
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import OCCUPIED, CostToGo, GlobalPlan

_ROOM_TO_TURN_M = 0.1  # beside the circumscribed circle, at a goal that leaves the choice

Cell = tuple[int, int]
_Ends = tuple[Cell, Cell, FloatArray]  # start cell, goal cell, goal point (2,)


def plan(request: GlobalPlanRequest) -> GlobalPlan:
    """Find the fastest way for the robot's footprint, or say why there is none.

    Raises:
        InputError: The goal or the robot's place is not a finite point.
    """
    _check(request)
    ground, starts, way = _ends(request, is_unknown_open=False)
    if way is None and request.is_unknown_allowed:
        ground, starts, way = _ends(request, is_unknown_open=True)
    if way is not None:
        return _found(request, ground, *way)
    reason = why_goal_is_out(request, ground, starts[0]) if starts else why_start_is_shut(request)
    return GlobalPlan(np.zeros((0, 2)), np.array(request.goal_map_m), math.inf, None, reason)


def _check(request: GlobalPlanRequest) -> None:
    here = request.T_map_robot
    for name, point in (
        ("goal_map_m", [float(c) for c in request.goal_map_m]),
        ("T_map_robot", [here.x_m, here.y_m]),
    ):
        if not np.isfinite(point).all():
            raise InputError("global planner", name, point, "finite coordinates")


def _ends(
    request: GlobalPlanRequest, is_unknown_open: bool
) -> tuple[Ground, list[Cell], _Ends | None]:
    """The ground, where the robot may begin, and a pair of ends that a way connects."""
    ground = survey(request, is_unknown_open)
    here_m = request.T_map_robot.translation()
    starts = start_cells(ground, here_m, request.config.start_snap_m)
    return ground, starts, _connected(request, ground, starts)


def _connected(request: GlobalPlanRequest, ground: Ground, starts: list[Cell]) -> _Ends | None:
    """The first start that is connected to the goal, or to a cell near enough to it."""
    x_m, y_m = (float(c) for c in request.goal_map_m)
    own = ground.spec.cell_rc(x_m, y_m)
    reach_m = max(request.goal_tolerance_m, 0.5 * ground.spec.resolution_m)
    for start in starts:
        region = ground.region[start]
        if ground.region[own] == region:
            return start, *_with_room(request, ground, own)
        found = nearest_cell(ground, ground.region == region, request.goal_map_m, reach_m)
        if found is not None:
            return start, found[0], ground.spec.centres_m(found[0])
    return None


def _with_room(request: GlobalPlanRequest, ground: Ground, own: Cell) -> tuple[Cell, FloatArray]:
    """The goal, or the place within its tolerance where the robot can stand and turn freely."""
    reach_m = request.goal_tolerance_m - ground.spec.resolution_m
    wanted_m = request.circumscribed_radius_m + _ROOM_TO_TURN_M
    cell = roomiest_cell(ground, own, request.goal_map_m, reach_m, wanted_m)
    if cell == own:
        return own, np.array(request.goal_map_m)
    return cell, ground.spec.centres_m(cell)


def _found(
    request: GlobalPlanRequest, ground: Ground, start: Cell, goal: Cell, goal_map_m: FloatArray
) -> GlobalPlan:
    resolution_m = ground.spec.resolution_m
    travel = TravelTime(ground.slowness_s_m, resolution_m, goal, ground.has_thick_walls)
    way_rc = without_clipped_corners(ground, travel.path_from(start))
    if way_rc is None:
        travel = TravelTime(ground.slowness_s_m, resolution_m, goal, may_leap=False)
        way_rc = travel.path_from(start)
    way_s = travel.time_s[way_rc[:, 0], way_rc[:, 1]]
    corners = pulled_tight(ground, way_rc, way_s, request.config.shortcut_slack)
    corners_m = ground.spec.centres_m(way_rc[corners])
    path_m = _with_ends(ground, corners_m, request.T_map_robot.translation(), goal_map_m)
    time_s = with_way_out(
        travel.time_s,
        ground.cells != OCCUPIED,
        resolution_m,
        request.needed_clearance_m,
        request.config.outward_price / request.speed_max_m_s,
    )
    return GlobalPlan(path_m, goal_map_m, length_of(path_m), CostToGo(ground.spec, time_s))


def _with_ends(
    ground: Ground, corners_m: FloatArray, here_m: FloatArray, goal_m: FloatArray
) -> FloatArray:
    """The path from the robot itself to the goal itself.

    The centres of the first and last cell are left out where the straight line past them is open.
    """
    path_m = np.vstack([here_m, corners_m, goal_m])
    if len(path_m) > 2 and _is_open(ground, path_m[0], path_m[2]):
        path_m = np.delete(path_m, 1, axis=0)
    if len(path_m) > 2 and _is_open(ground, path_m[-3], path_m[-1]):
        path_m = np.delete(path_m, -2, axis=0)
    is_new = np.r_[True, np.linalg.norm(np.diff(path_m, axis=0), axis=1) > 1e-9]
    return np.asarray(path_m[is_new])


def _is_open(ground: Ground, start_m: FloatArray, end_m: FloatArray) -> bool:
    under_rc, length_m = cells_along(ground.spec, start_m, end_m[None])
    return bool((ground.is_open[under_rc[..., 0], under_rc[..., 1]] | (length_m == 0.0)).all())
