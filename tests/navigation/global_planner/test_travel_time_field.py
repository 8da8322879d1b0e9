import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small_maps import slow_travel_times

from navigation.global_planner.field import TravelTime, with_way_out


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.float64, (9, 11), elements=st.floats(0.5, 5.0)),
    hnp.arrays(np.bool_, (9, 11)),
)
def test_times_are_those_of_the_slow_reference(slowness, is_shut):
    is_shut[4, 5] = False
    slowness = np.where(is_shut, np.inf, slowness)
    fast = TravelTime(slowness, 0.05, (4, 5)).time_s
    np.testing.assert_allclose(fast, slow_travel_times(slowness, 0.05, (4, 5)), rtol=1e-9)


def test_in_open_space_the_field_is_within_three_percent_of_the_straight_line():
    times = TravelTime(np.full((101, 121), 2.0), 0.05, (50, 60)).time_s
    rows, cols = np.mgrid[:101, :121]
    straight_s = 2.0 * 0.05 * np.hypot(rows - 50, cols - 60)
    far = straight_s > 0
    ratio = times[far] / straight_s[far]
    assert ratio.min() > 1 - 1e-9
    assert ratio.max() < 1.028
    assert times[50, 60] == 0.0


def test_a_mirrored_map_gives_a_mirrored_field():
    slowness = np.random.default_rng(3).uniform(1.0, 4.0, (30, 40))
    slowness[10:12, 5:30] = np.inf
    times = TravelTime(slowness, 0.05, (20, 12)).time_s
    flipped = TravelTime(slowness[:, ::-1], 0.05, (20, 39 - 12)).time_s
    np.testing.assert_allclose(times, flipped[:, ::-1], rtol=1e-9)
    turned = TravelTime(slowness.T, 0.05, (12, 20)).time_s
    np.testing.assert_allclose(times, turned.T, rtol=1e-9)


def test_the_path_falls_all_the_way_to_the_source():
    slowness = np.ones((30, 30))
    slowness[10, :25] = np.inf
    slowness[11, :25] = np.inf
    travel = TravelTime(slowness, 0.05, (2, 2))
    path_rc = travel.path_from((28, 3))
    times = travel.time_s[path_rc[:, 0], path_rc[:, 1]]
    assert tuple(path_rc[0]) == (28, 3)
    assert tuple(path_rc[-1]) == (2, 2)
    assert (np.diff(times) < 0).all()


def test_the_way_out_is_steep_and_stays_on_its_own_side_of_a_wall():
    # One row, a wall at column 5, open from column 8 on and up to column 2:
    # columns 3, 4, 6 and 7 are too close to the wall.
    times = np.full((3, 12), np.inf)
    times[:, :3] = 100.0
    times[:, 8:] = 1.0
    may_extend = np.ones((3, 12), dtype=bool)
    may_extend[:, 5] = False
    field = with_way_out(times, may_extend, 0.05, reach_m=0.135, outward_s_m=6.0)
    np.testing.assert_allclose(field[1, [7, 6]], [1.0 + 6 * 0.05, 1.0 + 6 * 0.10], atol=0.01)
    np.testing.assert_allclose(field[1, [3, 4]], [100.3, 100.6], atol=0.01)
    assert np.isinf(field[1, 5])


def test_without_any_way_nothing_is_extended():
    field = with_way_out(np.full((4, 4), np.inf), np.ones((4, 4), dtype=bool), 0.05, 0.2, 6.0)
    assert np.isinf(field).all()


def test_without_leaps_a_wall_of_one_cell_holds():
    slowness = np.ones((9, 9))
    slowness[4] = np.inf
    assert np.isfinite(TravelTime(slowness, 0.05, (0, 4)).time_s[8, 4])
    assert np.isinf(TravelTime(slowness, 0.05, (0, 4), may_leap=False).time_s[5:]).all()
