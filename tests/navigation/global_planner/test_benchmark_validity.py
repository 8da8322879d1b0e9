import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.global_planner_validity import ShutCells

CENTRE = st.tuples(st.integers(0, 14), st.integers(0, 11)).map(lambda xy: np.array(xy) + 0.5)


def slow_is_touched(is_shut, a, b):
    """The closed square of some shut cell meets the segment: no line keeps them apart."""
    normal = np.array([b[1] - a[1], a[0] - b[0]])
    low, high = np.minimum(a, b), np.maximum(a, b)
    for row, col in np.argwhere(is_shut):
        centre = np.array([col, row]) + 0.5
        is_near = (centre + 0.5 >= low).all() and (centre - 0.5 <= high).all()
        if is_near and abs(normal @ (centre - a)) <= 0.5 * np.abs(normal).sum() + 1e-12:
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(CENTRE, CENTRE, st.integers(0, 10_000), st.floats(0.02, 0.3))
def test_a_segment_is_touched_when_no_line_separates_it_from_a_shut_cell(a, b, seed, share):
    is_shut = np.random.default_rng(seed).random((12, 15)) < share
    fast = ShutCells(is_shut).is_touched(np.array([a, b]), 1e-9)
    assert fast == slow_is_touched(is_shut, a, b)


def test_a_corner_touched_counts_only_with_reach():
    is_shut = np.zeros((2, 2), dtype=bool)
    is_shut[0, 1] = True
    diagonal = np.array([[0.5, 0.5], [1.5, 1.5]])
    assert ShutCells(is_shut).is_touched(diagonal, 1e-9)
    assert not ShutCells(is_shut).is_touched(diagonal, -1e-6)


def test_a_path_off_the_grid_is_not_valid():
    free = ShutCells(np.zeros((3, 3), dtype=bool))
    assert free.is_touched(np.array([[1.0, 1.0], [4.0, 1.0]]), -1e-6)
    assert not free.is_touched(np.array([[1.0, 1.0], [2.5, 1.0]]), -1e-6)
