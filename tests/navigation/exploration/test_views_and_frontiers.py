import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_world import ToyWorld, raster

from homebody.geometry import SE2
from navigation.exploration.frontiers import find_frontiers
from navigation.exploration.request import ExplorationRequest
from navigation.exploration.visibility import (
    KNOWN,
    UNSEEN,
    WALL,
    WANTED,
    ViewGrid,
    look,
    seen_from,
)
from navigation.global_planner.ground import survey
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, UNKNOWN


def slow_gain(codes, row, col, n_rays, range_cells, *, see_through):
    total = 0.0
    for ray in range(n_rays):
        angle = 2 * math.pi * ray / n_rays
        depth = 0
        for reach in range(1, range_cells + 1):
            r = row + round(math.sin(angle) * reach)
            c = col + round(math.cos(angle) * reach)
            outside = not (0 <= r < codes.shape[0] and 0 <= c < codes.shape[1])
            if outside or codes[r, c] == WALL:
                break
            if codes[r, c] in (WANTED, UNSEEN):
                depth += 1
            if codes[r, c] == WANTED:
                total += 2 * math.pi / n_rays * reach * math.exp(-depth / see_through)
    return total


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_looks_gain_what_the_slow_reference_says(seed):
    rng = np.random.default_rng(seed)
    codes = rng.choice([KNOWN, WANTED, UNSEEN, WALL], (14, 17), p=[0.6, 0.25, 0.1, 0.05]).astype(
        np.uint8
    )
    grid = ViewGrid.of(codes, 9)
    sealed = grid.codes[grid.border : -grid.border, grid.border : -grid.border]
    cells = rng.integers(0, (14, 17), (5, 2))
    views = look(grid, cells, 24, 9, 6.0)
    slow = [slow_gain(sealed, r, c, 24, 9, see_through=6.0) for r, c in cells]
    np.testing.assert_allclose(views.gain_cells, slow, rtol=1e-4, atol=1e-5)
    gains = np.array(slow) > 0
    first = views.first_rc[gains]
    assert (sealed[first[:, 0], first[:, 1]] == WANTED).all()


def test_a_wall_hides_what_lies_behind():
    codes = np.full((41, 41), KNOWN, dtype=np.uint8)
    codes[:, 30:] = WANTED
    grid = ViewGrid.of(codes, 25)
    assert look(grid, np.array([[20, 10]]), 96, 25, 30.0).gain_cells[0] > 50
    codes[:, 25] = WALL
    hidden = ViewGrid.of(codes, 25)
    assert look(hidden, np.array([[20, 10]]), 96, 25, 30.0).gain_cells[0] == 0.0


def test_no_ray_slips_through_a_wall_drawn_corner_to_corner():
    codes = np.full((41, 41), WANTED, dtype=np.uint8)
    rows, cols = np.mgrid[:41, :41]
    codes[rows > cols] = KNOWN
    codes[rows == cols] = WALL
    grid = ViewGrid.of(codes, 30)
    from_rc = np.stack([np.arange(20, 40), np.arange(20, 40) - 12], axis=1)
    assert look(grid, from_rc, 360, 30, 30.0).gain_cells.max() == 0.0


def test_a_full_circle_is_counted_by_its_area():
    codes = np.full((61, 61), WANTED, dtype=np.uint8)
    views = look(ViewGrid.of(codes, 20), np.array([[30, 30]]), 360, 20, 1e9)
    assert abs(views.gain_cells[0] / (math.pi * 20**2) - 1.0) < 0.06


def test_known_cells_are_seen_up_to_the_first_that_is_not():
    codes = np.full((11, 21), KNOWN, dtype=np.uint8)
    codes[:, 12] = UNSEEN
    grid = ViewGrid.of(codes, 15)
    flat, is_seen = seen_from(grid, np.array([[5, 4]]), 90, 15)
    seen = grid.unflatten(flat[is_seen])
    assert seen[:, 1].max() == 11
    assert (5, 11) in {tuple(rc) for rc in seen.tolist()}


def frontiers_of(world, xy, **more):
    request = ExplorationRequest(world.snapshot(), SE2(*xy, 0.0), **more)
    ground = survey(
        GlobalPlanRequest(world.snapshot(), SE2(*xy, 0.0), np.array(xy)), is_unknown_open=False
    )
    return ground, find_frontiers(request, ground, ground.spec.cell_rc(*xy))


def test_frontiers_are_free_cells_beside_wanted_ones():
    world = ToyWorld(raster(8.0, 3.0, [(4.0, 1.0, 4.05, 3.0)]))
    world.scan((1.0, 2.0))
    ground, found = frontiers_of(world, (1.0, 2.0))
    slow = np.zeros_like(found.is_frontier)
    for row, col in np.argwhere(ground.cells == FREE):
        beside = [(row + 1, col), (row - 1, col), (row, col + 1), (row, col - 1)]
        slow[row, col] = any(found.wanted[rc] for rc in beside)
    np.testing.assert_array_equal(found.is_frontier, slow)
    assert (ground.cells[found.wanted] == UNKNOWN).all()
    assert found.is_frontier[found.middle_rc[:, 0], found.middle_rc[:, 1]].all()
    assert (found.n_cells >= 3).all()


def test_a_blacklisted_place_is_not_wanted():
    world = ToyWorld(raster(8.0, 3.0, []))
    world.scan((1.0, 1.5))
    ground, found = frontiers_of(world, (1.0, 1.5))
    place = ground.spec.centres_m(np.argwhere(found.wanted)[0])
    _, less = frontiers_of(world, (1.0, 1.5), blacklist_map_m=place[None])
    wanted_m = ground.spec.centres_m(np.argwhere(less.wanted))
    assert np.linalg.norm(wanted_m - place, axis=1).min() > 0.35
    assert (found.wanted | ~less.wanted).all()
