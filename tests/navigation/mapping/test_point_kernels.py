"""Things stand in the window where their surfaces are; the compiled loops beside slow ones."""

import cv2
import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.mapping.beams import Beams
from navigation.mapping.config import LocalMapConfig
from navigation.mapping.distance import distance_to_things
from navigation.mapping.local_map import LocalMapper
from navigation.mapping.occupancy import OccupancyMap
from navigation.mapping.point_kernels import (
    NOTHING,
    POINT,
    WHOLE_CELL,
    exact_distance,
    place_hits,
    place_walls,
)
from navigation.types import FREE, OCCUPIED, MapSnapshot

MAP = GridSpec(-1.0, -2.0, 0.05, 70, 60)
CORNER_RC, N, FINE_M = (8, 5), 80, 0.025
WINDOW = GridSpec(-1.0 + 5 * 0.05, -2.0 + 8 * 0.05, FINE_M, N, N)
ORIGIN_M = (WINDOW.origin_x_m, WINDOW.origin_y_m)


def made_map(rng):
    cells = np.full(MAP.shape, FREE, dtype=np.uint8)
    cells[rng.random(MAP.shape) < 0.1] = OCCUPIED
    is_low = rng.random(MAP.shape) < 0.05
    values = np.zeros((3, 4, *MAP.shape), dtype=np.float32)
    seen = (rng.random((4, *MAP.shape)) < 0.4) & (cells == OCCUPIED)
    values[0] = np.where(seen, rng.choice([3.0, 90.0], seen.shape), 0.0)
    centres = MAP.centres_m(np.argwhere(np.ones(MAP.shape))).reshape(*MAP.shape, 2)
    places = centres + rng.uniform(-0.02, 0.02, (4, *MAP.shape, 2))
    values[1:] = np.where(seen, np.moveaxis(places, -1, 0), 0.0)
    return cells, is_low, values


def test_walls_stand_where_most_of_their_hits_are():
    cells, is_low, values = made_map(np.random.default_rng(0))
    kind, offset_m = place_walls(cells, is_low, values, CORNER_RC, 2, (N, N), ORIGIN_M, FINE_M)
    padded = np.pad(values[0], ((0, 0), (1, 1), (1, 1)))
    expected = np.full((N, N), NOTHING)
    for row, col in np.argwhere((cells == OCCUPIED) & ~is_low):
        r0, c0 = 2 * (row - CORNER_RC[0]), 2 * (col - CORNER_RC[1])
        if not (0 <= r0 < N and 0 <= c0 < N):
            continue
        if not values[0, :, row, col].any():
            expected[r0 : r0 + 2, c0 : c0 + 2] = WHOLE_CELL
        for side in np.flatnonzero(values[0, :, row, col]):
            around = padded[side, row : row + 3, col : col + 3].copy()
            around[1, 1] = 0.0
            if values[0, side, row, col] >= 0.1 * around.max():
                expected[WINDOW.cell_rc(*values[1:, side, row, col].astype(float))] = POINT
    assert (expected == POINT).sum() > 100
    assert np.array_equal(kind, expected)
    points = np.argwhere(kind == POINT)
    at = WINDOW.centres_m(points) + offset_m[:, points[:, 0], points[:, 1]].T
    known = values[1:].reshape(2, -1).T
    for x, y in at:
        assert np.abs(known - (x, y)).max(axis=1).min() < 1e-5


def test_only_hits_that_no_wall_explains_are_put():
    rng = np.random.default_rng(1)
    kind = (rng.random((N, N)) < 0.01).astype(np.uint8) * np.uint8(POINT)
    offset_m = rng.uniform(-0.01, 0.01, (2, N, N)).astype(np.float32)
    walls = np.argwhere(kind)
    walls_m = WINDOW.centres_m(walls) + offset_m[:, walls[:, 0], walls[:, 1]].T
    hits_m = rng.uniform(-1.0, 2.0, (300, 2))
    is_new = place_hits(kind, offset_m, hits_m, ORIGIN_M, FINE_M)
    away_m = np.linalg.norm(hits_m[:, None] - walls_m, axis=2).min(axis=1)
    expected = (away_m > 0.045) & WINDOW.contains(WINDOW.cells_rc(hits_m))
    assert 50 < expected.sum() < 250
    assert np.array_equal(is_new, expected)
    put = WINDOW.cells_rc(hits_m[is_new])
    assert (kind[put[:, 0], put[:, 1]] == POINT).all()


