"""Whole drives through a flat world: the pose stays right, walls stay thin, nothing is random."""

from dataclasses import replace

import numpy as np
import pytest
from flat_world import box, cast, corridor_loop, drive, inputs, small_home
from scipy.spatial import cKDTree

from homebody.geometry import SE2
from homebody.messages import BrainInput, DepthFrame, LidarScan, Odometry, default_body
from navigation.slam.slam import Slam
from navigation.types import FREE, OCCUPIED

BODY = default_body()


def run(segments, way, duration_s, seed, moving=None, **odometry):
    rng = np.random.default_rng(seed)
    driven = drive(way, duration_s, rng, **odometry)
    slam = Slam(BODY, T_map_robot_start=SE2.from_array(driven.truth[0]))
    error, outputs = [], []
    for now_s, brain_input, truth in inputs(segments, driven, rng, moving=moving):
        outputs.append(slam.step(brain_input, (), now_s))
        error.append(outputs[-1].estimate.T_map_robot.distance_m(truth))
    return slam, np.array(error), outputs


def surface_points(segments):
    along = np.linspace(0.0, 1.0, 400)[:, None]
    return np.concatenate([s[:2] + along * (s[2:] - s[:2]) for s in segments])


@pytest.fixture(scope="module")
def home_run():
    return run(*small_home(), 50.0, 1)


def test_the_pose_stays_right_in_a_home(home_run):
    _, error, outputs = home_run
    assert np.sqrt(np.mean(error**2)) < 0.01
    assert error.max() < 0.03
    assert min(o.estimate.quality for o in outputs) > 0.8


def test_the_pose_stays_right_around_a_loop():
    _, error, outputs = run(*corridor_loop(), 75.0, 1, scale=0.03, slip=0.03)
    assert np.sqrt(np.mean(error**2)) < 0.03
    assert error.max() < 0.10
    assert min(o.estimate.quality for o in outputs) > 0.8


def test_odometry_alone_would_be_lost():
    _, way = small_home()
    driven = drive(way, 75.0, np.random.default_rng(1))
    T_map_odom = SE2.from_array(driven.truth[0]) @ SE2.from_array(driven.odom[0]).inverse()
    reckoned = T_map_odom.apply(driven.odom[:, :2])
    assert np.linalg.norm(reckoned - driven.truth[:, :2], axis=1).max() > 0.5


def test_walls_are_thin_and_where_they_are(home_run):
    segments, _ = small_home()
    _, _, outputs = home_run
    snapshot = outputs[-1].snapshot
    occupied_m = snapshot.spec.centres_m(np.argwhere(snapshot.cells == OCCUPIED))
    surface_m = surface_points(segments)
    off_m, _ = cKDTree(surface_m).query(occupied_m)
    assert off_m.max() < 0.08  # no second wall anywhere
    assert np.mean(off_m < 0.05) > 0.99
    free_m = snapshot.spec.centres_m(np.argwhere(snapshot.cells == FREE))
    is_inside = ((free_m > 0.0) & (free_m < (10.0, 8.0))).all(axis=1)
    assert np.mean(is_inside) > 0.99


def test_corrections_are_smooth(home_run):
    _, _, outputs = home_run
    poses = [o.estimate.T_map_odom.inverse() @ o.estimate.T_map_robot for o in outputs]
    jumps = [
        (a.estimate.T_map_odom @ pose).distance_m(b.estimate.T_map_odom @ pose)
        for a, b, pose in zip(outputs, outputs[1:], poses[1:], strict=False)
    ]
    assert max(jumps) < 0.008


def test_the_same_seed_gives_the_same_run_bit_for_bit():
    segments, way = small_home()
    runs = [run(segments, way, 3.0, 5) for _ in range(2)]
    assert np.array_equal(runs[0][1], runs[1][1])
    assert np.array_equal(runs[0][2][-1].snapshot.cells, runs[1][2][-1].snapshot.cells)


def test_a_crowd_of_strangers_does_not_lead_astray():
    segments, way = small_home()

    def walkers(time_s):
        at = [(3.0 + 0.5 * np.sin(time_s), 4.8), (1.0, 4.0 + 0.3 * time_s % 0.8), (3.7, 3.8)]
        return np.concatenate([box(x - 0.15, y - 0.15, x + 0.15, y + 0.15) for x, y in at])

    _, error, _ = run(segments, way, 12.0, 6, moving=walkers)
    assert error.max() < 0.10


def test_walled_in_it_does_not_jump(home_run):
    segments, way = small_home()
    state = home_run[0].state()
    driven = drive(way, 8.0, np.random.default_rng(11))

    def crowd(time_s):
        x, y, _ = driven.truth[round(100 * time_s)]
        return box(x - 0.3, y - 0.3, x + 0.3, y + 0.3) if time_s > 5.0 else np.zeros((0, 4))

    slam = Slam(BODY, T_map_robot_start=SE2.from_array(driven.truth[0]), known_map=state)
    ticks = inputs(segments, driven, np.random.default_rng(11), moving=crowd)
    steps = [(slam.step(i, (), now_s).estimate, truth) for now_s, i, truth in ticks]
    error = [estimate.T_map_robot.distance_m(truth) for estimate, truth in steps]
    assert max(error) < 0.12
    assert steps[-1][0].quality < 0.4


