import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_maps import points_along, request_of, snapshot_of, walled

from homebody.errors import InputError
from homebody.geometry import SE2
from navigation.global_planner.layers import clearance_of
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import OCCUPIED, UNKNOWN


def two_rooms(door_cells, wall_at=40):
    """Two rooms of 2 x 2 m with a door in the wall between, its lowest cell at row 10."""
    cells = walled(40, 81)
    cells[:, wall_at] = OCCUPIED
    cells[10 : 10 + door_cells, wall_at] = 0
    return cells


def assert_valid(found, cells, radius_m=0.125, skip_m=0.0):
    """Every cell under the path leaves room for the inscribed circle."""
    clearance_m = clearance_of(cells, 0.05)
    points = points_along(found.path_map_m)
    far = np.linalg.norm(points - found.path_map_m[0], axis=1) >= skip_m
    rc = snapshot_of(cells).spec.cells_rc(points[far])
    # Where the path only touches a cell's corner a sample may fall a hair to its other side.
    is_low = clearance_m[rc[:, 0], rc[:, 1]] < radius_m
    within = points[far] / 0.05 % 1.0
    at_corner = (np.minimum(within, 1.0 - within) < 1e-6).all(axis=1)
    assert not (is_low & ~at_corner).any()
    assert (cells[rc[:, 0], rc[:, 1]] != OCCUPIED).all()


def test_straight_across_an_empty_room():
    found = plan(request_of(walled(60, 60), (0.5, 0.5), (2.4, 1.9)))
    assert found.is_found
    assert found.reason == ""
    np.testing.assert_allclose(found.path_map_m, [[0.5, 0.5], [2.4, 1.9]])
    assert found.length_m == pytest.approx(np.hypot(1.9, 1.4))
    rc = found.cost_to_go.spec.cell_rc(0.5, 0.5)
    assert found.cost_to_go.time_s[rc] == pytest.approx(found.length_m, rel=0.04)


def test_time_in_the_field_scales_with_speed():
    slow = plan(request_of(walled(60, 60), (0.5, 0.5), (2.4, 1.9), speed_max_m_s=0.5))
    rc = slow.cost_to_go.spec.cell_rc(0.5, 0.5)
    assert slow.cost_to_go.time_s[rc] == pytest.approx(2 * slow.length_m, rel=0.04)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_paths_are_valid_cell_by_cell_and_never_slower_than_allowed(seed):
    rng = np.random.default_rng(seed)
    cells = walled(60, 70)
    for row, col, height, width in rng.integers((2, 2, 1, 1), (56, 66, 9, 9), (18, 4)):
        cells[row : row + height, col : col + width] = OCCUPIED
    clearance_m = clearance_of(cells, 0.05)
    open_rc = np.argwhere(clearance_m >= 0.135)
    start, goal = snapshot_of(cells).spec.centres_m(rng.choice(open_rc, 2))
    assume(np.linalg.norm(start - goal) > 0.5)
    found = plan(request_of(cells, start, goal))
    assume(found.is_found)
    assert_valid(found, cells)
    time_s = found.cost_to_go.time_s[found.cost_to_go.spec.cell_rc(*start)]
    assert found.length_m <= time_s * 1.03 + 0.01  # nowhere is faster than 1 m/s
    np.testing.assert_allclose(found.path_map_m[0], start)
    assert np.linalg.norm(found.path_map_m[-1] - goal) <= 0.15, "within the tolerance"


def test_it_goes_through_a_door_and_keeps_its_distance():
    cells = two_rooms(door_cells=14)
    found = plan(request_of(cells, (0.5, 1.5), (3.5, 1.5)))
    assert_valid(found, cells, radius_m=0.25)  # a door of 0.7 m leaves 0.35 m on each side


def test_a_wide_detour_is_taken_only_when_it_pays():
    cells = two_rooms(door_cells=6)  # 0.3 m: it just fits
    cells[30:38, 40] = 0  # 0.4 m
    near_narrow = plan(request_of(cells, (1.7, 0.65), (2.3, 0.65)))
    assert near_narrow.length_m < 1.0
    between = plan(request_of(cells, (1.5, 1.15), (2.5, 1.15)))
    crossing = points_along(between.path_map_m)
    crossing = crossing[np.abs(crossing[:, 0] - 2.025) < 0.01]
    assert (crossing[:, 1] > 1.5).all()


