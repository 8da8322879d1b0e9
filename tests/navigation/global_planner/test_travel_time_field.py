import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small_maps import slow_travel_times, slow_way_out

from navigation.global_planner.field import TravelTime, with_way_out
from navigation.global_planner.search import bordered, extremes
from navigation.global_planner.search_run import Search


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.float64, (9, 11), elements=st.floats(0.5, 5.0)),
    hnp.arrays(np.float64, (9, 11), elements=st.floats(0.0, 1.0)),
    st.booleans(),
)
def test_times_are_those_of_the_slow_reference(slowness, noise, may_leap):
    is_shut = noise > 0.7
    is_shut[4, 5] = False
    slowness = np.where(is_shut, np.inf, slowness)
    fast = TravelTime(slowness, 0.05, (4, 5), may_leap).time_s
    slow = slow_travel_times(slowness, 0.05, (4, 5), may_leap)
    np.testing.assert_allclose(fast, slow, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.floats(1.0, 1e6))
def test_a_search_with_an_end_finds_the_same_time_and_a_way_that_takes_it(seed, may_leap, steep):
    rng = np.random.default_rng(seed)
    slowness = 1.0 + steep * rng.random((25, 30)) ** 4
    slowness[rng.random((25, 30)) < 0.25] = np.inf
    source, end = (3, 4), (20, 25)
    slowness[source] = slowness[end] = 1.0
    whole = TravelTime(slowness, 0.05, source, may_leap)
    short = Search(bordered(slowness), extremes(slowness), may_leap)
    short.run(source, until_rc=end)
    times_s = short.times_s(0.05)
    assert times_s[end] == pytest.approx(whole.time_s[end], rel=1e-6)
    assert (times_s >= whole.time_s * (1.0 - 1e-6) - 1e-6).all()
    if np.isfinite(times_s[end]):
        way_rc = short.way_from(end)
        assert tuple(way_rc[0]) == end
        assert tuple(way_rc[-1]) == source
        along_s = short.way_times_s(way_rc, 0.05)
        np.testing.assert_allclose(along_s, times_s[way_rc[:, 0], way_rc[:, 1]])
        assert (np.diff(along_s) < 0).all()


def test_a_wide_range_of_prices_needs_no_wide_queue():
    slowness = np.geomspace(1e-4, 1e6, 12 * 15).reshape(12, 15)
    fast = TravelTime(slowness, 0.05, (11, 14)).time_s
    np.testing.assert_allclose(fast, slow_travel_times(slowness, 0.05, (11, 14)), rtol=1e-9)


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


def test_a_wall_of_one_cell_holds_and_so_does_a_corner():
    slowness = np.ones((9, 9))
    slowness[4] = np.inf
    assert np.isinf(TravelTime(slowness, 0.05, (0, 4)).time_s[5:]).all()
    diagonal = np.ones((9, 9))
    diagonal[np.arange(9), np.arange(9)] = np.inf
    times = TravelTime(diagonal, 0.05, (0, 8)).time_s
    assert np.isinf(times[np.tril_indices(9)]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.3))
def test_the_way_out_is_that_of_the_slow_reference(seed, reach_m):
    rng = np.random.default_rng(seed)
    times = rng.uniform(0.0, 9.0, (14, 17))
    times[rng.random((14, 17)) < 0.7] = np.inf
    may_extend = rng.random((14, 17)) < 0.8
    fast = with_way_out(times, may_extend, 0.05, reach_m, 6.0)
    slow = slow_way_out(times, may_extend, 0.05, reach_m, 6.0)
    np.testing.assert_allclose(fast, slow, rtol=1e-6)
