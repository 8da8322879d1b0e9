import math

import mujoco
import numpy as np
import pytest
from simulation_toys import IDEAL, drive, room, world

from drivers.simulation.config import SimulationConfig
from drivers.simulation.homes.home import Box, Cylinder
from drivers.simulation.model import build_model
from drivers.simulation.rays import RayCaster
from drivers.simulation.scenario import Scenario
from homebody.geometry import SE2, SE3
from homebody.messages import BodyDescription, LidarDescription, default_body, rectangle_footprint


def turn_of(w, duration_s=0.2):
    """Ranges of the last whole turn, shape (n_beams,)."""
    frames = drive(w, duration_s, 0.0, 0.0)
    packets = [p for f in frames for p in f.lidar]
    whole = packets[-1].turn - (packets[-1].first_beam != 324)
    return np.concatenate([p.ranges_m for p in packets if p.turn == whole])


def analytic_ranges(pose, angles, width=6.0, height=4.0):
    """Distance to the walls of an empty room, beam by beam (slow and obvious)."""
    x, y, yaw = pose.x_m, pose.y_m, pose.yaw_rad
    ranges = []
    for angle in angles:
        c, s = math.cos(yaw + angle), math.sin(yaw + angle)
        to_x = (width - x) / c if c > 0 else -x / c if c < 0 else math.inf
        to_y = (height - y) / s if s > 0 else -y / s if s < 0 else math.inf
        ranges.append(min(to_x, to_y))
    return np.array(ranges)


@pytest.mark.parametrize("pose", [SE2(1.0, 2.0, 0.0), SE2(4.3, 0.7, 2.2)])
def test_lidar_measures_a_room(pose):
    angles = -math.pi + 2.0 * math.pi * np.arange(360) / 360
    body = BodyDescription(
        rectangle_footprint(0.4, 0.3),
        lidar=LidarDescription(SE3.from_xyz_rpy((0, 0, 0.2)), noise_std_m=0.0),
    )
    ranges = turn_of(world(room(start=pose), body=body))
    expected = analytic_ranges(pose, angles)
    np.testing.assert_allclose(ranges, expected, atol=1e-6)


def test_lidar_mounted_off_centre():
    mount = SE3.from_xyz_rpy((0.1, 0.05, 0.2), (0.0, 0.0, 0.5))
    body = BodyDescription(
        rectangle_footprint(0.4, 0.3), lidar=LidarDescription(mount, noise_std_m=0.0)
    )
    pose = SE2(2.0, 1.5, 1.0)
    ranges = turn_of(world(room(start=pose), body=body))
    lidar = pose @ SE2(0.1, 0.05, 0.5)
    angles = -math.pi + 2.0 * math.pi * np.arange(360) / 360
    expected = analytic_ranges(lidar, angles)
    np.testing.assert_allclose(ranges, expected, atol=1e-6)


@pytest.mark.parametrize("spread_rad", [0.3, 2.0, 3.1, 6.28])
def test_hiding_what_is_out_of_view_changes_no_ray(spread_rad):
    """Against a cast that sees every geom, from many places."""
    rng = np.random.default_rng(4)
    boxes = [Box(*rng.uniform(0.5, 9.5, 2), *rng.uniform(0.03, 0.4, 2), a) for a in range(40)]
    poles = tuple(Cylinder(*rng.uniform(0.5, 9.5, 2), 0.1) for _ in range(20))
    built = build_model(room(10.0, 10.0, boxes=boxes, cylinders=poles), default_body(), IDEAL)
    data = mujoco.MjData(built.model)
    mujoco.mj_forward(built.model, data)
    angles = 0.7 + np.linspace(-spread_rad / 2, spread_rad / 2, 30)
    rays = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(30)])
    caster = RayCaster(built.model, data, rays, np.array([0.1, 0.0, 0.2]), 5.0)
    groups = np.array([1, 1, 1, 0, 1, 1], dtype=np.uint8)
    for x, y, yaw in rng.uniform((0, 0, -4), (10, 10, 4), (30, 3)):
        ranges = caster.cast(x, y, math.cos(yaw), math.sin(yaw))
        expected = np.array(
            [
                mujoco.mj_ray(built.model, data, caster.point_home_m, v, groups, 1, -1, None)
                for v in caster.vectors_home
            ]
        )
        expected[(expected < 0.0) | (expected > 5.0)] = np.inf
        np.testing.assert_allclose(ranges, expected, atol=1e-9)