def test_it_finds_itself_again_after_a_push(home_run):
    segments, way = small_home()
    rng = np.random.default_rng(7)
    driven = drive(way, 16.0, rng)
    start = SE2.from_array(driven.truth[0])
    slam = Slam(BODY, T_map_robot_start=start, known_map=home_run[0].state())
    push = SE2(0.9, -0.5, 0.7)
    quality, error = [], []
    for now_s, brain_input, truth in inputs(segments, driven, rng):
        tick = pushed(brain_input, push) if now_s > 6.0 else brain_input
        estimate = slam.step(tick, (), now_s).estimate
        quality.append(estimate.quality)
        error.append(estimate.T_map_robot.distance_m(truth))
    assert max(error[:59]) < 0.03
    assert max(error[60:]) > 0.5
    assert min(quality[60:90]) < 0.5
    assert max(error[-40:]) < 0.03
    assert quality[-1] > 0.9


def pushed(brain_input, push):
    """What the wheels did not see: the odometry frame moves under the robot."""
    xyt = brain_input.scan.odom_xyt
    moved = np.column_stack((push.apply(xyt[:, :2]), xyt[:, 2] + push.yaw_rad))
    T_odom_robot = push @ brain_input.odometry.T_odom_robot
    return replace(
        brain_input,
        odometry=replace(brain_input.odometry, T_odom_robot=T_odom_robot),
        scan=replace(brain_input.scan, odom_xyt=moved),
    )


def test_bad_input_is_named_and_changes_nothing():
    segments, way = small_home()
    rng = np.random.default_rng(8)
    driven = drive(way, 3.0, rng)
    slam = Slam(BODY, T_map_robot_start=SE2.from_array(driven.truth[0]))
    *_, (now_s, good, _) = ticks = list(inputs(segments, driven, rng))
    for time_s, brain_input, _ in ticks:
        before = slam.step(brain_input, (), time_s)
    later = good.scan.capture_time_s + 0.1
    short = replace(good.scan, capture_time_s=later, ranges_m=good.scan.ranges_m[:-1])
    blind = replace(good.scan, capture_time_s=later, ranges_m=np.full(360, np.nan))
    broken = replace(good.scan, capture_time_s=later * np.nan)
    for scan in (short, blind, broken):
        output = slam.step(replace(good, scan=scan), (), now_s + 0.1)
        assert len(output.faults) == 1
        assert output.faults[0].startswith("lidar scan ignored")
        assert output.snapshot is before.snapshot
        assert output.estimate.T_map_robot == before.estimate.T_map_robot
    depth = DepthFrame(now_s, np.ones((3, 3)))
    output = slam.step(BrainInput(odometry=good.odometry, depth=depth), (), now_s)
    assert output.faults[0].startswith("depth frame ignored")


def test_nothing_at_all_gives_the_start_pose():
    start = SE2(1.0, 2.0, 0.5)
    output = Slam(BODY, T_map_robot_start=start).step(BrainInput(), (), 0.0)
    assert output.estimate.T_map_robot == start
    assert output.faults == ()


def test_a_stored_map_is_taken_up_again(home_run):
    segments, way = small_home()
    for known in (home_run[0].state(), home_run[2][-1].snapshot):
        rng = np.random.default_rng(10)
        driven = drive(way, 8.0, rng)
        again = Slam(BODY, T_map_robot_start=SE2.from_array(driven.truth[0]), known_map=known)
        error = [
            again.step(brain_input, (), now_s).estimate.T_map_robot.distance_m(truth)
            for now_s, brain_input, truth in inputs(segments, driven, rng)
        ]
        assert max(error) < 0.05


def test_depth_finds_what_the_lidar_looks_over():
    slam = Slam(BODY)
    T_robot_depth = BODY.depth.T_robot_depth
    rays = T_robot_depth.rotate(BODY.depth.directions())
    with np.errstate(divide="ignore"):
        floor_m = np.where(
            rays[..., 2] < 0.0, -T_robot_depth.translation_m[2] / rays[..., 2], np.inf
        )
    point_x = T_robot_depth.translation_m[0] + rays[..., 0] * floor_m
    block_m = (1.0 - T_robot_depth.translation_m[0]) / rays[..., 0]  # a block from x = 1 m on
    height = T_robot_depth.translation_m[2] + rays[..., 2] * block_m
    is_block = (point_x > 1.0) & (height > 0.0) & (height < 0.12)
    ranges = np.where(is_block, block_m, np.where(floor_m < 4.0, floor_m, np.inf))
    origins, angles = np.zeros((360, 2)), BODY.lidar.beam_angles_rad()
    scan_ranges = cast(box(-3, -3, 4, 3), origins, angles)
    for k in range(6):
        now_s = 0.1 * (k + 1)
        scan = LidarScan(k, np.full(360, now_s), scan_ranges, np.zeros((360, 3)))
        odometry = Odometry(now_s, SE2.identity(), 0.0, 0.0)
        output = slam.step(BrainInput(odometry, scan, DepthFrame(now_s - 0.03, ranges)), (), now_s)
    snapshot = output.snapshot
    low_m = snapshot.spec.centres_m(np.argwhere(snapshot.is_low))
    assert len(low_m) > 5
    assert np.abs(low_m[:, 0] - 1.0).max() < 0.08
    assert (snapshot.cells[snapshot.is_low] == OCCUPIED).all()
    assert np.abs(output.depth_points_map_m[:, 0] - 1.0).max() < 0.05
