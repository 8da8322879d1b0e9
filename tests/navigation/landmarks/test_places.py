"""Landmarks and a robot on a floor: found again, not fooled, and one pose graph with the scans."""

import numpy as np
import pytest
from flat_world import box, cast, drive
from made_landmarks import NOISE, T_ROBOT_CAMERA, World, camera_at

from homebody.geometry import SE2, SE3
from navigation.graph_slam.config import FrontEndConfig, GraphSlamConfig
from navigation.graph_slam.edges import EdgeKind
from navigation.graph_slam.graph_slam import GraphSlam
from navigation.graph_slam.pose_graph import optimise_and_judge
from navigation.landmarks.closures import LandmarkClosures
from navigation.landmarks.config import LandmarkClosureConfig, LifeConfig, PlaceFinderConfig
from navigation.landmarks.landmark_map import LandmarkMap
from navigation.landmarks.observation import Sighting
from navigation.landmarks.place_finder import find_place
from navigation.mapping.beams import Beams

CONFIG = PlaceFinderConfig()


def robot_sight(world, pose, rng):
    return world.sight(SE3.from_se2(pose) @ T_ROBOT_CAMERA, rng)[0].moved(T_ROBOT_CAMERA)


def mapped(world, rng):
    known = LandmarkMap(LifeConfig())
    for yaw in np.arange(0.0, 2.0 * np.pi, 0.8):
        known.add(camera_at(4.0, 3.0, yaw), world.sight(camera_at(4.0, 3.0, yaw), rng)[0])
    return known


def test_a_robot_that_was_carried_finds_itself():
    rng = np.random.default_rng(1)
    world = World(rng)
    known = mapped(world, rng)
    for pose in (SE2(2.5, 2.0, 2.0), SE2(5.0, 4.0, -0.6), SE2(4.2, 2.9, 1.0)):
        found = find_place(known, robot_sight(world, pose, rng), CONFIG, rng)
        assert found.reason == ""
        assert pose.distance_m(found.T_map_robot) < 0.05
        off = pose.inverse() @ found.T_map_robot
        away = off.wrapped().as_array()
        assert away @ np.linalg.solve(found.covariance, away) < 25.0


def test_two_walls_of_one_look_are_not_believed():
    rng = np.random.default_rng(2)
    world = World(rng)
    known = mapped(world, rng)
    shift = SE3.from_xyz_rpy((30.0, 0.0, 0.0))
    double = Sighting(known.points_m, np.linalg.inv(known.information), known.words)
    known.add(shift, double)
    found = find_place(known, robot_sight(world, SE2(4.0, 3.0, 0.3), rng), CONFIG, rng)
    assert found.reason == "two places have the same landmarks"


def test_what_fits_in_the_air_only_is_not_believed():
    rng = np.random.default_rng(3)
    world = World(rng)
    known = mapped(world, rng)
    sighting = robot_sight(world, SE2(4.0, 3.0, 0.3), rng)
    lifted = sighting.moved(SE3.from_xyz_rpy((0.0, 0.0, -0.5)))
    assert find_place(known, lifted, CONFIG, rng).reason.startswith("where the landmarks fit")


def test_an_unknown_home_is_said_to_be_unknown():
    rng = np.random.default_rng(4)
    known = mapped(World(rng), rng)
    other = World(np.random.default_rng(50))
    found = find_place(known, robot_sight(other, SE2(4.0, 3.0, 0.3), rng), CONFIG, rng)
    assert found.reason == "no landmarks that are known are in sight"


# --- one pose graph ------------------------------------------------------------------------------

ANGLES = np.linspace(-np.pi, np.pi, 120, endpoint=False)


def scan(segments, pose, rng):
    origin = np.tile([pose.x_m, pose.y_m], (len(ANGLES), 1))
    ranges = cast(segments, origin, ANGLES + pose.yaw_rad, 2.5) + rng.normal(0, 0.01, len(ANGLES))
    is_hit = np.isfinite(ranges)
    ends = np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[is_hit] * ranges[is_hit, None]
    return Beams.from_ends(np.zeros_like(ends), ends, np.ones(len(ends), dtype=bool))


def ring(*, has_landmarks):
    """Once round a bare corridor whose four corners look alike, with wheels 6 % too large."""
    rng = np.random.default_rng(6)
    segments = np.concatenate((box(0.0, 0.0, 9.0, 9.0), box(1.6, 1.6, 7.4, 7.4)))
    world = World(rng, n=2000, size=(9.0, 9.0))
    corners = np.array([(8.2, 0.8), (8.2, 8.2), (0.8, 8.2), (0.8, 0.8)])
    driven = drive(corners, 38.0, rng, scale=0.06, slip=0.03)
    config = GraphSlamConfig(front_end=FrontEndConfig(range_max_m=2.5), n_sweeps=1)
    slam = GraphSlam(config, optimise_and_judge)
    closures = LandmarkClosures(LandmarkClosureConfig(), rng)
    truth, before = [], None
    for k in range(0, len(driven.truth), 30):
        pose, reckoned = SE2.from_array(driven.truth[k]), SE2.from_array(driven.odom[k])
        moved = before.inverse() @ reckoned if before else SE2.identity()
        before, n_before = reckoned, len(slam.keyframes)
        slam.track(scan(segments, pose, rng), moved)
        truth.append(pose)
        if has_landmarks and len(slam.keyframes) > n_before:
            slam.offer(closures.step(n_before, robot_sight(world, pose, rng)))
        if slam.wants_closures():
            slam.close_loops()
    slam.finish()
    T_truth_map = truth[0] @ SE2.from_array(slam.trajectory()[0]).inverse()
    found = [T_truth_map @ SE2.from_array(p) for p in slam.trajectory()]
    return np.array([f.distance_m(t) for f, t in zip(found, truth, strict=True)]), slam


def test_landmarks_measure_the_way_where_scans_cannot():
    error, slam = ring(has_landmarks=True)
    scans_only, _ = ring(has_landmarks=False)
    kinds = [edge.kind for edge in slam.edges]
    assert kinds.count(EdgeKind.LANDMARK) > 30
    assert np.sqrt(np.mean(error**2)) < 0.04
    assert error.max() < 0.6 * scans_only.max()


def test_edges_of_landmarks_are_the_truth_and_know_how_sure_they_are():
    rng = np.random.default_rng(8)
    world, closures = World(rng), LandmarkClosures(LandmarkClosureConfig(n_apart=20), rng)
    poses = [SE2(3.0 + 0.1 * k, 3.0, 0.05 * k) for k in range(12)]
    poses += [SE2(4.1 - 0.1 * k, 3.1, 0.55 - 0.05 * k) for k in range(20)]
    edges = [e for k, p in enumerate(poses) for e in closures.step(k, robot_sight(world, p, rng))]
    assert sum(e.kind is EdgeKind.CLOSURE for e in edges) >= 2
    chi2 = []
    for e in edges:
        wanted = poses[e.first].inverse() @ poses[e.second]
        off = (SE2.from_array(e.relative).inverse() @ wanted).wrapped().as_array()
        chi2.append(off @ e.information @ off)
    assert np.mean(chi2) < 6.0
    assert max(chi2) < 25.0


def test_in_the_dark_nothing_is_claimed():
    closures = LandmarkClosures(LandmarkClosureConfig(), np.random.default_rng(1))
    nothing = Sighting.of(np.zeros((0, 3)), np.zeros((0, 32), dtype=np.uint8), NOISE)
    assert [closures.step(k, nothing) for k in range(50)] == [[]] * 50
    assert pytest.approx(0) == len(nothing)
