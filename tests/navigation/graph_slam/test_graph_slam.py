"""Whole drives through a flat world: loops close, walls of a map agree, slips and kidnaps pass."""

import numpy as np
import pytest
from flat_world import cast, corridor_loop, drive

from homebody.geometry import SE2
from navigation.graph_slam.config import GraphSlamConfig
from navigation.graph_slam.edges import EdgeKind
from navigation.graph_slam.graph_slam import GraphSlam
from navigation.graph_slam.pose_graph import optimise_and_judge
from navigation.mapping.beams import Beams

ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 181)


def beams_at(segments, pose, rng):
    origin = np.tile([pose.x_m, pose.y_m], (len(ANGLES), 1))
    ranges = cast(segments, origin, ANGLES + pose.yaw_rad, 15.0) + rng.normal(0, 0.01, len(ANGLES))
    is_hit = np.isfinite(ranges)
    ends = np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[is_hit] * ranges[is_hit, None]
    return Beams.from_ends(np.zeros_like(ends), ends, np.ones(len(ends), dtype=bool))


def mapped(seed, *, duration_s=85.0, closes_loops=True, slip_at=None, has_odometry=True):
    """A lap and a bit of the corridor; the graph, and the true poses of the scans."""
    rng = np.random.default_rng(seed)
    segments, way = corridor_loop()
    driven = drive(way, duration_s, rng, scale=0.03, slip=0.05)
    slam = GraphSlam(GraphSlamConfig(), optimise_and_judge, closes_loops=closes_loops)
    truth, before = [], None
    for k in range(0, len(driven.truth), 25):
        pose, reckoned = SE2.from_array(driven.truth[k]), SE2.from_array(driven.odom[k])
        moved = before.inverse() @ reckoned if before else SE2.identity()
        if slip_at is not None and abs(k * 0.01 - slip_at) < 0.13:
            moved = moved @ SE2(0.4, 0.0, 0.3)  # wheels that spun
        before = reckoned
        slam.track(beams_at(segments, pose, rng), moved if has_odometry else None)
        truth.append(pose)
        if slam.wants_closures():
            slam.close_loops()
    slam.finish()
    return slam, truth


def errors_m(slam, truth):
    """Distance of each pose from the truth, the first being the same."""
    T_truth_map = truth[0] @ SE2.from_array(slam.trajectory()[0]).inverse()
    found = [T_truth_map @ SE2.from_array(p) for p in slam.trajectory()]
    return np.array([f.distance_m(t) for f, t in zip(found, truth, strict=True)])


@pytest.fixture(scope="module")
def lap():
    return mapped(1, slip_at=30.0)


def test_a_lap_with_slipping_wheels_makes_a_true_map(lap):
    error = errors_m(*lap)
    assert error.max() < 0.12
    assert np.sqrt(np.mean(error**2)) < 0.06


def test_the_loop_was_closed_and_nothing_false_was_believed(lap):
    slam, truth = lap
    far = [e for e in slam.edges if e.kind is not EdgeKind.SEQUENTIAL]
    assert any(e.second - e.first > 100 for e in far)
    scans = [keyframe.number for keyframe in slam.keyframes]
    for e in far:
        wanted = truth[scans[e.first]].inverse() @ truth[scans[e.second]]
        assert wanted.distance_m(SE2.from_array(e.relative)) < 0.12


def test_without_odometry_the_scans_alone_still_tell_the_way():
    slam, truth = mapped(2, duration_s=10.0, has_odometry=False, closes_loops=False)
    error = errors_m(slam, truth)
    assert error.max() < 0.3
