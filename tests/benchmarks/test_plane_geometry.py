"""The compiled geometry of the reactive layer's harness against a slow and obvious one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.plane_geometry import box, low_ray_ranges, ray_ranges, rectangle_clearance_m
from homebody.geometry import SE2

RNG_SEEDS = range(6)
FOOTPRINT = np.array([[0.21, 0.125], [-0.21, 0.125], [-0.21, -0.125], [0.21, -0.125]])


def random_segments(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(-2.0, 2.0, (n, 2, 2))


def points_along(segments: np.ndarray, n: int = 4000) -> np.ndarray:
    """Points on every segment, shape (M, n, 2)."""
    share = np.linspace(0.0, 1.0, n)[:, None]
    return segments[:, None, 0] + share * (segments[:, None, 1] - segments[:, None, 0])


def slow_range(origin, angle, slope, height_m, segments, heights_m) -> float:
    """Solve for the ray's and the segment's share, one pair after the other."""
    best = math.inf
    ray = np.array([math.cos(angle), math.sin(angle)])
    for (a, b), top_m in zip(segments, heights_m, strict=True):
        try:
            t, u = np.linalg.solve(np.stack([ray, a - b], axis=1), a - origin)
        except np.linalg.LinAlgError:
            continue
        if t > 0.0 and 0.0 <= u <= 1.0 and height_m + slope * t <= top_m:
            best = min(best, t)
    return best


def slow_clearance(pose: SE2, segments: np.ndarray) -> float:
    """From many points of every segment to the rectangle, in its own frame."""
    at = pose.inverse().apply(points_along(segments).reshape(-1, 2))
    beyond = np.abs(at) - np.abs(FOOTPRINT).max(axis=0)
    return float(np.linalg.norm(np.maximum(beyond, 0.0), axis=1).min())


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_ranges_are_those_of_the_nearest_wall_that_is_high_enough(seed: int) -> None:
    rng = np.random.default_rng(seed)
    segments, heights = random_segments(rng, 7), rng.uniform(0.0, 1.0, 7)
    origin, angles = rng.uniform(-1.0, 1.0, 2), rng.uniform(-np.pi, np.pi, 60)
    slopes = rng.uniform(-0.5, 0.5, 60)
    ranges = low_ray_ranges(origin, angles, slopes, 0.3, segments, heights)
    slow = [
        slow_range(origin, a, s, 0.3, segments, heights)
        for a, s in zip(angles, slopes, strict=True)
    ]
    assert ranges == pytest.approx(slow)
    assert np.isfinite(ranges).any()


def test_level_rays_meet_walls_of_any_height() -> None:
    ranges = ray_ranges(np.zeros(2), np.array([0.0, 0.5 * np.pi, np.pi]), box(-1.0, -2.0, 3.0, 4.0))
    assert ranges == pytest.approx([3.0, 4.0, 1.0])


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_clearances_are_those_of_the_nearest_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    poses = [SE2(*rng.uniform([-1.5, -1.5, -4.0], [1.5, 1.5, 4.0]).tolist()) for _ in range(30)]
    xyt = np.array([pose.as_array() for pose in poses])
    segments = random_segments(rng, 3)
    clearances = rectangle_clearance_m(FOOTPRINT, xyt, segments)
    slow = [slow_clearance(pose, segments) for pose in poses]
    assert clearances == pytest.approx(slow, abs=1e-3)
    assert (clearances > 0.0).any()


def test_touching_crossing_and_inside_are_no_distance_and_nothing_is_infinite() -> None:
    here = np.zeros((1, 3))
    through = np.array([[[-1.0, 0.0], [1.0, 0.05]]])
    inside = np.array([[[-0.05, 0.0], [0.05, 0.02]]])
    at_the_side = np.array([[[-1.0, 0.125], [1.0, 0.125]]])
    for segments in (through, inside, at_the_side):
        assert rectangle_clearance_m(FOOTPRINT, here, segments)[0] == 0.0
    assert rectangle_clearance_m(FOOTPRINT, here, np.zeros((0, 2, 2)))[0] == math.inf
