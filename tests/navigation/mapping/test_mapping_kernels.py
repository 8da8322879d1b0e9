"""The compiled loops of mapping beside their NumPy forms."""

import math

import numpy as np
import pytest

from homebody.grid import GridSpec
from navigation.mapping.beams import Beams
from navigation.mapping.cell_kernels import (
    add_evidence,
    add_low,
    beam_after,
    classify,
    extent,
    fill_window,
)
from navigation.mapping.see_through import SeeThrough
from navigation.mapping.surface_kernels import add_to_surfaces, fit_normals, fit_surfaces
from navigation.types import FREE, OCCUPIED, UNKNOWN

SPEC = GridSpec(-2.0, -1.5, 0.05, 60, 80)
INSIDE = ((-1.3, -0.8), (1.3, 0.8))


def principal_axes(sxx, sxy, syy):
    """Unit vectors along the smaller axes (N, 2), and the large and the small variance (N,).

    The larger axis has the half angle of (sxx - syy, 2 sxy).
    """
    mean, half = 0.5 * (sxx + syy), 0.5 * (sxx - syy)
    spread = np.sqrt(half * half + sxy * sxy)
    cos_double = half / np.maximum(spread, 1e-30)
    cos = np.sqrt(np.maximum(0.5 * (1.0 + cos_double), 0.0))
    sin = np.copysign(np.sqrt(np.maximum(0.5 * (1.0 - cos_double), 0.0)), sxy)
    across = np.empty((len(sxx), 2))
    across[:, 0], across[:, 1] = -sin, cos
    return across, mean + spread, np.maximum(mean - spread, 0.0)


def surface_normals(origins_m, ends_m, is_hit):
    """Normals facing the sensor, shape (N, 2), of the surfaces that N neighbouring beams hit."""
    back = origins_m - ends_m
    range_m = np.hypot(back[:, 0], back[:, 1])
    back = back / np.maximum(range_m, 1e-9)[:, None]
    if len(ends_m) <= 2 * 4:
        return back
    sxx, sxy, syy, support = _scatter(ends_m, is_hit, range_m)
    normals, large, small = principal_axes(sxx, sxy, syy)
    is_flat = is_hit & (support >= 3) & (small < 0.15 * large)
    facing = normals[:, 0] * back[:, 0] + normals[:, 1] * back[:, 1]
    normals *= np.where(facing < 0.0, -1.0, 1.0)[:, None]
    return np.where(is_flat[:, None], normals, back)


def _scatter(ends_m, is_hit, range_m):
    """Second moments of each hit's near neighbours about their mean, and how many there are."""
    n = len(ends_m)
    shifts = np.r_[-4:0, 1 : 4 + 1]
    index = (np.arange(n) + shifts[:, None]) % n
    x, y = np.ascontiguousarray(ends_m.T)
    dx, dy = x[index] - x, y[index] - y
    gate = np.maximum(0.15, 0.12 * range_m)
    near = (is_hit[index] & (dx * dx + dy * dy < gate * gate)).astype(np.float64)
    dx, dy = dx * near, dy * near
    support = near.sum(axis=0)
    count = support + 1.0
    mx, my = dx.sum(axis=0) / count, dy.sum(axis=0) / count
    sxx = (dx * dx).sum(axis=0) / count - mx * mx
    sxy = (dx * dy).sum(axis=0) / count - mx * my
    syy = (dy * dy).sum(axis=0) / count - my * my
    return sxx, sxy, syy, support


def sides_of(normals):
    """Quadrant 0 to 3 (+x, +y, -x, -y) of each normal (N, 2)."""
    nx, ny = normals[:, 0], normals[:, 1]
    along_x = np.abs(nx) >= np.abs(ny)
    return np.where(along_x, np.where(nx >= 0.0, 0, 2), np.where(ny >= 0.0, 1, 3)).astype(np.intp)


