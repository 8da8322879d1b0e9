"""Found again in a known home; not believed where places look alike or are strange."""

import time

import numpy as np
import pytest
from flat_world import box, cast, corridor_loop, small_home

from homebody.geometry import SE2, wrap_angle
from homebody.messages import LidarScan, default_body
from navigation.graph_slam.relocalization import PosedScan, relocalize
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.calibration import OdometryScale
from navigation.slam.deskew import Deskewer

LIDAR = default_body().lidar
ANGLES = LIDAR.beam_angles_rad()
PLACES = [(5.0, 4.3), (2.1, 2.6), (3.0, 1.8), (4.95, 2.5), (6.8, 1.5), (8.0, 3.2), (7.0, 6.2),
          (3.5, 6.2), (1.2, 6.2), (6.0, 7.2)]  # fmt: skip


def beams_at(segments, pose, seed=0):
    rng = np.random.default_rng(seed)
    origin = np.tile([pose.x_m, pose.y_m], (360, 1))
    ranges = cast(segments, origin, ANGLES + pose.yaw_rad) + rng.normal(0.0, 0.01, 360)
    scan = LidarScan(0, np.zeros(360), ranges, np.zeros((360, 3)))
    return Deskewer(LIDAR).step(scan, OdometryScale()).beams_robot


def snapshot_of(segments, places):
    occupancy = OccupancyMap()
    for k, (x, y) in enumerate(places):
        for yaw in (0.0, 2.0):
            pose = SE2(x, y, yaw)
            occupancy.integrate(beams_at(segments, pose, k).transformed(pose))
    return occupancy.snapshot()


@pytest.fixture(scope="module")
def home():
    segments, _ = small_home()
    return segments, snapshot_of(segments, PLACES)


def scans_at(segments, pose, seed):
    """Two scans, a little way and turn apart, in an odometry frame of its own."""
    T_odom_map = SE2(3.0, -7.0, 2.2)
    poses = [pose, pose @ SE2(0.15, 0.0, 0.3)]
    scans = [
        PosedScan(beams_at(segments, p, seed + k), T_odom_map @ p) for k, p in enumerate(poses)
    ]
    return scans, poses[-1]


def test_found_from_anywhere_in_a_home_and_never_believed_elsewhere(home):
    segments, snapshot = home
    rng = np.random.default_rng(5)
    n_found, seconds = 0, []
    for k in range(12):
        x, y = PLACES[k % len(PLACES)] + rng.uniform(-0.3, 0.3, 2)
        scans, truth = scans_at(segments, SE2(x, y, rng.uniform(-3.1, 3.1)), 10 * k)
        began_s = time.process_time()
        result = relocalize(snapshot, scans)
        seconds.append(time.process_time() - began_s)
        best = result.candidates[0].T_map_robot
        turn_rad = abs(wrap_angle(best.yaw_rad - truth.yaw_rad))
        is_right = best.distance_m(truth) < 0.10 and turn_rad < 0.05
        assert is_right or not result.is_believed
        n_found += is_right and result.is_believed
    assert n_found >= 11
    assert np.median(seconds) < 2.0


def test_a_strange_place_is_not_believed(home):
    _, snapshot = home
    segments, _ = corridor_loop()
    scans, _ = scans_at(segments, SE2(8.0, 0.8, 0.1), 3)
    assert not relocalize(snapshot, scans).is_believed


def test_two_rooms_alike_are_not_told_apart():
    twins = np.concatenate((box(0, 0, 4, 3), box(10, 0, 14, 3)))
    snapshot = snapshot_of(twins, [(2.0, 1.5), (12.0, 1.5)])
    scans, _ = scans_at(twins, SE2(1.5, 1.2, 0.4), 1)
    result = relocalize(snapshot, scans)
    assert not result.is_believed
    assert "alike" in result.reason


def test_without_a_map_or_with_nothing_in_reach_it_says_so(home):
    segments, snapshot = home
    scans, _ = scans_at(segments, SE2(5.0, 4.3, 0.0), 1)
    assert not relocalize(OccupancyMap().snapshot(), scans).is_believed
    few = PosedScan(scans[0].beams.select(slice(0, 20)), SE2.identity())
    assert "too little" in relocalize(snapshot, [few]).reason
    assert not relocalize(snapshot, []).is_believed