def test_mirrored_maps_have_mirrored_lengths():
    cells = two_rooms(door_cells=12)
    there = plan(request_of(cells, (0.525, 1.525), (3.525, 1.025)))
    mirrored = plan(request_of(cells[:, ::-1].copy(), (4.05 - 0.525, 1.525), (0.525, 1.025)))
    assert there.length_m == pytest.approx(mirrored.length_m, rel=0.02)
    back = plan(request_of(cells, (3.525, 1.025), (0.525, 1.525)))
    assert there.length_m == pytest.approx(back.length_m, rel=0.03)


def test_goal_inside_a_wall_names_the_distance():
    cells = walled(60, 60)
    cells[20:60, 30:60] = OCCUPIED
    found = plan(request_of(cells, (0.5, 0.5), (2.0, 1.4)))
    assert not found.is_found
    assert found.path_map_m.shape == (0, 2)
    # The block begins at y = 1.0; the robot fits up to y = 0.875 (cell centre), 0.525 m away.
    assert found.reason.startswith("the goal lies 0.5")
    assert "inside a wall or an object" in found.reason
    assert "nearest free point (2.02, 0.88)" in found.reason or "(1.98, 0.88)" in found.reason


def test_goal_near_a_wall_moves_to_where_the_robot_fits_within_the_tolerance():
    cells = walled(60, 60)
    found = plan(request_of(cells, (1.5, 1.5), (0.08, 1.5), goal_tolerance_m=0.15))
    assert found.is_found
    assert np.linalg.norm(found.goal_map_m - (0.08, 1.5)) <= 0.15
    np.testing.assert_allclose(found.path_map_m[-1], found.goal_map_m)
    assert_valid(found, cells)
    refused = plan(request_of(cells, (1.5, 1.5), (0.08, 1.5), goal_tolerance_m=0.05))
    assert "too close to a wall" in refused.reason


def test_a_robot_a_little_too_close_to_a_wall_gets_out_on_its_own_side():
    cells = two_rooms(door_cells=0)
    cells[30:39, 40] = 0
    here = (1.975, 0.5)  # 5 cm from the wall's cell, as a robot pressed along it
    found = plan(request_of(cells, here, (0.5, 0.5)))
    assert found.length_m < 1.6
    assert_valid(found, cells, skip_m=0.15)
    row, col = found.cost_to_go.spec.cell_rc(*here)
    times = found.cost_to_go.time_s[row, col - 2 : col + 1]
    assert np.isfinite(times).all()
    assert times[0] < times[1] < times[2]
    other_side = plan(request_of(cells, here, (3.5, 0.5)))
    assert other_side.length_m > 2.5  # through the door, not through the wall


def test_a_robot_far_from_where_it_fits_is_told_so():
    cells = walled(60, 60)
    cells[:40, :40] = OCCUPIED
    found = plan(request_of(cells, (0.5, 0.5), (2.5, 2.5)))
    assert "the robot stands where it does not fit" in found.reason


def test_a_shut_room_is_no_way():
    found = plan(request_of(two_rooms(door_cells=0), (0.5, 0.5), (3.5, 0.5)))
    assert found.reason.startswith("no way leads there: walls or objects shut it off")


def test_a_slit_is_named_with_its_place_and_width():
    found = plan(request_of(two_rooms(door_cells=4), (0.5, 0.5), (3.5, 0.5)))
    assert "0.20 m wide near (2.0" in found.reason
    assert "the robot needs 0.27 m" in found.reason


def test_a_door_just_seen_shut_is_named():
    cells = two_rooms(door_cells=14)
    ys = 0.5 + 0.05 * np.arange(15)
    leaf = np.stack([np.full(15, 2.02), ys], axis=1)
    found = plan(request_of(cells, (0.5, 0.5), (3.5, 0.5), obstacles_map_m=leaf))
    assert "something seen just now stands in the way near (2.0" in found.reason
    off_map = np.array([[99.0, 99.0]])
    assert plan(request_of(cells, (0.5, 0.5), (3.5, 0.5), obstacles_map_m=off_map)).is_found


