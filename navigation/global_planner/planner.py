"""The global planner: see where the robot fits, place both ends, search, pull the path tight.

The field of travel times over the whole map is the product; the path is for people and for
checking that the way is still free. Doors that may be shut are weighed before, see `expected`.
Cost: 5 ms for a home of 12 x 12 m, 20 ms for 25 x 25 m, at 5 cm; fit to run as a job.
"""

from __future__ import annotations

import math

import numpy as np

from navigation.global_planner.corridors import has_corridors, keep_aside
from navigation.global_planner.expected import expecting_doors
from navigation.global_planner.field import with_way_out
from navigation.global_planner.ground import Ground
from navigation.global_planner.memory import FieldMemory, memory_of_this_process
from navigation.global_planner.path import length_of, pulled_tight, with_ends
from navigation.global_planner.placing import Ends, place
from navigation.global_planner.reasons import why_wrong_way
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.rules import doors_on
from navigation.global_planner.search_run import Search
from navigation.types import OCCUPIED, CostToGo, GlobalPlan


def plan(request: GlobalPlanRequest, memory: FieldMemory | None = None) -> GlobalPlan:
    """Find the fastest way for the robot's footprint, or say why there is none.

    Args:
        memory: Of the last plan, which makes the next to the same goal faster and no other.

    Raises:
        InputError: The goal or the robot's place is not a finite point.
    """
    memory = memory or FieldMemory()
    ends = place(request, memory.layers)
    if isinstance(ends, str):
        return _refused(request, ends)
    ground = expecting_doors(request, ends.ground, ends.start_rc, ends.goal_rc)
    search = memory.search(ground, ends.goal_rc)
    if not search.has_reached(ends.start_rc):
        return _refused(request, why_wrong_way(request))
    if has_corridors(request):
        aside = keep_aside(request, ground, search.way_down(ends.start_rc))
        if aside is not ground:
            ground, search = aside, memory.search(aside, ends.goal_rc)
    return _found(request, ends, ground, search)


def replan(request: GlobalPlanRequest) -> GlobalPlan:
    """`plan` as a job that is done again and again: the same result, for less where it can be."""
    return plan(request, memory_of_this_process())


def _refused(request: GlobalPlanRequest, reason: str) -> GlobalPlan:
    return GlobalPlan(np.zeros((0, 2)), np.array(request.goal_map_m), math.inf, None, reason)


def _found(request: GlobalPlanRequest, ends: Ends, ground: Ground, search: Search) -> GlobalPlan:
    resolution_m = ground.spec.resolution_m
    way_rc = search.way_down(ends.start_rc)
    way_s = search.way_times_s(way_rc, resolution_m)
    corners = pulled_tight(ground, way_rc, way_s, request.config.shortcut_slack)
    corners_m = ground.spec.centres_m(way_rc[corners])
    path_m = with_ends(ground, corners_m, request.T_map_robot.translation(), ends.goal_map_m)
    time_s = with_way_out(
        search.times_s(resolution_m),
        ground.cells != OCCUPIED,
        resolution_m,
        request.needed_clearance_m,
        request.config.outward_price / request.speed_max_m_s,
    )
    crossed = doors_on(way_rc, ground.spec, [d for d in request.doors if not d.is_shut])
    return GlobalPlan(
        path_m,
        ends.goal_map_m,
        length_of(path_m),
        CostToGo(ground.spec, time_s),
        door_ids=tuple(door.identity for door, _, _ in crossed),
    )
