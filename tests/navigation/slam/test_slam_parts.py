"""The parts of SLAM one by one, beside slow references."""

import math

import numpy as np
import pytest
from flat_world import box, cast

from homebody.geometry import SE2
from homebody.messages import LidarScan, default_body
from navigation.mapping.beams import Beams
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.calibration import OdometryCalibration, OdometryScale
from navigation.slam.config import KeyframeConfig, MatchConfig, OdometryNoiseConfig
from navigation.slam.correlative import correlative_search
from navigation.slam.deskew import Deskewer
from navigation.slam.explanation import explain
from navigation.slam.history import PoseHistory
from navigation.slam.keyframes import KeyframePolicy
from navigation.slam.likelihood import LikelihoodField
from navigation.slam.motion_model import OdometryNoise
from navigation.slam.scan_match import ScanMatcher

LIDAR = default_body().lidar
ANGLES = LIDAR.beam_angles_rad()
ROOM = np.concatenate((box(-3, -2, 4, 3), box(1.0, 1.0, 1.5, 1.6)))
CORRIDOR = np.array([[-30.0, -0.8, 30.0, -0.8], [-30.0, 0.8, 30.0, 0.8]])
ONE = OdometryScale()


def beams_at(segments, pose, noise_m=0.0, seed=0):
    origin = np.tile([pose.x_m, pose.y_m], (360, 1))
    ranges = cast(segments, origin, ANGLES + pose.yaw_rad)
    ranges = ranges + np.random.default_rng(seed).normal(0.0, 1.0, 360) * noise_m
    scan = LidarScan(0, np.zeros(360), ranges, np.zeros((360, 3)))
    return Deskewer(LIDAR).step(scan, ONE).beams_robot


def mapped(segments, poses):
    occupancy = OccupancyMap()
    for k, pose in enumerate(poses):
        occupancy.integrate(beams_at(segments, pose, 0.01, k).transformed(pose))
    return occupancy


@pytest.fixture(scope="module")
def room():
    return mapped(ROOM, [SE2(0.1 * k, 0.03 * k, 0.2 * k) for k in range(12)])


def test_deskewed_beams_end_on_the_wall_whatever_the_motion():
    time_s = np.linspace(0.0, 0.1, 360)
    xyt = np.column_stack((0.9 * time_s, 0.1 * time_s, 2.5 * time_s + 0.4))
    ranges = cast(ROOM, xyt[:, :2], ANGLES + xyt[:, 2])
    scan = Deskewer(LIDAR).step(LidarScan(0, time_s, ranges, xyt), ONE)
    points = scan.T_odom_robot.apply(scan.beams_robot.ends_m)
    for i in range(0, 360, 37):  # the slow way, beam by beam
        beam = np.array([ranges[i] * math.cos(ANGLES[i]), ranges[i] * math.sin(ANGLES[i])])
        assert points[i] == pytest.approx(SE2.from_array(xyt[i]).apply(beam), abs=1e-9)
    assert scan.time_s == pytest.approx(0.1)


def test_a_lone_no_return_among_hits_is_dropped_and_a_hole_is_kept():
    ranges = np.full(360, 2.0)
    ranges[50] = np.inf
    ranges[100:110] = np.inf
    ranges[200] = np.nan
    scan = LidarScan(0, np.zeros(360), ranges, np.zeros((360, 3)))
    beams = Deskewer(LIDAR).step(scan, ONE).beams_robot
    assert len(beams) == 360 - 1 - 2 - 1  # the lone one, both rims of the hole, the nan
    assert (~beams.is_hit).sum() == 8


def test_history_interpolates_and_is_patient_with_order():
    history = PoseHistory()
    assert history.at(0.0) is None
    history.add(np.array([0.2, 0.0]), np.array([[0.2, 0.0, 3.3], [0.0, 0.0, 3.1]]))
    history.add(np.array([0.1]), np.array([[0.1, 0.0, 3.2 - 2 * np.pi]]))
    assert history.odom_at(0.05).x_m == pytest.approx(0.05)
    assert history.odom_at(0.15).yaw_rad == pytest.approx(3.25)
    history.T_map_odom = SE2(1.0, 0.0, 0.0)
    assert history.at(9.0).x_m == pytest.approx(1.2)


def test_match_finds_the_pose_to_millimetres(room):
    matcher = ScanMatcher(MatchConfig())
    rng = np.random.default_rng(3)
    loose = np.diag([0.05**2, 0.05**2, 0.03**2])
    for k in range(10):
        truth = SE2(*rng.uniform((-0.5, -0.5, -3.0), (1.5, 0.8, 3.0)))
        guess = truth @ SE2(*rng.uniform(-1.0, 1.0, 3) * (0.06, 0.06, 0.03))
        match = matcher.step(beams_at(ROOM, truth, 0.01, k), guess, loose, room)
        error = (truth.inverse() @ match.T_map_robot).wrapped().as_array()
        assert np.abs(error[:2]).max() < 0.008
        assert abs(error[2]) < 0.004
        sigma = np.sqrt(np.diag(match.covariance))
        assert (sigma < 0.01).all()


def test_along_a_bare_corridor_odometry_decides():
    poses = [SE2(0.2 * k, 0.0, 0.0) for k in range(6)]
    occupancy = mapped(CORRIDOR, poses)
    prior = SE2(0.57, 0.03, 0.01)
    covariance = np.diag([0.03**2, 0.03**2, 0.02**2])
    match = ScanMatcher(MatchConfig()).step(
        beams_at(CORRIDOR, SE2(0.5, 0.0, 0.0), 0.01), prior, covariance, occupancy
    )
    assert match.T_map_robot.x_m == pytest.approx(0.57, abs=0.01)
    assert match.T_map_robot.y_m == pytest.approx(0.0, abs=0.005)
    assert math.sqrt(match.covariance[0, 0]) == pytest.approx(0.03, rel=0.1)
    assert math.sqrt(match.covariance[1, 1]) < 0.006


