"""Ways through doors that may be shut, against every policy of small graphs."""

import itertools
import math

import numpy as np
import pytest
from small_maps import request_of, walled

from navigation.doors.outlook import DoorAhead, DoorPrices
from navigation.global_planner.path_only import plan_path
from navigation.global_planner.planner import plan
from navigation.types import FREE, OCCUPIED

WALL_COL = 60
CAP_S = 90.0


def door_at(rows, p_open, identity=1, col=WALL_COL, is_shut=False, may_have_opened=False):
    x_m = (col + 0.5) * 0.05
    low, high = rows[0] * 0.05, rows[1] * 0.05
    return DoorAhead(
        identity,
        f"the door between room {identity} and hall",
        np.array([x_m, low]),
        np.array([x_m, high]),
        p_open,
        is_shut,
        may_have_opened,
        np.ones(1),
        np.full(1, 1e-3),
    )


def two_rooms(*doors_rows, n_rows=120, n_cols=121):
    cells = walled(n_rows, n_cols)
    cells[:, WALL_COL] = OCCUPIED
    for low, high in doors_rows:
        cells[low:high, WALL_COL] = FREE
    return cells


NEAR, FAR = (12, 30), (90, 108)  # rows of two doors
HERE, THERE = (2.0, 1.05), (4.0, 1.05)  # straight through the near one


