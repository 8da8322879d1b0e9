"""A dozen beams and crooked wheels: lines through many scans, and what the wheels mean."""

import numpy as np
import pytest
from flat_world import cast, drive, small_home

from homebody.geometry import SE2
from navigation.graph_slam.config import FrontEndConfig, GraphSlamConfig
from navigation.graph_slam.graph_slam import GraphSlam
from navigation.graph_slam.pose_graph import optimise_and_judge
from navigation.graph_slam.sparse import RecentHits, joined_walls, spread, walls
from navigation.graph_slam.surfel_kernels import fit_surfels
from navigation.graph_slam.wheel_model import WheelModel
from navigation.mapping.beams import Beams

CURL_RAD_M = 0.06  # one wheel is wider than the other


def beams_to(ends, origin=(0.0, 0.0)):
    ends = np.array(ends, dtype=float)
    origins = np.tile(origin, (len(ends), 1))
    return Beams.from_ends(origins, ends, np.ones(len(ends), dtype=bool))


def slow_surfel(hits, backs, index, radius_m):
    """Normal of one hit by principal components of its weighted neighbours, in two passes."""
    near = np.linalg.norm(hits - hits[index], axis=1) < radius_m
    chosen = near & (backs @ backs[index] > 0.0)
    for _ in range(2):
        away = hits[chosen] - hits[index]
        weights = (1.0 - (away**2).sum(axis=1) / radius_m**2) ** 2
        mean = np.average(away, axis=0, weights=weights)
        scatter = np.cov(away.T, aweights=weights, bias=True)
        normal = np.linalg.eigh(scatter)[1][:, 0]
        chosen = near & (backs @ backs[index] > 0.0)
        chosen &= np.abs((hits - hits[index] - mean) @ normal) <= 0.08
    return normal if normal @ backs[index] > 0 else -normal


def test_normals_are_those_of_the_slow_reference():
    rng = np.random.default_rng(3)
    along = rng.uniform(-1.5, 1.5, 60)
    hits = np.column_stack((along, 2.0 + 0.2 * along + rng.normal(0.0, 0.01, 60)))
    backs = -hits / np.linalg.norm(hits, axis=1, keepdims=True)
    found = fit_surfels(hits, backs, len(hits), 0.6)
    for index in range(0, 60, 7):
        assert found[index, :2] == pytest.approx(slow_surfel(hits, backs, index, 0.6), abs=1e-9)
    assert found[:, 2:].max() < 0.6
    assert found[np.argmax(along), 2:].min() < 0.02  # beyond its end the wall does not go on


def test_a_wall_is_seen_by_many_scans_though_by_none_alone():
    recent = RecentHits(100)
    for x in (-0.6, -0.3, 0.0):
        recent.add(beams_to([(0.0, 1.0)]), SE2(x, 0.0, 0.0))
    turned = SE2(0.3, 0.0, 0.5)
    scan = beams_to([turned.inverse().apply((0.2, 1.0))])
    seen, surfels = recent.with_walls(scan, turned)
    assert turned.rotation() @ seen.normals[0] == pytest.approx([0.0, -1.0], abs=1e-6)
    drawn = spread(seen, surfels).transformed(turned)
    assert drawn.ends_m[:, 1] == pytest.approx(1.0)
    assert np.ptp(drawn.ends_m[:, 0]) == pytest.approx(0.15, abs=0.06)  # to where hits were


def test_lonely_hits_stay_points_that_face_the_sensor():
    scan = beams_to([(2.0, 0.0), (0.0, 3.0)])
    seen, surfels = walls(scan, scan)
    assert seen.normals == pytest.approx(np.array([[-1.0, 0.0], [0.0, -1.0]]))
    assert len(spread(seen, surfels)) == 2


def test_the_recent_forget_the_oldest_first():
    recent = RecentHits(2)
    for x in (-0.1, 0.1, 0.3):
        recent.add(beams_to([(x, 1.0)]), SE2.identity())
    scan = beams_to([(0.45, 1.0)])
    assert recent.with_walls(scan, SE2.identity())[1][0, 2:].max() == pytest.approx(0.35, abs=1e-6)
    recent.clear()
    assert recent.with_walls(scan, SE2.identity())[1][0, 2:].max() == 0.0
    hits, drawn = joined_walls([scan])
    assert len(hits) == len(drawn) == 1


