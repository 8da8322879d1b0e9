import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.grid import GridSpec
from navigation.global_planner.lines import cells_along, is_clear_along

SPEC = GridSpec(-1.0, 0.5, 0.05, 40, 60)
# Millimetres and a bit: a point a hair from a line between cells belongs to either of them.
INSIDE = st.tuples(st.integers(-990, 1989), st.integers(510, 2489)).map(
    lambda mm: (mm[0] / 1000.0 + 0.0005, mm[1] / 1000.0 + 0.0005)
)


@settings(max_examples=60, deadline=None)
@given(INSIDE, st.lists(INSIDE, min_size=1, max_size=4))
def test_lengths_in_cells_are_those_of_dense_samples(start, ends):
    cells_rc, length_m = cells_along(SPEC, np.array(start), np.array(ends))
    for end, under_rc, length in zip(ends, cells_rc, length_m, strict=True):
        table = np.zeros(SPEC.shape)
        np.add.at(table, (under_rc[:, 0], under_rc[:, 1]), length)
        share = (np.arange(20000) + 0.5) / 20000
        points = np.array(start) + share[:, None] * (np.array(end) - start)
        rc = SPEC.cells_rc(points)
        slow = np.zeros(SPEC.shape)
        total = np.hypot(end[0] - start[0], end[1] - start[1])
        np.add.at(slow, (rc[:, 0], rc[:, 1]), total / 20000)
        np.testing.assert_allclose(table, slow, atol=3e-4)


def test_a_segment_along_a_row_visits_each_cell_once():
    cells_rc, length_m = cells_along(SPEC, np.array([-0.975, 0.525]), np.array([[-0.775, 0.525]]))
    is_real = length_m[0] > 0
    assert cells_rc[0][is_real].tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4]]
    np.testing.assert_allclose(length_m[0][is_real], [0.025, 0.05, 0.05, 0.05, 0.025])


def test_a_segment_of_no_length_is_nothing():
    _, length_m = cells_along(SPEC, np.array([0.0, 1.0]), np.array([[0.0, 1.0]]))
    assert length_m.sum() == 0.0


@settings(max_examples=60, deadline=None)
@given(INSIDE, INSIDE, st.integers(0, 1000), st.sampled_from([0.02, 0.1, 0.5]))
def test_a_segment_is_clear_when_every_cell_under_it_is(start, end, seed, share):
    is_clear = np.random.default_rng(seed).random(SPEC.shape) > share
    under_rc, length_m = cells_along(SPEC, np.array(start), np.array([end]))
    slow = (is_clear[under_rc[..., 0], under_rc[..., 1]] | (length_m == 0.0)).all()
    assert is_clear_along(SPEC, is_clear, np.array(start), np.array(end)) == slow
