"""Both ends of a way, on a ground where one connects them: the seen first, the unseen if need be.

Cost: 1.5 ms at 240 x 240 cells, nearly all of it for the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.global_planner.ends import nearest_cell, roomiest_cell, start_cells
from navigation.global_planner.ground import Ground, LayersMemory, survey
from navigation.global_planner.reasons import why_goal_is_out, why_start_is_shut
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.search_run import Cell


@dataclass(frozen=True, slots=True)
class Ends:
    """A start cell and a goal cell in one open region, and the goal point (2,)."""

    ground: Ground
    start_rc: Cell
    goal_rc: Cell
    goal_map_m: FloatArray


def place(request: GlobalPlanRequest, memory: LayersMemory | None = None) -> Ends | str:
    """Place both ends, or say why no way connects them.

    Args:
        memory: Of the last survey.

    Raises:
        InputError: The goal or the robot's place is not a finite point.
    """
    _check(request)
    ground = survey(request, False, memory)
    starts, found = _ends(request, ground)
    if found is None and request.is_unknown_allowed:
        ground = survey(request, True, memory)
        starts, found = _ends(request, ground)
    if found is not None:
        return found
    return why_goal_is_out(request, ground, starts[0]) if starts else why_start_is_shut(request)


def _check(request: GlobalPlanRequest) -> None:
    here = request.T_map_robot
    for name, point in (
        ("goal_map_m", [float(c) for c in request.goal_map_m]),
        ("T_map_robot", [here.x_m, here.y_m]),
    ):
        if not np.isfinite(point).all():
            raise InputError("global planner", name, point, "finite coordinates")


def _ends(request: GlobalPlanRequest, ground: Ground) -> tuple[list[Cell], Ends | None]:
    """Where the robot may begin, and the first that is connected to the goal or near enough."""
    starts = start_cells(ground, request.T_map_robot.translation(), request.config.start_snap_m)
    x_m, y_m = (float(c) for c in request.goal_map_m)
    own = ground.spec.cell_rc(x_m, y_m)
    reach_m = max(request.goal_tolerance_m, 0.5 * ground.spec.resolution_m)
    for start in starts:
        region = ground.region[start]
        if ground.region[own] == region:
            return starts, Ends(ground, start, *_with_room(request, ground, own))
        found = nearest_cell(ground, ground.region == region, request.goal_map_m, reach_m)
        if found is not None:
            return starts, Ends(ground, start, found[0], ground.spec.centres_m(found[0]))
    return starts, None


def _with_room(request: GlobalPlanRequest, ground: Ground, own: Cell) -> tuple[Cell, FloatArray]:
    """The goal, or the place within its tolerance where the robot can stand and turn freely."""
    reach_m = request.goal_tolerance_m - ground.spec.resolution_m
    wanted_m = request.turning_clearance_m
    cell = roomiest_cell(ground, own, request.goal_map_m, reach_m, wanted_m)
    if cell == own:
        return own, np.array(request.goal_map_m)
    return cell, ground.spec.centres_m(cell)
