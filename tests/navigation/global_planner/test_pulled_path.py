import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_maps import points_along, request_of, walled

from navigation.global_planner.ground import survey
from navigation.global_planner.layers import bordered_slowness_s_m
from navigation.global_planner.path import straight_time
from navigation.global_planner.path_only import plan_path
from navigation.global_planner.planner import plan
from navigation.types import OCCUPIED, UNKNOWN

CELL = st.tuples(st.integers(0, 11), st.integers(0, 14))


def slow_straight_time(slowness, a, b):
    """Many samples; `inf` where the segment touches a closed square of a shut cell."""
    n = 20000
    points = np.array(a) + np.outer((np.arange(n) + 0.5) / n, np.subtract(b, a)) + 0.5
    rows, cols = np.floor(points).astype(int).T
    normal = np.array([b[1] - a[1], a[0] - b[0]], dtype=float)
    low, high = np.minimum(a, b), np.maximum(a, b)
    for shut in np.argwhere(np.isinf(slowness)):
        is_beside = (shut >= low).all() and (shut <= high).all()
        # The line touches the square if the corner furthest to its side lies on it or beyond.
        if is_beside and abs(normal @ (shut - a)) <= 0.5 * np.abs(normal).sum() + 1e-9:
            return math.inf
    return slowness[rows, cols].mean() * math.dist(a, b)


@settings(max_examples=80, deadline=None)
@given(CELL, CELL, st.integers(0, 10_000), st.floats(0.0, 0.3))
def test_the_time_of_a_straight_piece_is_that_of_dense_samples(a, b, seed, share_shut):
    rng = np.random.default_rng(seed)
    slowness = rng.uniform(1.0, 4.0, (12, 15))
    slowness[rng.random((12, 15)) < share_shut] = np.inf
    slowness[a] = slowness[b] = 1.0
    fast = straight_time(slowness, np.array(a), np.array(b), np.inf)
    assert fast == pytest.approx(slow_straight_time(slowness, a, b), rel=2e-3)


def test_a_straight_piece_through_a_corner_needs_both_cells_beside_it():
    slowness = np.ones((2, 2))
    ends = np.array([0, 0]), np.array([1, 1])
    assert straight_time(slowness, *ends, 9.0) == pytest.approx(math.sqrt(2.0))
    slowness[0, 1] = np.inf
    assert straight_time(slowness, *ends, 9.0) == math.inf


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_path_alone_is_nearly_the_path_beside_the_field(seed):
    rng = np.random.default_rng(seed)
    cells = walled(60, 70)
    for row, col, height, width in rng.integers((2, 2, 1, 1), (56, 66, 9, 9), (18, 4)):
        cells[row : row + height, col : col + width] = OCCUPIED
    request = request_of(cells, *rng.uniform((0.2, 0.2), (3.3, 2.8), (2, 2)))
    whole, alone = plan(request), plan_path(request)
    assert alone.is_found == whole.is_found
    assert alone.reason == whole.reason
    if whole.is_found:
        np.testing.assert_allclose(alone.goal_map_m, whole.goal_map_m)
        np.testing.assert_allclose(alone.path_map_m[[0, -1]], whole.path_map_m[[0, -1]])
        # An odd direction costs 8 % more over 8 neighbours than straight, over 16 up to 3 %.
        assert seconds(request, alone.path_map_m) <= 1.09 * seconds(request, whole.path_map_m) + 0.1


def seconds(request, path_m):
    ground = survey(request, is_unknown_open=True)
    points = points_along(path_m)
    rc = ground.spec.cells_rc(0.5 * (points[1:] + points[:-1]))
    slowness = ground.slowness_s_m[rc[:, 0], rc[:, 1]]
    length_m = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return float((length_m * np.where(np.isfinite(slowness), slowness, 0.0)).sum())


def test_slowness_is_that_of_the_formula_over_whole_arrays():
    rng = np.random.default_rng(2)
    cells = rng.choice(np.array([0, OCCUPIED, UNKNOWN], dtype=np.uint8), (20, 30))
    clearance_m = rng.uniform(0.0, 0.5, (20, 30)).astype(np.float32)
    is_open = clearance_m > 0.135
    narrowness = np.clip((0.35 - clearance_m.astype(float)) / (0.35 - 0.135), 0.0, 1.0)
    price = (1.0 + 3.0 * narrowness**2) * np.where(cells == UNKNOWN, 5.0, 1.0)
    slow = np.where(is_open, price / 0.8, np.inf)
    fast = bordered_slowness_s_m(cells, clearance_m, is_open, 0.135, 0.35, (4.0, 5.0), 0.8)
    bordered = np.pad(slow, 2, constant_values=np.inf)
    np.testing.assert_allclose(fast, bordered, rtol=1e-6)