def test_nothing_in_range_is_infinite_and_noise_is_as_described():
    w = world(room(30.0, 30.0, SE2(4.0, 15.0, 0.0)))
    turns = np.array([turn_of(w, 0.1) for _ in range(20)])
    assert np.isposinf(turns[:, 180]).all()  # straight ahead: 26 m
    back = turns[:, :5]  # straight behind: 4 m
    assert back.mean() == pytest.approx(4.0, abs=0.01)
    assert back.std() == pytest.approx(0.01, rel=0.4)


def test_share_of_lost_beams():
    config = SimulationConfig(range_dropout_share=0.1)
    frames = drive(world(config=config), 1.0, 0.0, 0.0)
    ranges = np.concatenate([p.ranges_m for f in frames for p in f.lidar])
    # 3600 beams: three standard deviations of the share are 0.015.
    assert np.isnan(ranges).mean() == pytest.approx(0.1, abs=0.015)


def test_lidar_misses_what_is_above_and_below_its_plane():
    low = Box(2.0, 2.0, 0.1, 1.0, z_high_m=0.15)
    high = Box(3.0, 2.0, 0.1, 1.0, z_low_m=0.3)
    pole = Cylinder(4.0, 2.0, 0.1)
    ahead = turn_of(world(room(boxes=[low, high], cylinders=(pole,))))[180]
    assert ahead == pytest.approx(2.9, abs=0.05)


def test_each_packet_is_cast_from_where_the_robot_was():
    """While turning, a packet's beams fit the pose at its own capture time."""
    w = world()
    drive(w, 0.6, 0.0, 1.0)
    poses = {}

    def note(_):
        poses[round(w.time_s, 6)] = w.truth.T_home_robot

    frames = drive(w, 0.5, 0.0, 1.0, note)
    checked = 0
    for packet in (p for f in frames for p in f.lidar):
        pose = poses.get(round(packet.capture_time_s[0], 6))
        if pose is None:
            continue
        beams = -math.pi + 2.0 * math.pi * (packet.first_beam + np.arange(36)) / 360
        expected = analytic_ranges(pose, beams)
        np.testing.assert_allclose(packet.ranges_m, expected, atol=0.06)
        checked += 1
    assert checked >= 20


def depth_of(w, duration_s=0.1):
    return [d for f in drive(w, duration_s, 0.0, 0.0) for d in f.depth][-1].ranges_m


def test_depth_sees_the_floor_where_it_is():
    w = world(room(30.0, 30.0, SE2(10.0, 15.0, 0.0)))
    ranges = depth_of(w)
    camera = w.description.depth
    rays = camera.T_robot_depth.rotate(camera.directions())
    down = rays[..., 2] < -0.34 / 3.9
    np.testing.assert_allclose(ranges[down], 0.34 / -rays[down][:, 2], atol=0.06)
    assert np.isposinf(ranges[rays[..., 2] > -0.34 / 4.1]).all()


def test_depth_sees_low_things_that_the_lidar_misses():
    plain = depth_of(world())
    step = depth_of(world(room(boxes=[Box(2.0, 2.0, 0.1, 1.0, z_high_m=0.15)])))
    assert (step < plain - 0.1).sum() > 20


def test_depth_sees_a_drop():
    outline = np.array([[1.8, 1.0], [3.0, 1.0], [3.0, 3.0], [1.8, 3.0]])
    plain, over = depth_of(world()), depth_of(world(room(drops=(outline,))))
    assert (over > plain + 0.5).sum() > 50
    # The floor before the edge is as it was: 1.6 m - 1.2 m along the lowest row.
    np.testing.assert_allclose(over[-1], plain[-1], atol=1e-9)