def flat_cells(points, spec=SPEC):
    cells = spec.cells_rc(points)
    return cells[:, 0] * spec.n_cols + cells[:, 1]


def slow_fit(points, normals, values, spec):
    """All cells around all points at once, shape (cells, N)."""
    cells = spec.cells_rc(points)
    row, col = np.clip(cells, 3, np.array(spec.shape) - 4).T
    step = np.arange(-3, 4)
    around = (step[:, None] * spec.n_cols + step).ravel()
    base = (sides_of(normals) * spec.n_rows + row) * spec.n_cols + col
    weight, x, y = values.astype(float).reshape(3, -1)[:, base + around[:, None]]
    dx, dy = x - points[:, 0], y - points[:, 1]
    near = np.maximum(1.0 - (dx * dx + dy * dy) / 0.18**2, 0.0)
    n_hits = weight.sum(axis=0)
    weight = near * near * (weight / (weight + 2.0))
    total = weight.sum(axis=0)
    is_found = total > 1e-3
    weight = weight / np.maximum(total, 1e-3)
    mx, my = (weight * dx).sum(axis=0), (weight * dy).sum(axis=0)
    sxx = (weight * dx * dx).sum(axis=0) - mx * mx
    sxy = (weight * dx * dy).sum(axis=0) - mx * my
    syy = (weight * dy * dy).sum(axis=0) - my * my
    normal, large, small = principal_axes(sxx, sxy, syy)
    along = np.clip((small / np.maximum(large, 1e-9) - 0.1) / 0.3, 0.0, 1.0)
    is_point = large < 0.035**2
    trust = (n_hits / (n_hits + 20.0)) ** 2
    along = np.where(is_point, 1.0, along) * trust
    across = np.where(is_point, trust, 1.0) * is_found
    return np.column_stack((mx, my, normal, across, along, is_found))


def slow_add(points, normals, values, spec):
    """The means of one scan's hits joined with the kept ones."""
    key = sides_of(normals) * (spec.n_rows * spec.n_cols) + flat_cells(points, spec)
    unique, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    weights, *means = values.reshape(3, -1)
    weights[unique] += count
    for axis, mean in enumerate(means):
        seen = np.bincount(inverse, points[:, axis]) / count
        mean[unique] += (seen - mean[unique]) * (count / weights[unique])
    return key


def some_hits(rng, n=400):
    turn = rng.uniform(-np.pi, np.pi, n)
    return rng.uniform(*INSIDE, (n, 2)), np.column_stack((np.cos(turn), np.sin(turn)))


def test_normals_are_those_of_the_numpy_form():
    rng = np.random.default_rng(0)
    for n in (5, 9, 360):
        angle = 2.0 * np.pi * np.arange(n) / n
        range_m = 2.0 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))
        range_m += rng.normal(0.0, 0.01, n)
        ends = range_m[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))
        origins, is_hit = rng.normal(0.0, 0.01, (n, 2)), rng.random(n) < 0.9
        expected = surface_normals(origins, ends, is_hit)
        assert fit_normals(origins, ends, is_hit) == pytest.approx(expected, abs=1e-9)


def test_surfaces_are_added_and_fitted_as_by_the_numpy_forms():
    rng = np.random.default_rng(1)
    quick = np.zeros((3, 4, *SPEC.shape), dtype=np.float32)
    slow, has_any = quick.copy(), np.zeros(SPEC.n_rows * SPEC.n_cols, dtype=np.uint8)
    for _ in range(20):
        points, normals = some_hits(rng)
        points = 0.5 * points
        keys = add_to_surfaces(flat_cells(points), points, normals, quick.reshape(3, -1), has_any)
        assert np.array_equal(keys, slow_add(points, normals, slow, SPEC))
    assert quick == pytest.approx(slow, abs=1e-5)
    assert np.array_equal(has_any.reshape(SPEC.shape) > 0, slow[0].any(axis=0))
    quick[0, :, :, 30:45] = 0.0  # a part without surfaces
    points, normals = some_hits(rng)
    points *= 1.8  # some outside the grid
    fits = fit_surfaces(points, normals, quick, SPEC.origin_x_m, SPEC.origin_y_m, 0.05)
    expected = slow_fit(points, normals, quick, SPEC)
    assert fits == pytest.approx(expected, abs=1e-6)
    assert 0 < fits[:, 6].sum() < len(points)


