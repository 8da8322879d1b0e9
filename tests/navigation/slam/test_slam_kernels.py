"""The compiled loops of localization beside their NumPy forms."""

import numpy as np
import pytest

from homebody.geometry import SE2
from navigation.slam.kernels import (
    count_explained,
    depth_points,
    deskew,
    in_company,
    newton_step,
    normal_equations,
)
from navigation.types import OCCUPIED, UNKNOWN


def moved(xyt, points):
    """Each point (N, 2) by its own pose (N, 3)."""
    c, s = np.cos(xyt[:, 2]), np.sin(xyt[:, 2])
    x, y = points[:, 0], points[:, 1]
    return np.column_stack((xyt[:, 0] + c * x - s * y, xyt[:, 1] + s * x + c * y))


def slow_deskew(ranges, odom, newest, origin, directions, limits, scale):
    T_odom_end = SE2.from_array(odom[newest])
    range_m = np.where(np.isfinite(ranges), ranges, np.inf)
    is_hit = range_m <= limits[1]
    usable = ranges >= limits[0]
    usable &= is_hit | ~(np.roll(is_hit, 1) | np.roll(is_hit, -1))
    length = np.where(is_hit, range_m, limits[1])
    ends = origin + directions * length[:, None]
    xy = T_odom_end.inverse().apply(odom[:, :2])
    relative = np.column_stack((xy, odom[:, 2] - T_odom_end.yaw_rad))
    relative = relative * (scale[0], scale[0], scale[1])
    origins = moved(relative, np.broadcast_to(origin, ends.shape))
    return origins[usable], moved(relative, ends)[usable], is_hit[usable]


def slow_normal_equations(turned, fits, kernel_m, scale):
    """Both kinds of error side by side: first across all surfaces, then along them."""
    (dx, dy, nx, ny, across, along), is_found = fits[:, :6].T, fits[:, 6] > 0.0
    n = len(fits)
    ax, ay = np.concatenate((nx, -ny)), np.concatenate((ny, nx))
    tx, ty = np.tile(turned[:, 0], 2), np.tile(turned[:, 1], 2)
    jacobian = np.stack((ax, ay, tx * ay - ty * ax))
    error = ax * np.tile(dx, 2) + ay * np.tile(dy, 2)
    squared = error[:n] ** 2 + along * error[n:] ** 2
    robust = (kernel_m**2 / (kernel_m**2 + squared)) ** 2 * scale
    weighted = jacobian * np.concatenate((robust * across, robust * along * is_found))
    return weighted @ jacobian.T, weighted @ error, int(is_found.sum())


def slow_explained(origins, ends, is_hit, is_near, cells, corner, cell_m, step_m, margin_m):
    def classes_at(points):
        rc = np.floor((points - corner) / cell_m).astype(int)[..., ::-1]
        rc = np.clip(rc, 0, np.array(cells.shape) - 1)
        return cells[rc[..., 0], rc[..., 1]]

    along = ends - origins
    range_m = np.hypot(along[:, 0], along[:, 1])
    direction = along / range_m[:, None]
    at_m = np.arange(step_m, range_m.max(), step_m)
    points = origins[:, None] + direction[:, None] * at_m[:, None]
    is_before = at_m < (range_m - margin_m)[:, None]
    is_pierced = ((classes_at(points) == OCCUPIED) & is_before).any(axis=1)
    is_unknown = classes_at(ends) == UNKNOWN
    is_explained = is_hit & is_near & ~is_pierced
    is_judged = is_pierced | (is_hit & (is_near | ~is_unknown))
    return int(is_explained.sum()), int(is_judged.sum())


