import dataclasses

import numpy as np
from small_maps import request_of, snapshot_of, walled

from navigation.global_planner.check import is_path_blocked
from navigation.global_planner.planner import plan
from navigation.types import OCCUPIED, GlobalPlan

CELLS = walled(60, 100)
START, GOAL = (0.5, 1.525), (4.5, 1.525)
PLAN = plan(request_of(CELLS, START, GOAL))


def with_obstacle(row, col):
    cells = CELLS.copy()
    cells[row, col] = OCCUPIED
    return snapshot_of(cells)


def test_a_free_way_is_free():
    assert not is_path_blocked(PLAN, snapshot_of(CELLS), START, 0.125)


def test_an_obstacle_on_the_way_blocks_it():
    assert is_path_blocked(PLAN, with_obstacle(30, 50), START, 0.125)


def test_an_obstacle_blocks_as_far_as_the_inscribed_circle_reaches():
    assert is_path_blocked(PLAN, with_obstacle(32, 50), START, 0.125)
    assert not is_path_blocked(PLAN, with_obstacle(33, 50), START, 0.125)


def test_what_lies_behind_no_longer_matters():
    assert not is_path_blocked(PLAN, with_obstacle(30, 50), (3.5, 1.6), 0.125)


def test_what_touches_the_robot_is_left_to_others():
    assert not is_path_blocked(PLAN, with_obstacle(30, 50), (2.45, 1.525), 0.125)


def test_a_plan_without_a_way_is_not_blocked():
    nothing = GlobalPlan(np.zeros((0, 2)), np.zeros(2), np.inf, None, "no way")
    assert not is_path_blocked(nothing, snapshot_of(CELLS), START, 0.125)


def test_a_path_off_the_map_is_not_blocked_there():
    away = dataclasses.replace(PLAN, path_map_m=PLAN.path_map_m + 50.0)
    assert not is_path_blocked(away, snapshot_of(CELLS), START, 0.125)


def test_a_new_plan_over_random_furniture_is_never_blocked_at_once():
    rng = np.random.default_rng(5)
    for _ in range(30):
        cells = CELLS.copy()
        for row, col in rng.integers((4, 14), (50, 84), (10, 2)):
            cells[row : row + 4, col : col + 3] = OCCUPIED
        found = plan(request_of(cells, START, GOAL))
        if found.is_found:
            assert not is_path_blocked(found, snapshot_of(cells), START, 0.125)
