"""The global planner: see where the robot fits, place both ends, search, pull the path tight.

The field of travel times over the whole map is the product; the path is for people and for
checking that the way is still free.
Cost: 5 ms for a home of 12 x 12 m, 20 ms for 25 x 25 m, at 5 cm; fit to run as a job.
"""

from __future__ import annotations

import math

import numpy as np

from navigation.global_planner.field import with_way_out
from navigation.global_planner.path import length_of, pulled_tight, with_ends
from navigation.global_planner.placing import Ends, place
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.search_run import Search
from navigation.types import OCCUPIED, CostToGo, GlobalPlan


def plan(request: GlobalPlanRequest) -> GlobalPlan:
    """Find the fastest way for the robot's footprint, or say why there is none.

    Raises:
        InputError: The goal or the robot's place is not a finite point.
    """
    ends = place(request)
    if isinstance(ends, str):
        return GlobalPlan(np.zeros((0, 2)), np.array(request.goal_map_m), math.inf, None, ends)
    return _found(request, ends)


def _found(request: GlobalPlanRequest, ends: Ends) -> GlobalPlan:
    ground = ends.ground
    resolution_m = ground.spec.resolution_m
    search = Search(ground.bordered_s_m, ground.span_s_m, may_leap=True)
    search.run(ends.goal_rc)
    way_rc = search.way_from(ends.start_rc)
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
    return GlobalPlan(path_m, ends.goal_map_m, length_of(path_m), CostToGo(ground.spec, time_s))
