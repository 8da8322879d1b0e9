import numpy as np
import pytest

from homebody.grid import GridSpec
from navigation.exploration.changes import cleared_m2
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

SPEC = GridSpec(-1.0, -2.0, 0.05, 60, 80)


def room(spec=SPEC):
    cells = np.full(spec.shape, FREE, dtype=np.uint8)
    cells[:2], cells[-2:], cells[:, :2], cells[:, -2:] = (OCCUPIED,) * 4
    return cells


def with_box(cells):
    cells[20:26, 30:38] = OCCUPIED
    return cells


def test_a_box_that_is_gone_is_seen_at_its_size():
    before, now = MapSnapshot(SPEC, with_box(room()), 1), MapSnapshot(SPEC, room(), 2)
    assert cleared_m2(before, now) == pytest.approx(6 * 8 * 0.05**2)
    assert cleared_m2(now, before) == 0.0


def test_a_wall_that_moves_by_a_cell_is_none():
    cells = room()
    cells[:, 40:42] = OCCUPIED
    moved = room()
    moved[:, 41:43] = OCCUPIED
    assert cleared_m2(MapSnapshot(SPEC, cells, 1), MapSnapshot(SPEC, moved, 2)) == 0.0


def test_the_map_may_have_grown_in_between():
    grown = GridSpec(-1.5, -2.25, 0.05, 80, 100)
    cells = np.full(grown.shape, UNKNOWN, dtype=np.uint8)
    cells[5:65, 10:90] = room()
    before = MapSnapshot(SPEC, with_box(room()), 1)
    assert cleared_m2(before, MapSnapshot(grown, cells, 2)) == pytest.approx(0.12)
    cells[5:65, 10:90] = with_box(room())
    assert cleared_m2(before, MapSnapshot(grown, cells, 2)) == 0.0
