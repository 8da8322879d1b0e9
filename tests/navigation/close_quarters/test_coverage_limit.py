"""What could be seen at best: all of a room, and nothing behind a gap that is too narrow."""

import numpy as np
import pytest

from benchmarks.coverage_limit import coverage_limit
from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import default_body


@pytest.mark.parametrize(("gap_cells", "limit"), [(4, 0.5), (8, 1.0)])
def test_a_room_behind_a_bent_gap_counts_where_the_body_fits(gap_cells: int, limit: float) -> None:
    solid = np.zeros((40, 84), dtype=bool)
    solid[[0, -1]] = solid[:, [0, -1]] = True
    solid[:, [41, 42]] = True
    solid[1 : 1 + gap_cells, [41, 42]] = False
    solid[1:13, 22:26] = True  # a screen before the gap: it shows nothing from afar
    spec = GridSpec(0.0, 0.0, 0.05, *solid.shape)
    cells = TrueCells(spec, solid, ~solid, np.zeros_like(solid))
    got = coverage_limit(cells, SE2(1.0, 1.2, 0.0), default_body().footprint_m, 0.01)
    assert got == pytest.approx(limit, abs=0.12)
