"""What the user has drawn is obeyed by the global plan, and named where it bars the way."""

import itertools

import numpy as np
import pytest
from small_maps import points_along, request_of, walled

from navigation.global_planner.path_only import plan_path
from navigation.global_planner.planner import plan
from navigation.types import OCCUPIED
from navigation.zones.zone import Side, Zone, ZoneKind, Zones

CELLS = walled(60, 100)
START, GOAL = (0.5, 1.525), (4.5, 1.525)


def box(x0, y0, x1, y1):
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def drawn(*zones):
    return Zones(tuple(zones))


def way(zones, start=START, goal=GOAL, cells=CELLS, **more):
    request = request_of(cells, start, goal, zones=zones, **more)
    found, alone = plan(request), plan_path(request)
    assert found.is_found == alone.is_found
    assert found.reason == alone.reason
    return found


def test_a_keep_out_zone_is_gone_round_with_room_for_the_footprint():
    zone = Zone("rug", ZoneKind.KEEP_OUT, box(2.0, 1.0, 3.0, 2.0))
    found = way(drawn(zone))
    points = points_along(found.path_map_m)
    outside = np.maximum(np.abs(points - (2.5, 1.5)) - 0.5, 0.0)
    assert np.hypot(*outside.T).min() >= 0.12


def test_a_goal_in_a_keep_out_zone_is_refused_by_name():
    zone = Zone("rug", ZoneKind.KEEP_OUT, box(4.0, 1.0, 4.9, 2.0))
    found = way(drawn(zone))
    assert not found.is_found
    assert "keep-out zone 'rug' covers the goal" in found.reason
    assert "nearest free point" in found.reason


def test_a_robot_in_a_keep_out_zone_leaves_it_by_the_nearest_side():
    zone = Zone("rug", ZoneKind.KEEP_OUT, box(1.0, 0.3, 4.0, 2.0))
    found = way(drawn(zone), start=(2.5, 1.7), goal=(4.6, 0.6))
    points = points_along(found.path_map_m)
    inside = ((points > (1.0, 0.3)) & (points < (4.0, 2.0))).all(axis=1)
    assert inside[0]
    assert inside.sum() * 0.002 < 0.45
    assert not inside[-1]


def test_a_virtual_wall_holds_and_is_named():
    part = Zone("tape", ZoneKind.WALL, np.array([[2.5, 0.0], [2.5, 2.2]]))
    found = way(drawn(part))
    assert found.path_map_m[:, 1].max() > 2.3
    whole = Zone("tape", ZoneKind.WALL, np.array([[2.5, 0.0], [2.5, 3.0]]))
    refused = way(drawn(whole))
    assert not refused.is_found
    assert "virtual wall 'tape' is in the way" in refused.reason


def test_a_zone_across_the_only_way_is_named_though_another_is_there():
    across = Zone("stairs", ZoneKind.KEEP_OUT, box(2.0, 0.0, 2.4, 3.0))
    elsewhere = Zone("corner", ZoneKind.KEEP_OUT, box(0.1, 0.1, 0.4, 0.4))
    refused = way(drawn(elsewhere, across))
    assert "keep-out zone 'stairs' is in the way" in refused.reason
    assert "corner" not in refused.reason


def test_a_slow_zone_is_gone_round_only_where_that_pays():
    small = Zone("toys", ZoneKind.SLOW, box(2.3, 1.2, 2.7, 1.8), speed_max_m_s=0.2)
    found = way(drawn(small))
    points = points_along(found.path_map_m)
    assert not ((points > (2.32, 1.22)) & (points < (2.68, 1.78))).all(axis=1).any()
    wide = Zone("toys", ZoneKind.SLOW, box(2.3, 0.0, 2.7, 3.0), speed_max_m_s=0.25)
    through = way(drawn(wide))
    straight_s = 4.0 + 0.4 * 3.0
    time_s = through.cost_to_go.time_s[through.cost_to_go.spec.cell_rc(*START)]
    assert time_s == pytest.approx(straight_s, abs=0.25)


WALL = walled(60, 100)
WALL[:, 50] = OCCUPIED
WALL[8:20, 50] = 0
WALL[40:52, 50] = 0
ONE_WAY = Zone("low gate", ZoneKind.ONE_WAY, np.array([[2.2, 0.7], [2.9, 0.7]]), width_m=0.7)


def crossing_y_m(path_m):
    for a, b in itertools.pairwise(path_m):
        if (a[0] - 2.525) * (b[0] - 2.525) <= 0 and a[0] != b[0]:
            return a[1] + (2.525 - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
    raise AssertionError("the path does not cross")


def test_a_one_way_passage_is_driven_one_way():
    west, east = (1.5, 0.7), (3.5, 0.7)
    assert crossing_y_m(way(drawn(ONE_WAY), west, east, WALL).path_map_m) < 1.2
    assert crossing_y_m(way(drawn(ONE_WAY), east, west, WALL).path_map_m) > 1.8


def test_a_one_way_passage_that_is_the_only_way_is_named():
    cells = WALL.copy()
    cells[40:52, 50] = OCCUPIED
    refused = way(drawn(ONE_WAY), (3.5, 0.7), (1.5, 0.7), cells)
    assert not refused.is_found
    assert "one-way passage 'low gate'" in refused.reason
    assert way(drawn(ONE_WAY), (1.5, 0.7), (3.5, 0.7), cells).is_found


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
@pytest.mark.parametrize("is_back", [False, True])
def test_a_side_is_kept_in_a_corridor_both_ways(side, is_back):
    cells = walled(36, 160)
    corridor = Zone("hall", ZoneKind.KEEP_SIDE, box(1.0, 0.05, 7.0, 1.75), side=side)
    ends = ((0.5, 0.9), (7.5, 0.9))
    found = plan(request_of(cells, *(ends[::-1] if is_back else ends), zones=drawn(corridor)))
    points = points_along(found.path_map_m)
    middle = points[(points[:, 0] > 3.0) & (points[:, 0] < 5.0)]
    is_up = (side is Side.LEFT) is not is_back
    assert (middle[:, 1] > 1.05).all() if is_up else (middle[:, 1] < 0.75).all()


def test_all_of_it_goes_to_another_process():
    import pickle

    request = request_of(CELLS, START, GOAL, zones=drawn(ONE_WAY))
    again = pickle.loads(pickle.dumps(request))
    assert plan(again).length_m == plan(request).length_m