def test_unseen_space_is_crossed_only_when_allowed_and_needed():
    cells = two_rooms(door_cells=14)
    cells[:, 50:60] = UNKNOWN
    request = request_of(cells, (0.5, 0.5), (3.5, 0.5))
    assert plan(request).is_found
    refused = plan(request_of(cells, (0.5, 0.5), (3.5, 0.5), is_unknown_allowed=False))
    assert "through space that was not seen yet" in refused.reason
    into = plan(request_of(cells, (0.5, 0.5), (2.7, 0.5), is_unknown_allowed=False))
    assert "within space that was not seen yet" in into.reason


def test_seen_space_is_preferred_to_a_short_cut_through_the_unseen():
    cells = walled(60, 60)
    cells[15:45, 20:40] = UNKNOWN
    found = plan(request_of(cells, (0.5, 1.5), (2.5, 1.5)))
    rc = snapshot_of(cells).spec.cells_rc(points_along(found.path_map_m))
    assert np.mean(cells[rc[:, 0], rc[:, 1]] == UNKNOWN) < 0.2


def test_single_unseen_cells_do_not_tear_the_field():
    cells = walled(60, 60)
    cells[30, 30] = UNKNOWN
    found = plan(request_of(cells, (0.5, 1.5), (2.5, 1.5)))
    spec = found.cost_to_go.spec
    row, col = spec.cell_rc(30.5 * 0.05, 30.5 * 0.05)
    assert np.isfinite(found.cost_to_go.time_s[row - 2 : row + 3, col - 2 : col + 3]).all()


def test_a_goal_beyond_the_map_is_driven_to_if_nothing_stands_between():
    cells = walled(60, 60)
    cells[20:40, -1] = 0
    found = plan(request_of(cells, (1.5, 1.5), (4.5, 1.5)))
    assert found.is_found
    assert found.path_map_m[-1].tolist() == [4.5, 1.5]


def test_a_map_with_nothing_in_it():
    cells = np.full((50, 50), UNKNOWN, dtype=np.uint8)
    assert plan(request_of(cells, (0.5, 0.5), (2.0, 2.0))).is_found
    refused = plan(request_of(cells, (0.5, 0.5), (2.0, 2.0), is_unknown_allowed=False))
    assert not refused.is_found


def test_being_there_already():
    found = plan(request_of(walled(40, 40), (1.0, 1.0), (1.0, 1.0)))
    assert found.is_found
    assert found.length_m == 0.0


def test_the_map_is_not_touched_and_all_can_be_sent_to_another_process():
    cells = two_rooms(door_cells=14)
    before = cells.copy()
    request = request_of(cells, (0.5, 0.5), (3.5, 0.5), obstacles_map_m=np.array([[0.5, 1.8]]))
    found = plan(pickle.loads(pickle.dumps(request)))
    np.testing.assert_array_equal(cells, before)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.path_map_m, plan(request).path_map_m)


@pytest.mark.parametrize("goal", [(np.nan, 1.0), (np.inf, 1.0)])
def test_a_goal_that_is_no_point_is_refused(goal):
    with pytest.raises(InputError, match="goal_map_m"):
        plan(request_of(walled(20, 20), (0.5, 0.5), goal))


def test_another_origin_and_resolution_give_the_same_way():
    cells = walled(120, 120)
    near = plan(
        GlobalPlanRequest(
            snapshot_of(cells, 0.025, (-7.0, 3.0)), SE2(-6.5, 3.5, 0.0), np.array([-4.6, 4.9])
        )
    )
    assert near.length_m == pytest.approx(np.hypot(1.9, 1.4))


def test_a_goal_in_a_corner_is_moved_within_its_tolerance_to_where_there_is_room():
    cells = walled(60, 70)
    corner = np.array([0.275, 0.275])  # 0.25 m from both walls
    found = plan(request_of(cells, np.array([2.0, 2.0]), corner, goal_tolerance_m=0.2))
    assert found.is_found
    end = found.path_map_m[-1]
    assert 0.05 < np.linalg.norm(end - corner) <= 0.2
    assert (end > corner).all(), "away from both walls"
    middle = np.array([1.5, 1.5])
    exact = plan(request_of(cells, np.array([2.5, 2.0]), middle))
    np.testing.assert_allclose(exact.path_map_m[-1], middle)