def test_evidence_is_added_as_by_the_numpy_form():
    rng = np.random.default_rng(2)
    evidence = rng.integers(-20, 41, SPEC.shape, dtype=np.int16)
    has_any = (rng.random(SPEC.shape) < 0.3).astype(np.uint8)
    values = np.ones((3, 4, *SPEC.shape), dtype=np.float32) * has_any
    carved = (rng.random((30, 40)) < 0.5).astype(np.uint8)
    box = (slice(10, 40), slice(20, 60))
    hits = np.unique(rng.integers(0, evidence.size, 300))
    expected, has_expected = evidence.copy(), has_any.copy()
    raised = np.minimum(evidence.ravel()[hits] + 9, 40)
    expected[box] = np.maximum(expected[box] - carved * np.int16(4), -20)
    expected.ravel()[hits] = raised
    has_expected[box] *= expected[box] > 0
    add_evidence(evidence, values, has_any, carved, (10, 20), hits, (9, 4), (-20, 40))
    assert np.array_equal(evidence, expected)
    assert np.array_equal(has_any, has_expected)
    assert np.array_equal(values, np.ones_like(values) * has_expected)


def test_classes_are_those_of_the_numpy_form():
    rng = np.random.default_rng(3)
    evidence = rng.integers(-20, 41, SPEC.shape, dtype=np.int16)
    low = rng.integers(0, 8, SPEC.shape, dtype=np.int16)
    every = np.where(evidence < 0, FREE, UNKNOWN)
    every[(evidence >= 4) | (low >= 5)] = OCCUPIED
    cells = np.full(SPEC.shape, UNKNOWN, dtype=np.uint8)
    flat = np.unique(rng.integers(0, cells.size, 300))
    expected = cells.copy()
    expected[10:40, 20:60] = every[10:40, 20:60]
    expected.ravel()[flat] = every.ravel()[flat]
    assert classify(cells, evidence, low, (10, 40, 20, 60), flat, 4, 5)
    assert np.array_equal(cells, expected)
    assert not classify(cells, evidence, low, (10, 40, 20, 60), flat, 4, 5)


def test_low_things_are_added_as_by_the_numpy_form():
    rng = np.random.default_rng(4)
    low = rng.integers(0, 11, SPEC.shape, dtype=np.int16)
    evidence = np.where(rng.random(SPEC.shape) < 0.05, 9, -4).astype(np.int16)
    flat = flat_cells(rng.uniform(*INSIDE, (700, 2)))
    z = rng.uniform(-0.1, 0.6, 700) * (rng.random(700) < 0.6)
    expected = low.copy().ravel()
    is_obstacle = ((z > 0.03) & (z < 0.44)) | (z < -0.05)
    around = (np.arange(-1, 2)[:, None] * SPEC.n_cols + np.arange(-1, 2)).ravel()
    hit = np.unique(flat[is_obstacle])
    hit = hit[~(evidence.ravel() >= 4)[hit[:, None] + around].any(axis=1)]
    floor = np.setdiff1d(flat[~is_obstacle & (z <= 0.03)], hit)
    expected[hit] = np.minimum(expected[hit] + 3, 10)
    expected[floor] = np.maximum(expected[floor] - 1, 0)
    touched = add_low(low, evidence, flat, z, (0.03, 0.44, 0.05), 4, (3, -1, 10))
    assert np.array_equal(low.ravel(), expected)
    assert np.array_equal(np.sort(touched), np.sort(np.concatenate((hit, floor))))


