"""Why there is no way, in words a person can act on.

Only asked after planning has failed. Cost: one more ground and search, 5 to 40 ms.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from homebody.geometry import FloatArray
from navigation.global_planner.ends import nearest_cell
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import Ground, survey
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import OCCUPIED, UNKNOWN


def why_start_is_shut(request: GlobalPlanRequest) -> str:
    return (
        f"the robot stands where it does not fit: nothing within "
        f"{request.config.start_snap_m:.2f} m has {2 * request.needed_clearance_m:.2f} m of room"
    )


def why_goal_is_out(request: GlobalPlanRequest, ground: Ground, start_rc: tuple[int, int]) -> str:
    """Say what keeps the robot from the goal, for a start in an open cell."""
    x_m, y_m = (float(c) for c in request.goal_map_m)
    goal_rc = ground.spec.cell_rc(x_m, y_m)
    reachable = ground.region == ground.region[start_rc]
    found = nearest_cell(ground, reachable, request.goal_map_m)
    assert found is not None  # the start itself is reachable
    near_m, off_m = ground.spec.centres_m(found[0]), found[1]
    nearest = f"nearest free point ({near_m[0]:.2f}, {near_m[1]:.2f})"
    if ground.cells[goal_rc] == OCCUPIED:
        return f"the goal lies {off_m:.2f} m inside a wall or an object; {nearest}"
    if ground.clearance_m[goal_rc] < request.needed_clearance_m:
        return (
            f"the goal is too close to a wall or an object: the robot fits {off_m:.2f} m from it; "
            f"{nearest}"
        )
    if ground.cells[goal_rc] == UNKNOWN and not request.is_unknown_allowed:
        return f"the goal lies {off_m:.2f} m within space that was not seen yet; {nearest}"
    return f"no way leads there: {_what_blocks(request, ground, start_rc, goal_rc)}; {nearest}"


def _what_blocks(
    request: GlobalPlanRequest,
    ground: Ground,
    start_rc: tuple[int, int],
    goal_rc: tuple[int, int],
) -> str:
    if len(request.obstacles_map_m):
        earlier = survey(
            dataclasses.replace(request, obstacles_map_m=np.zeros((0, 2))),
            request.is_unknown_allowed,
        )
        if earlier.region[start_rc] == earlier.region[goal_rc] > 0:
            spot = _narrowest(earlier, ground, start_rc, goal_rc)
            if spot is not None:
                return f"something seen just now stands in the way near {_words(spot[0])}"
    if not request.is_unknown_allowed:
        wider = survey(request, is_unknown_open=True)
        if wider.region[start_rc] == wider.region[goal_rc] > 0:
            return "the way goes through space that was not seen yet"
    spot = _narrowest(ground, ground, start_rc, goal_rc)
    if spot is None:
        return "walls or objects shut it off on all sides"
    return (
        f"the widest way is only about {2 * spot[1]:.2f} m wide near {_words(spot[0])}, "
        f"the robot needs {2 * request.needed_clearance_m:.2f} m"
    )


def _narrowest(
    ground: Ground, now: Ground, start_rc: tuple[int, int], goal_rc: tuple[int, int]
) -> tuple[FloatArray, float] | None:
    """The tightest place, with its clearance in `now`, of the roomiest way over any clearance."""
    resolution_m = ground.spec.resolution_m
    price = 1.0 / np.square(np.maximum(ground.clearance_m.astype(np.float64), resolution_m))
    # Beside a wall nothing passes: moves must not leap over it, and a crack is no way.
    price[ground.clearance_m < 1.1 * resolution_m] = np.inf
    price[goal_rc] = price[start_rc] = 1.0 / resolution_m**2
    search = TravelTime(price, resolution_m, goal_rc)
    if not np.isfinite(search.time_s[start_rc]):
        return None
    way_rc = search.path_from(start_rc)
    clearance_m = now.clearance_m[way_rc[:, 0], way_rc[:, 1]]
    tightest = int(np.argmin(clearance_m))
    return ground.spec.centres_m(way_rc[tightest]), float(clearance_m[tightest])


def _words(point_m: FloatArray) -> str:
    return f"({point_m[0]:.2f}, {point_m[1]:.2f})"