def test_distances_are_those_to_the_things_themselves():
    rng = np.random.default_rng(2)
    occupied = rng.random((N, N)) < 0.004
    kind = np.where(rng.random((N, N)) < 0.5, POINT, WHOLE_CELL).astype(np.uint8)
    offset_m = rng.uniform(-0.0125, 0.0125, (2, N, N)).astype(np.float32)
    coarse = cv2.distanceTransform((~occupied).astype(np.uint8), cv2.DIST_L2, 5)
    found = exact_distance(coarse, occupied, kind, offset_m, FINE_M, (0, N, 0, N))
    things = np.argwhere(occupied)
    is_point = kind[things[:, 0], things[:, 1]] == POINT
    shift = np.where(is_point[:, None], offset_m[:, things[:, 0], things[:, 1]].T, 0.0)
    things_m = WINDOW.centres_m(things) + shift
    centres_m = WINDOW.centres_m(np.argwhere(np.ones((N, N))))
    away_m = np.linalg.norm(centres_m[:, None] - things_m, axis=2) - np.where(is_point, 0, 0.0125)
    slow = np.maximum(away_m.min(axis=1), 0.0).reshape(N, N)
    near = slow < 0.4
    assert (found[near] >= slow[near] - 1e-6).all()
    assert (found - slow)[near].max() < 0.5 * FINE_M
    assert (found - slow > 1e-6)[near].mean() < 0.02
    assert np.abs(found - slow)[~near].max(initial=0.0) < FINE_M


def test_nothing_is_far():
    empty = np.zeros((N, N), dtype=bool)
    kind = np.zeros((N, N), dtype=np.uint8)
    offset_m = np.zeros((2, N, N), dtype=np.float32)
    assert (distance_to_things(empty, kind, offset_m, FINE_M) >= (N - 0.5) * FINE_M - 1e-6).all()


@pytest.mark.parametrize("shift_m", [0.0, 0.012, 0.025, 0.037])
def test_a_gap_is_as_wide_as_it_is_wherever_the_grid_lies(shift_m):
    """Two posts of 6 cm, 40 cm apart, seen with a noise of 1 cm: whole cells would eat up to 14."""
    rng = np.random.default_rng(3)
    world = OccupancyMap()
    angle = np.linspace(-np.pi, np.pi, 360, endpoint=False)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    edges_m = [(-0.26 + shift_m, -0.20 + shift_m), (0.20 + shift_m, 0.26 + shift_m)]
    for x_m in np.linspace(-0.5, 0.5, 40):
        origin = np.array([x_m, -1.0])
        range_m = np.full(360, 3.0)
        for low_x, high_x in edges_m:
            t = _range_to_box(origin, direction, (low_x, 0.0), (high_x, 0.06))
            range_m = np.minimum(range_m, t)
        is_hit = range_m < 3.0
        range_m = range_m + rng.normal(0.0, 0.01, 360) * is_hit
        ends = origin + direction * range_m[:, None]
        world.integrate(Beams.from_ends(np.tile(origin, (360, 1)), ends, is_hit))
    snapshot = world.snapshot()
    local = LocalMapper(LocalMapConfig()).step(
        snapshot, SE2(0.0, -1.0, 0.0), 0.0, surfaces=world.surface_values
    )
    middle = local.distance_m[local.spec.cell_rc(shift_m, 0.0)]
    assert middle == pytest.approx(0.20, abs=0.02)


def _range_to_box(origin, direction, low, high):
    """Slab method; 1e9 where a ray misses."""
    with np.errstate(divide="ignore"):
        a = (np.array(low) - origin) / direction
        b = (np.array(high) - origin) / direction
    near, far = np.minimum(a, b).max(axis=1), np.maximum(a, b).min(axis=1)
    return np.where((near <= far) & (near > 0.0), near, 1e9)


def test_a_map_without_surfaces_is_made_of_whole_cells():
    cells = np.full((40, 40), FREE, dtype=np.uint8)
    cells[20, 20] = OCCUPIED
    snapshot = MapSnapshot(GridSpec(0.0, 0.0, 0.05, 40, 40), cells, 1)
    local = LocalMapper().step(snapshot, SE2(1.0, 1.0, 0.0), 0.0)
    assert local.occupied.sum() == 4
