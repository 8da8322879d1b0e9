"""Robust alignment: the truth despite false pairs, an honest covariance, true derivatives."""

import numpy as np
import pytest
from made_landmarks import NOISE, apart

from homebody.geometry import SE3
from navigation.landmarks.alignment import Pairs, align, normal_equations, refine
from navigation.landmarks.config import AlignmentConfig
from navigation.landmarks.observation import point_covariance

TRUE = SE3.from_xyz_rpy((0.6, -0.3, 0.2), (0.1, -0.2, 0.7))


def made_pairs(rng, n=120, share_false=0.0):
    seen = np.column_stack((rng.uniform(-1, 1, (n, 2)), np.ones(n))) * rng.uniform(1, 4, (n, 1))
    covariance = point_covariance(seen, NOISE)
    known = TRUE.apply(seen)
    n_false = round(share_false * n)
    known[:n_false] = rng.uniform(-4, 4, (n_false, 3))
    noise = np.einsum("nij,nj->ni", np.linalg.cholesky(covariance), rng.normal(0, 1, (n, 3)))
    return Pairs(seen + noise, covariance, known, np.zeros(n)), n_false


@pytest.mark.parametrize("share_false", [0.0, 0.5, 0.7])
def test_the_motion_is_found_though_many_pairs_are_false(share_false):
    rng = np.random.default_rng(4)
    pairs, n_false = made_pairs(rng, share_false=share_false)
    found = align(pairs, AlignmentConfig(), rng)
    off_m, off_rad = apart(found.T_known_sensor, TRUE)
    assert off_m < 0.006
    assert off_rad < 0.003
    assert not found.is_inlier[:n_false].any()
    assert found.is_inlier[n_false:].mean() > 0.97


def test_noise_alone_is_no_place():
    rng = np.random.default_rng(5)
    pairs, _ = made_pairs(rng, share_false=1.0)
    assert align(pairs, AlignmentConfig(), rng) is None
    few = Pairs(
        *(getattr(pairs, n)[:5] for n in ("seen_m", "covariance", "known_m", "variance_m2"))
    )
    assert align(few, AlignmentConfig(), rng) is None


def test_the_covariance_is_that_of_the_errors():
    config = AlignmentConfig(kernel_last_sigmas=100.0, kernel_first_sigmas=100.0)
    errors, covariance = [], np.eye(6)
    for seed in range(150):
        pairs, _ = made_pairs(np.random.default_rng(seed), n=60)
        found = refine(pairs, TRUE, config)
        off = TRUE.inverse() @ found.T_known_sensor
        turn = off.rotation - off.rotation.T
        errors.append([*off.translation_m, turn[2, 1] / 2, turn[0, 2] / 2, turn[1, 0] / 2])
        covariance = found.covariance
    ratio = np.var(errors, axis=0) / np.diag(covariance)
    assert (ratio > 0.6).all()
    assert (ratio < 1.6).all()


def test_the_gradient_is_that_of_the_cost():
    rng = np.random.default_rng(6)
    pairs, _ = made_pairs(rng, n=20)
    weights = np.linalg.inv(pairs.covariance)
    width, start = 3.0, TRUE @ SE3.from_xyz_rpy((0.01, 0.0, -0.01), (0.004, 0.003, 0.0))

    def cost(step):
        moved = start @ SE3.from_xyz_rpy(step[:3], step[3:])
        error = moved.inverse().apply(pairs.known_m) - pairs.seen_m
        squared = np.einsum("ni,nij,nj->n", error, weights, error)
        return 0.5 * (width**2 * squared / (width**2 + squared)).sum()

    error = start.inverse().apply(pairs.known_m) - pairs.seen_m
    _, gradient = normal_equations(pairs.seen_m + error, error, weights, width)
    h = 1e-6
    numeric = [(cost(h * e) - cost(-h * e)) / (2 * h) for e in np.eye(6)]
    assert gradient == pytest.approx(np.array(numeric), rel=1e-4, abs=1e-2)
