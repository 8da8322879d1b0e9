"""Homes as grids: exact cells, the reachable area on hand-made cases, and shortest ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulation.homes.home import Box, Cylinder, Door, Home
from drivers.simulation.homes.raster import (
    cells_in_polygon,
    clearance_m,
    door_leaf,
    nearest_cell,
    reachable_free_area,
    shortest_path_m,
    solid_grid,
)
from homebody.geometry import SE2, points_in_polygon
from homebody.grid import GridSpec

SPEC = GridSpec(0.0, 0.0, 0.05, 40, 60)


def home_of(*boxes: Box, **more: object) -> Home:
    return Home("test", boxes, (0.0, 0.0, 3.0, 2.0), SE2(1.0, 1.0, 0.0), **more)  # type: ignore[arg-type]


def is_solid(home: Home, x: float, y: float, **band: float) -> bool:
    spec, solid = solid_grid(home, **band)  # type: ignore[arg-type]
    return bool(solid[spec.cell_rc(x, y)])


def centres(spec: GridSpec) -> np.ndarray:
    return spec.centres_m(np.moveaxis(np.indices(spec.shape), 0, -1))


def test_grid_covers_the_bounds_and_a_margin() -> None:
    spec, solid = solid_grid(home_of())
    assert solid.shape == spec.shape == (50, 70)
    assert (spec.origin_x_m, spec.origin_y_m) == pytest.approx((-0.25, -0.25))
    assert not solid.any()


def test_a_box_on_cell_edges_covers_exactly_its_cells() -> None:
    _, solid = solid_grid(home_of(Box(1.0, 0.5, 0.25, 0.05)))
    assert solid.sum() == 10 * 2


def test_a_box_through_cell_centres_keeps_its_area() -> None:
    _, solid = solid_grid(home_of(Box(1.025, 0.525, 0.25, 0.05)))
    assert solid.sum() == 10 * 2


@given(st.floats(0.3, 2.7), st.floats(0.3, 1.7), st.floats(-3.2, 3.2), st.floats(0.06, 0.4))
@settings(max_examples=50, deadline=None)
def test_a_turned_box_is_its_polygon(x: float, y: float, yaw: float, half: float) -> None:
    spec, solid = solid_grid(home_of(Box(x, y, half, 0.06, yaw)))
    local = SE2(x, y, yaw).inverse().apply(centres(spec))
    edge = np.abs(np.abs(local) - (half, 0.06)).min(axis=-1) < 1e-5
    inside = (np.abs(local) < (half, 0.06)).all(axis=-1)
    assert (solid == inside)[~edge].all()


def test_a_thin_leg_is_never_lost() -> None:
    for x in np.linspace(1.0, 1.05, 11):
        assert is_solid(home_of(Box(x, 1.0, 0.01, 0.01)), x - 0.009, 0.999)
        _, solid = solid_grid(home_of(cylinders=(Cylinder(x, 1.02, 0.015),)))
        assert 1 <= solid.sum() <= 2


def test_only_what_stands_in_the_band_counts() -> None:
    top = home_of(Box(1.0, 1.0, 0.3, 0.3, z_low_m=0.7, z_high_m=0.74))
    assert not is_solid(top, 1.0, 1.0)
    assert is_solid(top, 1.0, 1.0, z_high_m=0.8)
    mat = home_of(Box(1.0, 1.0, 0.3, 0.3, z_high_m=0.01))
    assert not is_solid(mat, 1.0, 1.0)


def test_doors_stand_as_at_the_start() -> None:
    shut = Door("d", (1.0, 1.0), (1.9, 1.0), is_open=False)
    opened = Door("d", (1.0, 1.0), (1.9, 1.0), math.pi / 2)
    assert is_solid(home_of(doors=(shut,)), 1.5, 1.0)
    assert not is_solid(home_of(doors=(opened,)), 1.5, 1.0)
    assert is_solid(home_of(doors=(opened,)), 1.0, 1.5)
    _, without = solid_grid(home_of(doors=(shut,)), with_doors=False)
    assert not without.any()
    leaf = door_leaf(opened, opened.open_angle_rad)
    assert (leaf.x_m, leaf.y_m, leaf.half_length_m) == pytest.approx((1.0, 1.45, 0.45))


def test_drops_are_no_place_to_stand() -> None:
    home = home_of(drops=(np.array([[1.0, 1.0], [1.5, 1.0], [1.5, 1.5], [1.0, 1.5]]),))
    _, solid = solid_grid(home)
    assert solid.sum() == 100
    assert not solid_grid(home, with_drops=False)[1].any()


@given(st.lists(st.tuples(st.floats(-0.5, 3.5), st.floats(-0.5, 2.5)), min_size=3, max_size=9))
@settings(max_examples=60, deadline=None)
def test_polygon_cells_match_the_point_test(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners) + 1e-7
    slow = points_in_polygon(centres(SPEC).reshape(-1, 2), outline).reshape(SPEC.shape)
    fast = cells_in_polygon(SPEC, outline)
    assert (fast != slow).sum() <= 1  # a centre on an edge may fall to either side


def test_clearance_is_the_distance_to_the_wall_face() -> None:
    solid = np.zeros(SPEC.shape, dtype=bool)
    solid[:, :10] = True
    assert clearance_m(SPEC, solid)[20, 10:13] == pytest.approx([0.025, 0.075, 0.125], abs=1e-6)


def corridor(width_cells: int) -> np.ndarray:
    """Two rooms joined by a straight corridor of so many cells."""
    solid = np.ones(SPEC.shape, dtype=bool)
    solid[5:35, 5:20] = solid[5:35, 40:55] = False
    solid[15 : 15 + width_cells, 20:40] = False
    return solid


@pytest.mark.parametrize(("width_cells", "is_through"), [(3, False), (4, False), (5, True)])
def test_a_corridor_is_reachable_when_the_circle_fits(width_cells: int, is_through: bool) -> None:
    solid = corridor(width_cells)
    reached = reachable_free_area(SPEC, solid, SE2(0.6, 1.0, 0.0), 0.125)
    assert not (reached & solid).any()
    assert reached[20, 10]
    assert reached[20, 47] == is_through
    assert reached[16, 30] == is_through


def slow_reachable(solid: np.ndarray, start: tuple[int, int], radius_cells: float) -> np.ndarray:
    """Walk from cell to cell where the circle has room, then paint the circle everywhere."""
    clearance = clearance_m(SPEC, solid) / SPEC.resolution_m
    centres, todo = set(), [start]
    while todo:
        cell = todo.pop()
        if cell in centres or clearance[cell] < radius_cells - 1e-4:
            continue
        centres.add(cell)
        todo += [(cell[0] + i, cell[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    out = np.zeros_like(solid)
    rows, cols = np.indices(solid.shape)
    for r, c in centres:
        out |= np.hypot(rows - r, cols - c) <= radius_cells + 1e-4
    return out & ~solid


def test_reachable_area_matches_the_slow_walk() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        solid = corridor(6)
        solid[rng.integers(5, 35, 25), rng.integers(5, 55, 25)] = True
        solid[16:24, 8:16] = False
        fast = reachable_free_area(SPEC, solid, SE2(0.6, 1.0, 0.0), 0.125)
        assert (fast == slow_reachable(solid, SPEC.cell_rc(0.6, 1.0), 2.5)).all()


def test_nothing_is_reachable_from_inside_a_wall() -> None:
    solid = np.ones(SPEC.shape, dtype=bool)
    assert not reachable_free_area(SPEC, solid, SE2(1.0, 1.0, 0.0), 0.125).any()
    assert nearest_cell(SPEC, ~solid, 1.0, 1.0, within_m=1.0) is None


def test_shortest_way_is_straight_in_any_direction() -> None:
    solid = np.zeros(SPEC.shape, dtype=bool)
    start, goal = (0.525, 0.525), (2.475, 1.225)
    found = shortest_path_m(SPEC, solid, start, goal, 0.1)
    assert found == pytest.approx(math.dist(start, goal), rel=1e-6)


def test_shortest_way_leads_round_a_wall() -> None:
    solid = np.zeros(SPEC.shape, dtype=bool)
    solid[:30, 29:31] = True
    start, goal = (0.525, 0.525), (2.475, 0.525)
    found = shortest_path_m(SPEC, solid, start, goal, 0.1)
    over = 1.5 + 0.1  # the circle passes the wall's end at its radius
    least = 2 * math.dist(start, (1.45, over)) + 0.1 - 0.25
    most = 2 * math.dist(start, (1.4, over)) + 0.2 + 0.1
    assert least < found < most


def test_there_may_be_no_way() -> None:
    solid = corridor(3)
    assert shortest_path_m(SPEC, solid, (0.6, 1.0), (2.4, 1.0), 0.125) == math.inf
    assert shortest_path_m(SPEC, solid, (0.6, 1.0), (1.5, 0.1), 0.125) == math.inf
    assert shortest_path_m(SPEC, solid, (0.6, 1.0), (0.6, 1.0), 0.125) == 0.0