def test_gradient_of_the_likelihood_field_by_finite_differences(room):
    field = LikelihoodField.of(room.snapshot(), np.zeros(2), 5.0, 0.1)
    points = np.random.default_rng(0).uniform(-2.5, 2.5, (200, 2))
    points = points[np.abs((points / 0.05) % 1.0 - 0.5).min(axis=1) > 0.02]  # away from kinks
    _, gradient = field.read(points)
    for axis in (0, 1):
        step = np.eye(2)[axis] * 1e-6
        slope = (field.read(points + step)[0] - field.read(points - step)[0]) / 2e-6
        assert gradient[:, axis] == pytest.approx(slope, abs=1e-4)
    assert field.read(np.array([[80.0, 0.0]]))[0] == pytest.approx([0.0])


def test_search_finds_what_exhaustive_search_finds(room):
    truth = SE2(0.4, -0.3, 1.1)
    hits = beams_at(ROOM, truth).hits_m[::6]
    field = LikelihoodField.of(room.snapshot(), truth.translation(), 12.0, 0.1)
    guess = truth @ SE2(0.2, -0.15, 0.2)
    best = correlative_search(hits, field, guess, reach_m=0.3, reach_rad=0.3)[0]
    assert best.T_map_robot.distance_m(truth) < 0.06
    assert abs(best.T_map_robot.yaw_rad - truth.yaw_rad) < 0.03
    slow = max(
        field.read(SE2(guess.x_m + dx, guess.y_m + dy, guess.yaw_rad + turn).apply(hits))[0].mean()
        for dx in np.arange(-0.3, 0.31, 0.1)
        for dy in np.arange(-0.3, 0.31, 0.1)
        for turn in np.arange(-0.3, 0.31, 0.05)
    )
    assert best.score >= slow - 0.02


def test_wide_search_finds_any_yaw(room):
    truth = SE2(-0.5, 0.4, -2.0)
    hits = beams_at(ROOM, truth).hits_m[::4]
    field = LikelihoodField.of(room.snapshot(), np.zeros(2), 14.0, 0.1)
    found = correlative_search(hits, field, SE2(1.2, -0.9, 0.5), reach_m=3.0, reach_rad=math.pi)
    assert found[0].T_map_robot.distance_m(truth) < 0.1
    assert math.cos(found[0].T_map_robot.yaw_rad - truth.yaw_rad) > 0.99


def test_explanation_is_high_at_the_right_place_only(room):
    truth = SE2(0.5, 0.2, 0.3)
    beams = beams_at(ROOM, truth, 0.01)
    assert explain(beams, truth, room, 0.1).share > 0.95
    assert explain(beams, truth @ SE2(0.6, -0.5, 0.8), room, 0.1).share < 0.5
    assert explain(beams, SE2(50.0, 50.0, 0.0), room, 0.1).n_judged == 0
    assert explain(Beams.empty(), truth, room, 0.1).share == 1.0


def test_uncertainty_grows_with_the_way_and_turns_with_the_robot():
    noise = OdometryNoise(OdometryNoiseConfig())
    step = SE2(0.1, 0.0, 0.05)
    one = noise.propagate(np.zeros((3, 3)), SE2.identity(), step)
    two = noise.propagate(one, SE2.identity() @ step, step)
    assert (np.diag(two) > np.diag(one)).all()
    heading = np.diag([0.0, 0.0, 0.1**2])  # an unsure heading makes the side unsure
    far = noise.propagate(heading, SE2(0.0, 0.0, math.pi / 2), SE2(1.0, 0.0, 0.0))
    assert far[0, 0] > 0.1**2
    assert far[0, 0] > 2.0 * far[1, 1]


def test_wheels_are_learned_where_the_way_can_be_seen():
    calibration = OdometryCalibration()
    seen, blind = np.diag([1e6, 1e6, 1e6]), np.diag([1.0, 1e6, 1e6])
    for _ in range(300):
        calibration.learn(SE2(0.1, 0.0, 0.1), SE2(0.096, 0.0, 0.105), blind, 0.0)
    assert calibration.scale == OdometryScale()
    for _ in range(300):
        calibration.learn(SE2(0.1, 0.0, 0.1), SE2(0.096, 0.0, 0.105), seen, 0.0)
    assert calibration.scale.way == pytest.approx(0.96, abs=0.006)
    assert calibration.scale.turn == pytest.approx(1.05, abs=0.006)


def test_keyframes_by_way_turn_and_time_but_not_while_spinning():
    policy = KeyframePolicy(KeyframeConfig())
    assert policy.wants(0.0, SE2.identity(), 0.0)
    policy.took(0.0, SE2.identity())
    assert not policy.wants(0.1, SE2(0.01, 0.0, 0.0), 0.0)
    assert policy.wants(0.1, SE2(0.06, 0.0, 0.0), 0.0)
    assert policy.wants(0.1, SE2(0.0, 0.0, 0.06), 0.5)
    assert not policy.wants(0.1, SE2(0.06, 0.0, 0.3), 2.5)
    assert policy.wants(0.6, SE2.identity(), 0.0)
    assert policy.wants(1.1, SE2(0.0, 0.0, 0.3), 2.5)