def test_beams_are_moved_as_by_the_numpy_form():
    rng = np.random.default_rng(0)
    n = 360
    ranges = rng.uniform(0.05, 9.0, n)
    ranges[rng.random(n) < 0.1] = np.inf
    ranges[100:120] = np.inf
    ranges[rng.random(n) < 0.1] = np.nan
    ranges[[0, -1]] = np.inf, 2.0
    odom = np.cumsum(rng.normal(0.0, 0.002, (n, 3)), axis=0) + (1.0, -2.0, 3.0)
    angle = 2.0 * np.pi * np.arange(n) / n
    directions = np.column_stack((np.cos(angle), np.sin(angle)))
    task = (ranges, odom, n - 3, np.array([0.1, 0.02]), directions, (0.1, 8.0), (0.97, 1.02))
    for found, expected in zip(deskew(*task), slow_deskew(*task), strict=True):
        assert found == pytest.approx(expected, abs=1e-12)


def test_normal_equations_are_those_of_the_numpy_form():
    rng = np.random.default_rng(1)
    turn = rng.uniform(-np.pi, np.pi, 180)
    fits = np.column_stack(
        (rng.normal(0.0, 0.05, (180, 2)), np.cos(turn), np.sin(turn), rng.random((180, 2)),
         rng.random(180) < 0.8)
    )  # fmt: skip
    fits[:, 4] *= fits[:, 6]
    task = (rng.uniform(-4.0, 4.0, (180, 2)), fits, 0.06, 600.0)
    for found, expected in zip(normal_equations(*task), slow_normal_equations(*task), strict=True):
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_step_is_the_clipped_solution():
    rng = np.random.default_rng(2)
    most = np.array([0.1, 0.1, 0.1])
    for size in (0.01, 10.0):
        root = rng.normal(0.0, 1.0, (3, 3))
        hessian, gradient = root @ root.T + np.eye(3), rng.normal(0.0, size, 3)
        expected = np.clip(np.linalg.solve(hessian, gradient), -most, most)
        assert newton_step(hessian, gradient, most) == pytest.approx(expected, rel=1e-9)


def test_beams_are_explained_as_by_the_numpy_form():
    rng = np.random.default_rng(3)
    for share in (0.0, 0.01, 0.1):
        cells = (rng.integers(0, 2, (80, 100))).astype(np.uint8)
        cells[rng.random(cells.shape) < share] = OCCUPIED
        cells[[0, -1]] = cells[:, [0, -1]] = UNKNOWN
        origins = rng.uniform((1.0, 1.0), (3.5, 2.5), (90, 2))
        ends = origins + rng.normal(0.0, 1.5, (90, 2))  # some outside
        is_hit, is_near = rng.random((2, 90)) < 0.7
        cells.setflags(write=False)  # as a snapshot's are
        found = count_explained(origins, ends, is_hit, is_near, cells, -0.5, -0.2, 0.05, 0.15, 0.3)
        corner = (-0.5, -0.2)
        assert found == slow_explained(
            origins, ends, is_hit, is_near, cells, corner, 0.05, 0.15, 0.3
        )


def test_depth_points_are_those_of_the_numpy_form():
    rng = np.random.default_rng(4)
    ranges, rays = rng.uniform(-0.5, 3.0, 200), rng.normal(0.0, 1.0, (200, 3))
    ranges[::7], ranges[3::11] = np.inf, np.nan
    origin = np.array([0.1, 0.0, 0.3])
    is_valid = np.isfinite(ranges) & (ranges > 0.0)
    expected = origin + rays[is_valid] * ranges[is_valid][:, None]
    assert depth_points(ranges, rays, origin) == pytest.approx(expected)


def test_a_point_alone_is_told_from_those_in_company():
    rng = np.random.default_rng(5)
    for n in (0, 1, 2, 40, 150):
        points = rng.uniform(0.0, 2.0, (n, 3))
        away = np.linalg.norm(points[:, None, :2] - points[None, :, :2], axis=2)
        expected = ((away + np.where(np.eye(n), np.inf, 0.0)) <= 0.12).any(axis=1)
        assert np.array_equal(in_company(points, 0.12), expected)
