import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebody.grid import GridSpec

specs = st.builds(
    GridSpec,
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.sampled_from([0.025, 0.05, 0.1]),
    st.integers(1, 200),
    st.integers(1, 200),
)


@given(specs, st.integers(-300, 300), st.integers(-300, 300))
def test_a_cell_holds_its_centre(spec: GridSpec, row: int, col: int) -> None:
    centre = spec.centres_m([row, col])
    assert spec.cells_rc(centre).tolist() == [row, col]
    assert spec.cell_rc(*centre.tolist()) == (row, col)


@given(specs, st.floats(-60, 60), st.floats(-60, 60))
def test_one_point_and_many_agree(spec: GridSpec, x: float, y: float) -> None:
    cell = spec.cell_rc(x, y)
    assert spec.cells_rc([[x, y]])[0].tolist() == list(cell)
    assert spec.has_cell(cell) is bool(spec.contains(cell))
    centre = spec.centres_m(cell)
    assert np.abs(centre - (x, y)).max() <= spec.resolution_m / 2 + 1e-9


@given(
    st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    st.tuples(st.floats(0, 10), st.floats(0, 10)),
    st.floats(0, 1),
)
def test_covering_covers(
    low: tuple[float, float], size: tuple[float, float], margin_m: float
) -> None:
    high = (low[0] + size[0], low[1] + size[1])
    spec = GridSpec.covering(low, high, 0.05, margin_m)
    assert spec.origin_x_m <= low[0] - margin_m + 1e-9
    assert spec.origin_y_m <= low[1] - margin_m + 1e-9
    assert spec.origin_x_m + spec.width_m >= high[0] + margin_m - 1e-9
    assert spec.origin_y_m + spec.height_m >= high[1] + margin_m - 1e-9
    assert spec.width_m <= size[0] + 2 * margin_m + 0.1 + 1e-9


def test_rows_run_along_y() -> None:
    spec = GridSpec(-1.0, -2.0, 0.5, 4, 8)
    assert spec.shape == (4, 8)
    # x: (0.1 + 1) / 0.5 = 2.2, y: (-0.9 + 2) / 0.5 = 2.2
    assert spec.cell_rc(0.1, -0.4) == (3, 2)
    assert spec.centres_m([[3, 2]]) == pytest.approx(np.array([[0.25, -0.25]]))
    assert not spec.has_cell((4, 0))
    assert spec.contains([[0, 7], [0, 8], [-1, 0]]).tolist() == [True, False, False]
