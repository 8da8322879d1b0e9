"""Covering solid cells with rectangles, against the obvious way on random grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drivers.simulation.homes.rectangles import cover, shell

grids = hnp.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def slow_shell(solid: np.ndarray, depth: int) -> np.ndarray:
    out = np.zeros_like(solid)
    for r, c in np.argwhere(solid):
        near = solid[max(r - depth, 0) : r + depth + 1, max(c - depth, 0) : c + depth + 1]
        out[r, c] = not near.all()
    return out


def painted(rectangles: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    cells = np.zeros(shape, dtype=bool)
    for r0, c0, r1, c1 in rectangles:
        assert r0 < r1
        assert c0 < c1
        cells[r0:r1, c0:c1] = True
    return cells


@given(grids, st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_shell_is_what_lies_near_free_cells(solid: np.ndarray, depth: int) -> None:
    assert (shell(solid, depth) == slow_shell(solid, depth)).all()


@given(grids)
@settings(max_examples=100, deadline=None)
def test_cover_holds_every_shell_cell_and_no_free_one(solid: np.ndarray) -> None:
    must, may = shell(solid, 1), shell(solid, 3)
    rectangles = cover(must, may)
    cells = painted(rectangles, solid.shape)
    assert not (must & ~cells).any()
    assert not (cells & ~may).any()


@given(grids)
@settings(max_examples=60, deadline=None)
def test_cover_of_exactly_the_cells_paints_exactly_them(solid: np.ndarray) -> None:
    assert (painted(cover(solid, solid), solid.shape) == solid).all()


@given(grids)
@settings(max_examples=60, deadline=None)
def test_no_rectangle_is_needless(solid: np.ndarray) -> None:
    rectangles = cover(solid, solid)
    for leave_out in range(len(rectangles)):
        rest = np.delete(rectangles, leave_out, axis=0)
        assert (painted(rest, solid.shape) != solid).any()


def test_a_room_is_four_walls() -> None:
    solid = np.ones((20, 30), dtype=bool)
    solid[3:17, 3:27] = False
    assert len(cover(shell(solid, 1), shell(solid, 3))) == 4


def test_must_outside_may_is_refused() -> None:
    with pytest.raises(ValueError, match="subset"):
        cover(np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool))
