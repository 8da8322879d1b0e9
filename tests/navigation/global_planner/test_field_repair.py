"""A plan that reuses the last one is the plan that is made anew, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_maps import request_of, snapshot_of, walled

from navigation.global_planner.layers import Layers, Rates
from navigation.global_planner.memory import FieldMemory
from navigation.global_planner.planner import plan
from navigation.types import FREE, OCCUPIED, UNKNOWN


def furnished(rng, n_rows=60, n_cols=70, n=14):
    cells = walled(n_rows, n_cols)
    for row, col, height, width in rng.integers((2, 2, 1, 1), (56, 66, 9, 9), (n, 4)):
        cells[row : row + height, col : col + width] = OCCUPIED
    cells[28:32, 33:38] = FREE
    return cells


def assert_same(found, anew):
    assert found.reason == anew.reason
    np.testing.assert_array_equal(found.path_map_m, anew.path_map_m)
    if anew.cost_to_go is not None:
        assert found.cost_to_go.spec == anew.cost_to_go.spec
        np.testing.assert_array_equal(found.cost_to_go.time_s, anew.cost_to_go.time_s)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_after_random_changes_it_is_the_same_as_from_scratch(seed):
    rng = np.random.default_rng(seed)
    cells, memory = furnished(rng), FieldMemory()
    for _ in range(5):
        request = request_of(cells, rng.uniform((0.3, 0.3), (3.2, 2.7)), (1.775, 1.475))
        assert_same(plan(request, memory), plan(request))
        cells = cells.copy()
        row, col = rng.integers((2, 2), (50, 60))
        height, width = rng.integers(1, 9, 2)
        kind = rng.choice(np.array([FREE, OCCUPIED, UNKNOWN], dtype=np.uint8))
        cells[row : row + height, col : col + width] = kind


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_layers_after_random_changes_are_those_made_from_nothing(seed, is_unknown_open):
    rng = np.random.default_rng(seed)
    cells = np.kron(furnished(rng), np.ones((3, 3), dtype=np.uint8))
    rates = Rates.of(request_of(cells, (0.5, 0.5), (1.7, 1.4)), is_unknown_open)
    layers = Layers.of(rates, cells)
    for n_changes in (1, 2, 4):
        cells = cells.copy()
        for row, col, height, width, kind in rng.integers(
            (0, 0, 1, 1, 0), (180, 210, 9, 9, 3), (n_changes, 5)
        ):
            cells[row : row + height, col : col + width] = kind
        layers, anew = layers.after(rates, cells), Layers.of(rates, cells)
        for name in ("cells", "clearance_m", "is_open", "bordered_s_m"):
            np.testing.assert_array_equal(getattr(layers, name), getattr(anew, name), name)


def test_only_windows_about_what_changed_are_looked_at(monkeypatch):
    cells = walled(200, 200)
    rates = Rates.of(request_of(cells, (0.5, 0.5), (1.7, 1.4)), False)
    before, n_seen, make = Layers.of(rates, cells), [], Layers.of
    cells = cells.copy()
    cells[50, 50] = cells[150, 150] = OCCUPIED
    monkeypatch.setattr(Layers, "of", lambda r, part: n_seen.append(part.size) or make(r, part))
    before.after(rates, cells)
    assert len(n_seen) == 2
    assert sum(n_seen) < 0.1 * cells.size


def test_small_changes_are_repaired_and_not_searched_anew():
    cells, memory = walled(120, 120), FieldMemory()
    plan(request_of(cells, (5.0, 5.0), (0.5, 0.5)), memory)
    for i in range(4):
        cells = cells.copy()
        cells[90 + 3 * i, 95] = OCCUPIED
        request = request_of(cells, (5.0, 5.0), (0.5, 0.5))
        assert_same(plan(request, memory), plan(request))
    assert (memory.n_anew, memory.n_repaired) == (1, 4)


def test_a_map_that_has_grown_is_the_old_one_and_more():
    rng = np.random.default_rng(3)
    cells, memory = furnished(rng), FieldMemory()
    plan(request_of(cells, (0.5, 0.5), (1.775, 1.475)), memory)
    grown = np.full((90, 90), UNKNOWN, dtype=np.uint8)
    grown[10:70, 10:80] = cells
    grown[70:85, 10:80] = FREE
    request = request_of(cells, (0.5, 0.5), (1.775, 1.475))
    request = type(request)(
        snapshot_of(grown, origin=(-0.5, -0.5)), request.T_map_robot, request.goal_map_m
    )
    assert_same(plan(request, memory), plan(request))


def test_another_goal_or_resolution_is_searched_anew():
    cells, memory = walled(60, 70), FieldMemory()
    first = request_of(cells, (0.5, 0.5), (3.0, 2.0))
    other = request_of(cells, (0.5, 0.5), (2.0, 2.5))
    for request in (first, other, first):
        assert_same(plan(request, memory), plan(request))
    assert memory.n_repaired == 0


@pytest.mark.parametrize("is_shut_first", [True, False])
def test_a_door_that_opens_or_shuts_changes_a_whole_room(is_shut_first):
    wide = walled(60, 120)
    wide[:, 60] = OCCUPIED
    wide[10:16, 60] = FREE
    wide[44:50, 60] = FREE
    shut = wide.copy()
    shut[10:16, 60] = OCCUPIED
    memory = FieldMemory()
    for cells in (shut, wide) if is_shut_first else (wide, shut):
        request = request_of(cells, (5.0, 0.6), (1.0, 0.6))
        assert_same(plan(request, memory), plan(request))