def test_crooked_wheels_are_learned_from_what_matches_see():
    truth = np.array([-0.04, 0.0, 0.0, 0.08, CURL_RAD_M, -0.02])
    rng = np.random.default_rng(5)
    seen, blind = np.diag([2500.0, 2500.0, 1e4]), np.diag([0.0, 2500.0, 1e4])
    covariance = np.diag([0.01**2, 0.01**2, 0.02**2])
    model, pose = WheelModel(), SE2.identity()
    for k in range(600):
        reckoned = SE2(0.25, 0.0, 0.0) if k % 3 else SE2(0.0, 0.0, 0.4)
        x, turn = reckoned.x_m, reckoned.yaw_rad
        moved = SE2(x + truth[0] * x, truth[3] * turn, turn + truth[4] * x + truth[5] * turn)
        prior, real = pose @ model.apply(reckoned), pose @ moved
        across = SE2(0.0, 0.0, pose.yaw_rad).rotation()
        match = np.array(blind if k < 300 else seen)
        match[:2, :2] = across @ match[:2, :2] @ across.T
        gain = np.linalg.solve(match + np.linalg.inv(covariance), match)
        noise = rng.normal(0.0, 1.0, 3) * (0.005, 0.005, 0.003)
        fused = prior.as_array() + gain @ (real.as_array() - prior.as_array() + noise)
        model.learn(reckoned, prior, covariance, match, SE2.from_array(fused))
        pose = real
        if k == 299:
            assert abs(model.errors[0]) < 0.002  # the way ahead could not be seen
            assert model.errors[4] == pytest.approx(CURL_RAD_M, abs=0.01)
    assert model.errors == pytest.approx(truth, abs=0.01)


def sparse_beams(segments, pose, rng):
    angles = np.linspace(-np.pi / 2, np.pi / 2, 11)
    origin = np.tile([pose.x_m, pose.y_m], (len(angles), 1))
    ranges = cast(segments, origin, angles + pose.yaw_rad, 5.0) + rng.normal(0, 0.01, len(angles))
    is_hit = np.isfinite(ranges)
    ends = np.column_stack((np.cos(angles), np.sin(angles)))[is_hit] * ranges[is_hit, None]
    return Beams.from_ends(np.zeros_like(ends), ends, np.ones(len(ends), dtype=bool))


def mapped():
    rng = np.random.default_rng(2)
    segments, way = small_home()
    driven = drive(way, 75.0, rng, scale=0.03, slip=0.03, speed=0.7)
    front_end = FrontEndConfig(range_max_m=6.0)  # small places are quick
    config = GraphSlamConfig(front_end=front_end, n_sweeps=1)
    slam = GraphSlam(config, optimise_and_judge)
    truth, before, reckoned_end = [], None, SE2.identity()
    for k in range(0, len(driven.truth), 30):
        pose, reckoned = SE2.from_array(driven.truth[k]), SE2.from_array(driven.odom[k])
        moved = before.inverse() @ reckoned if before else SE2.identity()
        moved = SE2(moved.x_m, moved.y_m, moved.yaw_rad + CURL_RAD_M * moved.x_m)
        before = reckoned
        reckoned_end = reckoned_end @ moved
        slam.track(sparse_beams(segments, pose, rng), moved)
        truth.append(pose)
        if slam.wants_closures():
            slam.close_loops()
    slam.finish()
    T_truth_map = truth[0] @ SE2.from_array(slam.trajectory()[0]).inverse()
    found = [T_truth_map @ SE2.from_array(p) for p in slam.trajectory()]
    error = np.array([f.distance_m(t) for f, t in zip(found, truth, strict=True)])
    return error, (truth[0] @ reckoned_end).distance_m(truth[-1])


def test_eleven_beams_and_crooked_wheels_still_make_a_true_map():
    error, reckoned = mapped()
    assert reckoned > 2.0  # what the wheels alone would say
    assert np.sqrt(np.mean(error**2)) < 0.15
    assert error.max() < 0.4