def slow_clear_m(bearing, reach):
    around = (np.arange(len(reach))[:, None] + np.arange(-2, 2)) % len(reach)
    span = bearing[around[:, -1]] - bearing[around[:, 0]]
    is_dense = span % (2.0 * np.pi) < 0.12
    return np.where(is_dense, reach[around].min(axis=1), 0.0)


def test_the_window_is_that_of_the_numpy_form():
    rng = np.random.default_rng(5)
    angle = np.delete(2.0 * np.pi * np.arange(360) / 360, slice(40, 70))
    ends = rng.uniform(0.5, 4.0, len(angle) // 10 + 1).repeat(10)[: len(angle), None]
    ends = ends * np.column_stack((np.cos(angle), np.sin(angle)))
    origins, is_hit = np.full_like(ends, 0.01), np.ones(len(ends), dtype=bool)
    see = SeeThrough(Beams.from_ends(origins, ends, is_hit))
    along = ends - origins
    bearing = np.sort(np.arctan2(along[:, 1], along[:, 0]))
    reach = np.hypot(*along.T)[np.argsort(np.arctan2(along[:, 1], along[:, 0]))]
    assert see.clear_m == pytest.approx(slow_clear_m(bearing, reach))

    cells = rng.integers(0, 3, SPEC.shape).astype(np.uint8)
    is_low = rng.random(SPEC.shape) < 0.1
    corner, n = (-4, 3), 201
    window = GridSpec(SPEC.origin_x_m + 3 * 0.05, SPEC.origin_y_m - 4 * 0.05, 0.025, n, n)
    lidar, depth = rng.uniform(-9.0, 1.0, (2, n, n))
    coarse = np.full((101, 101), UNKNOWN, dtype=np.uint8)
    coarse[4:64, :77] = (cells + is_low * np.uint8(OCCUPIED + 1))[:, 3:]
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)[:n, :n]
    solid = (fine == OCCUPIED) | (lidar >= 0.0)
    away = window.centres_m(np.argwhere(solid)) - see.origin_m
    range_m = np.hypot(*away.T)
    beam = np.searchsorted(bearing, np.arctan2(away[:, 1], away[:, 0])) % len(bearing)
    through = (range_m < 2.0) & (see.clear_m[beam] > range_m + 0.15)
    gone = np.argwhere(solid)[through]
    solid[gone[:, 0], gone[:, 1]] = False
    kept = lidar.copy()
    kept[gone[:, 0], gone[:, 1]] = -1e18
    corner_m = (window.origin_x_m - see.origin_m[0], window.origin_y_m - see.origin_m[1])
    walls = (fine == OCCUPIED).astype(np.uint8)
    occupied, unknown = fill_window(
        cells, is_low, walls, corner, 2, lidar, depth, (0.0, -1e18), see.bearing_rad, see.clear_m,
        (*corner_m, 0.025, 2.0, 0.15),
    )  # fmt: skip
    assert len(gone) > 100
    assert np.array_equal(occupied > 0, solid | (fine > OCCUPIED) | (depth >= 0.0))
    assert np.array_equal(unknown > 0, fine == UNKNOWN)
    assert np.array_equal(lidar, kept)


def test_a_beam_is_found_as_by_searchsorted():
    rng = np.random.default_rng(6)
    for n in (1, 7, 300):
        bearing = np.sort(rng.uniform(-math.pi, math.pi, n))
        asked = np.concatenate((rng.uniform(-math.pi, math.pi, 200), bearing, [math.pi, -math.pi]))
        expected = np.searchsorted(bearing, asked) % n
        assert [beam_after(bearing, a) for a in asked] == expected.tolist()


def test_the_extent_is_that_of_the_numpy_form():
    points = np.random.default_rng(7).normal(0.0, 3.0, (50, 2))
    assert extent(points) == (*points.min(axis=0), *points.max(axis=0))