def faulty(kind, sensor="lidar", **more):
    fault = {"sensor": sensor, "kind": kind, "from_s": 0.25, **more}
    w = world(scenario=Scenario.model_validate({"sensor_faults": [fault]}), config=IDEAL)
    drive(w, 0.3, 0.0, 0.0)
    return drive(w, 0.3, 0.0, 0.5)


@pytest.mark.parametrize(("kind", "value"), [("nan", np.nan), ("zero", 0.0), ("max", 8.0)])
def test_fault_fills_the_ranges(kind, value):
    ranges = np.concatenate([p.ranges_m for f in faulty(kind) for p in f.lidar])
    np.testing.assert_array_equal(ranges, value)


def test_dead_lidar_says_nothing():
    assert all(not f.lidar for f in faulty("dead"))


def test_frozen_lidar_repeats_the_last_turn():
    packets = [p for f in faulty("frozen") for p in f.lidar]
    by_beam = {}
    for p in packets:
        by_beam.setdefault(p.first_beam, []).append(p.ranges_m)
    assert all((np.array(r) == r[0]).all() for r in by_beam.values())
    assert packets[-1].capture_time_s[0] > packets[0].capture_time_s[0] + 0.2


def test_dropout_takes_its_share():
    ranges = np.concatenate([p.ranges_m for f in faulty("dropout", share=0.5) for p in f.lidar])
    assert np.isnan(ranges).mean() == pytest.approx(0.5, abs=0.06)


def test_delay_makes_it_late():
    w = world(
        scenario=Scenario.model_validate(
            {"sensor_faults": [{"sensor": "depth", "kind": "delay", "extra_delay_s": 0.2}]}
        )
    )
    ages = []
    for frame_time in np.arange(1, 40) * 0.02:
        w.advance_to(frame_time)
        ages += [frame_time - d.capture_time_s for d in w.read(frame_time).depth]
    assert min(ages) >= 0.2 - 1e-9
    assert max(ages) <= 0.23


def test_frozen_odometry_repeats_itself():
    odometry = [o for f in faulty("frozen", sensor="odometry") for o in f.odometry]
    assert len({o.T_odom_robot for o in odometry}) == 1
    assert len({o.capture_time_s for o in odometry}) == len(odometry)


def frames_with(**fault):
    """What is read of a driving robot with a fault from 0.5 s on."""
    faults = {"sensor_faults": [{"from_s": 0.5, **fault}]}
    w = world(scenario=Scenario.model_validate(faults), config=IDEAL)
    return drive(w, 1.0, 0.3, 0.0)[26:]


def test_swapped_messages_come_in_pairs_out_of_order():
    times = [
        o.capture_time_s for f in frames_with(sensor="odometry", kind="swapped") for o in f.odometry
    ]
    steps = np.diff(times).round(3)
    assert set(steps) == {-0.02, 0.06}
    assert sorted(times) == pytest.approx(np.arange(len(times)) * 0.02 + min(times))


def test_messages_of_the_wrong_size_lack_a_number():
    packet = frames_with(sensor="lidar", kind="wrong_size")[-1].lidar[-1]
    assert len(packet.ranges_m) == len(packet.capture_time_s) - 1
    assert len(frames_with(sensor="cliff", kind="wrong_size")[-1].cliff.is_drop) == 5


def test_other_sensors_are_filled_too():
    assert np.isnan(frames_with(sensor="odometry", kind="nan")[-1].odometry[-1].speed_m_s)
    assert frames_with(sensor="cliff", kind="max")[-1].cliff.is_drop.all()
    assert frames_with(sensor="bump", kind="max")[-1].bump.is_pressed


@pytest.mark.parametrize(("kind", "counted_m_s"), [("lock", 0.0), ("spin", 0.3)])
def test_locked_and_spinning_wheels_move_nothing(kind, counted_m_s):
    w = world(scenario=Scenario.model_validate({"wheel_faults": [{"kind": kind}]}), config=IDEAL)
    odometry = drive(w, 1.0, 0.3, 0.0)[-1].odometry[-1]
    assert w.truth.T_home_robot.x_m == pytest.approx(1.0, abs=0.01)
    assert odometry.speed_m_s == pytest.approx(counted_m_s, abs=0.02)
