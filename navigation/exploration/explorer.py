"""Where to look next: frontiers, viewpoints, and the most to see for the time it takes.

Gain per time after Gonzalez-Banos and Latombe, "Navigation strategies for exploring indoor
environments" (2002); the gain is capped and enters below linearly, so that what is near is finished
before the robot leaves, and a far look has to show more.
Cost: 40 ms for a home of 12 x 12 m at 5 cm; fit to run as a job.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.exploration.choice import Choice, Prospect, much_first_then_tour
from navigation.exploration.frontiers import find_frontiers
from navigation.exploration.progress import explored_share, seen_m2, time_left_s, way_home_s
from navigation.exploration.request import ExplorationDecision, ExplorationRequest
from navigation.exploration.tour import plan_tour
from navigation.exploration.viewpoints import Viewpoints, find_viewpoints
from navigation.global_planner.ends import start_cells
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import BoolArray, Ground, survey
from navigation.global_planner.request import GlobalPlanRequest

OWN_CHOICE: Choice = much_first_then_tour


def next_viewpoint(request: ExplorationRequest, choose: Choice = OWN_CHOICE) -> ExplorationDecision:
    """Choose the next place to look from, or say that all has been seen.

    Args:
        choose: Picks one of the looks that are worth taking.
    """
    ground = survey(_as_plan_request(request), is_unknown_open=False)
    here_m = request.T_map_robot.translation()
    starts = start_cells(ground, here_m, request.planner.start_snap_m)
    if not starts:
        return _stuck()
    travel = TravelTime(ground.slowness_s_m, ground.spec.resolution_m, starts[0])
    frontiers = find_frontiers(request, ground, starts[0])
    viewpoints = find_viewpoints(request, ground, frontiers, travel.time_s)
    seen_area_m2 = seen_m2(frontiers, ground.spec.resolution_m)
    is_worth = viewpoints.is_worth(request.config, seen_area_m2)
    home_s = way_home_s(request, ground, travel.time_s)
    if not is_worth.any():
        return _done(request, home_s)
    is_target = _is_target(request, ground, viewpoints)
    tour = plan_tour(ground, viewpoints, is_worth, is_target, request.config)
    prospect = Prospect(request, ground, frontiers, viewpoints, is_worth, is_target, tour)
    return _decision(prospect, choose(prospect), travel, home_s)


def _is_target(request: ExplorationRequest, ground: Ground, viewpoints: Viewpoints) -> BoolArray:
    if request.target_map_m is None:
        return np.zeros(len(viewpoints.cells_rc), dtype=np.bool_)
    target_rc = ground.spec.cells_rc(request.target_map_m)
    return np.asarray((viewpoints.cells_rc == target_rc).all(axis=1))


def _as_plan_request(request: ExplorationRequest) -> GlobalPlanRequest:
    return GlobalPlanRequest(
        snapshot=request.snapshot,
        T_map_robot=request.T_map_robot,
        goal_map_m=request.T_map_robot.translation(),
        inscribed_radius_m=request.inscribed_radius_m,
        circumscribed_radius_m=request.circumscribed_radius_m,
        speed_max_m_s=request.speed_max_m_s,
        obstacles_map_m=request.impasses_map_m,
        config=request.planner,
    )


def _decision(
    prospect: Prospect, best: int, travel: TravelTime, home_s: float
) -> ExplorationDecision:
    request, spec, viewpoints = prospect.request, prospect.ground.spec, prospect.viewpoints
    viewpoint_m: FloatArray = spec.centres_m(viewpoints.cells_rc[best])
    frontier_m: FloatArray = spec.centres_m(viewpoints.frontier_rc[best])
    gain_m2 = float(viewpoints.gain_m2[best])
    reason = (
        f"looking from ({viewpoint_m[0]:.1f}, {viewpoint_m[1]:.1f}) toward "
        f"({frontier_m[0]:.1f}, {frontier_m[1]:.1f}): about {gain_m2:.1f} m2 to see there"
    )
    return ExplorationDecision(
        viewpoint_m,
        frontier_m,
        reason,
        is_done=False,
        explored_share=explored_share(
            seen_m2(prospect.frontiers, spec.resolution_m), prospect.tour
        ),
        time_left_s=home_s + time_left_s(prospect.tour, request.config),
        gain_m2=gain_m2,
        travel_s=float(viewpoints.travel_s[best]),
        way_map_m=spec.centres_m(travel.path_from(_cell(viewpoints.cells_rc[best]))[::-1]),
    )


def _cell(cell_rc: IntArray) -> tuple[int, int]:
    return int(cell_rc[0]), int(cell_rc[1])


def _done(request: ExplorationRequest, home_s: float) -> ExplorationDecision:
    n_left = len(request.blacklist_map_m)
    but = f", but for {n_left} place(s) that could not be seen" if n_left else ""
    return ExplorationDecision(
        None, None, f"everything that can be reached has been seen{but}", True, 1.0, home_s
    )


def _stuck() -> ExplorationDecision:
    reason = "the robot stands where it does not fit, so it cannot look for a way on"
    return ExplorationDecision(None, None, reason, True, 0.0, 0.0, is_stuck=True)
