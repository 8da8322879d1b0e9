"""Why there is no way, in words a person can act on.

Only asked after planning has failed. Cost: one more ground and search, 5 to 40 ms.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.ends import nearest_cell
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import Ground, survey
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.rules import doors_on
from navigation.global_planner.search_run import Search
from navigation.types import OCCUPIED, UNKNOWN
from navigation.zones.distance import distance_to_line_m, distance_to_polygon_m
from navigation.zones.zone import NO_ZONES, Zone, ZoneKind


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
    covering = _zone_over(request)
    if covering is not None:
        return f"{covering.words} covers the goal; {nearest}, {off_m:.2f} m from it"
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
    rule = _what_rule_blocks(request, start_rc, goal_rc)
    if rule:
        return rule
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


def _zone_over(request: GlobalPlanRequest) -> Zone | None:
    """The keep-out zone that covers the goal or leaves the robot no room to stand there."""
    goal_m = np.asarray(request.goal_map_m, dtype=np.float64)
    for zone in request.zones.of(ZoneKind.KEEP_OUT):
        if distance_to_polygon_m(zone.points_m, goal_m) < request.needed_clearance_m:
            return zone
    return None


def _what_rule_blocks(
    request: GlobalPlanRequest, start_rc: tuple[int, int], goal_rc: tuple[int, int]
) -> str:
    """The shut doors or the user's zones that bar the way, if it would be free without them."""
    shut = tuple(door for door in request.doors if door.is_shut)
    drawn = request.zones.of(ZoneKind.WALL, ZoneKind.KEEP_OUT)
    for doors, zones in ((shut, ()), ((), drawn), (shut, drawn)):
        if not doors and not zones:
            continue
        free = _without(request, bool(doors), bool(zones))
        way_rc = _way(free, start_rc, goal_rc)
        if way_rc is None:
            continue
        words = [f"{door.words} is shut" for door, _, _ in doors_on(way_rc, free.spec, doors)]
        way_m = free.spec.centres_m(way_rc)
        reach_m = request.needed_clearance_m + free.spec.resolution_m
        words += [f"{zone.words} is in the way" for zone in zones if _is_met(zone, way_m, reach_m)]
        if words:
            return " and ".join(words)
    return ""


def _without(request: GlobalPlanRequest, doors: bool, zones: bool) -> Ground:
    """The ground as it would be with all doors open, or without what was drawn."""
    changed = request
    if doors:
        open_doors = tuple(
            dataclasses.replace(d, is_shut=False, may_have_opened=d.is_shut or d.may_have_opened)
            for d in request.doors
        )
        changed = dataclasses.replace(changed, doors=open_doors)
    if zones:
        changed = dataclasses.replace(changed, zones=NO_ZONES)
    return survey(changed, request.is_unknown_allowed)


def _way(ground: Ground, start_rc: tuple[int, int], goal_rc: tuple[int, int]) -> IntArray | None:
    if not ground.region[start_rc] == ground.region[goal_rc] > 0:
        return None
    search = Search(ground.bordered_s_m, ground.span_s_m, may_leap=False)
    search.run(goal_rc, until_rc=start_rc)
    return search.way_from(start_rc)


def _is_met(zone: Zone, way_m: FloatArray, reach_m: float) -> bool:
    """Whether a way (N, 2) comes as near to a zone as the robot is wide."""
    away = distance_to_polygon_m if zone.is_polygon else distance_to_line_m
    return any(away(zone.points_m, point) < reach_m for point in way_m)


def why_wrong_way(request: GlobalPlanRequest) -> str:
    """Why the search found nothing within one connected region: passages lead the other way."""
    names = ", ".join(zone.words for zone in request.zones.of(ZoneKind.ONE_WAY))
    return f"no way leads there: {names} may only be passed the other way"


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