def crossing_y_m(path_m):
    x_m = (WALL_COL + 0.5) * 0.05
    for a, b in itertools.pairwise(path_m):
        if (a[0] - x_m) * (b[0] - x_m) <= 0 and a[0] != b[0]:
            return a[1] + (x_m - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
    raise AssertionError("the path does not cross")


def test_a_door_that_is_surely_open_costs_nothing():
    cells = two_rooms(NEAR, FAR)
    plain = plan(request_of(cells, HERE, THERE))
    sure = plan(request_of(cells, HERE, THERE, doors=(door_at(NEAR, 1.0),)))
    np.testing.assert_array_equal(plain.cost_to_go.time_s, sure.cost_to_go.time_s)
    assert sure.door_ids == (1,)


@pytest.mark.parametrize(("p_open", "is_near"), [(0.9, True), (0.5, True), (0.02, False)])
def test_near_and_doubtful_against_far_and_sure(p_open, is_near):
    doors = (door_at(NEAR, p_open), door_at(FAR, 1.0, 2))
    cells = two_rooms(NEAR, FAR)
    # from between the doors: to try the near one in vain costs more than nothing
    found = plan(request_of(cells, (2.0, 1.9), (4.0, 1.9), doors=doors))
    assert bool(crossing_y_m(found.path_map_m) < 3.0) is is_near
    assert found.door_ids == ((1,) if is_near else (2,))
    alone = plan_path(request_of(cells, (2.0, 1.9), (4.0, 1.9), doors=doors))
    assert bool(crossing_y_m(alone.path_map_m) < 3.0) is is_near


def test_the_field_along_the_way_is_the_time_with_its_doors_open():
    cells = two_rooms(NEAR, FAR)
    doors = (door_at(NEAR, 0.7), door_at(FAR, 0.7, 2))
    found = plan(request_of(cells, HERE, THERE, doors=doors))
    plain = plan(request_of(cells, HERE, THERE))
    cell = found.cost_to_go.spec.cell_rc(*HERE)
    assert found.cost_to_go.time_s[cell] == plain.cost_to_go.time_s[cell]


def test_a_door_seen_shut_is_not_tried_and_a_single_one_is_named():
    cells = two_rooms(NEAR, FAR)
    doors = (door_at(NEAR, 0.02, is_shut=True), door_at(FAR, 1.0, 2))
    round_it = plan(request_of(cells, HERE, THERE, doors=doors))
    assert crossing_y_m(round_it.path_map_m) > 4.0
    both = tuple(door_at(rows, 0.0, i, is_shut=True) for i, rows in ((1, NEAR), (2, FAR)))
    refused = plan(request_of(cells, HERE, THERE, doors=both))
    assert not refused.is_found
    assert "the door between room 1 and hall is shut" in refused.reason
    # also where the map itself has the leaf
    cells = two_rooms()
    refused = plan(request_of(cells, HERE, THERE, doors=both[:1]))
    assert "the door between room 1 and hall is shut" in refused.reason


def test_a_leaf_on_the_map_that_may_have_opened_is_tried():
    cells = two_rooms(FAR)  # the near door's leaf is mapped as wall
    written_off = plan(request_of(cells, HERE, THERE))
    assert crossing_y_m(written_off.path_map_m) > 4.0
    doors = (door_at(NEAR, 0.7, may_have_opened=True), door_at(FAR, 1.0, 2))
    tried = plan(request_of(cells, HERE, THERE, doors=doors))
    assert crossing_y_m(tried.path_map_m) < 2.0


def test_no_way_round_costs_what_help_costs():
    cells = two_rooms(NEAR)
    found = plan(request_of(cells, HERE, THERE, doors=(door_at(NEAR, 0.4),)))
    assert found.is_found
    assert found.door_ids == (1,)


# --- every policy of a small graph ---------------------------------------------------------------


def leg_s(cells, a, b):
    """Time from one point to another without crossing the wall of doors."""
    found = plan(request_of(cells, a, b, goal_tolerance_m=0.0))
    return float(found.cost_to_go.time_s[found.cost_to_go.spec.cell_rc(*a)])


def least_expected_s(legs, p_open, here, untried):
    """The best of all orders of trying the doors, each known when it is reached; exact."""
    best = CAP_S
    for door in untried:
        rest = tuple(d for d in untried if d != door)
        shut_s = least_expected_s(legs, p_open, door, rest) if rest else CAP_S
        open_s = legs[door, "goal"]
        value = (
            legs[here, door]
            + p_open[door] * open_s
            + (1 - p_open[door]) * (min(shut_s, open_s + CAP_S))
        )
        best = min(best, value)
    return best


def value_of_first(legs, p_open, first, doors):
    rest = tuple(d for d in doors if d != first)
    after = min(least_expected_s(legs, p_open, first, rest), legs[first, "goal"] + CAP_S)
    return legs["here", first] + p_open[first] * legs[first, "goal"] + (1 - p_open[first]) * after


@pytest.mark.parametrize("seed", range(12))
def test_the_door_chosen_first_is_nearly_the_best_of_all_policies(seed):
    rng = np.random.default_rng(seed)
    rows = ((10, 28), (50, 68), (92, 110))
    p_open = dict(enumerate(rng.uniform(0.2, 0.95, 3)))
    here, goal = (rng.uniform(0.5, 2.5), rng.uniform(0.5, 5.4)), (
        rng.uniform(3.6, 5.4), rng.uniform(0.5, 5.4),
    )  # fmt: skip
    walls = two_rooms()
    before = {i: (2.85, 0.025 * sum(r)) for i, r in enumerate(rows)}
    legs = {("here", i): leg_s(walls, here, before[i]) for i in before}
    legs |= {
        (i, j): leg_s(walls, before[i], before[j]) for i, j in itertools.permutations(before, 2)
    }
    for i, (x_m, y_m) in before.items():
        legs[i, "goal"] = leg_s(walls, (x_m + 0.35, y_m), goal) + 0.35
    doors = tuple(door_at(r, p_open[i], i) for i, r in enumerate(rows))
    cells = two_rooms(*rows)
    found = plan(
        request_of(cells, here, goal, doors=doors, door_prices=DoorPrices(no_way_round_s=CAP_S))
    )
    chosen = found.door_ids[0]
    values = {i: value_of_first(legs, p_open, i, tuple(before)) for i in before}
    assert math.isfinite(values[chosen])
    assert values[chosen] <= 1.05 * min(values.values()) + 0.5
