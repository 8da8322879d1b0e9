import math

import numpy as np
import pytest
from simulation_toys import IDEAL, command, drive, room, world

from drivers.simulation.config import SimulationConfig, WheelConfig
from drivers.simulation.homes.home import Box
from drivers.simulation.scenario import Scenario
from homebody.geometry import SE2
from homebody.messages import BodyDescription, default_body


def settle(w):
    drive(w, 0.5, 0.0, 0.0)


def test_straight_line_is_straight_and_as_long_as_odometry_says():
    w = world()
    frames = drive(w, 3.0, 0.5, 0.0)
    settle(w)
    pose = w.truth.T_home_robot
    # 3 s at 0.5 m/s less the ramp of 0.5 / 3 s up and as much longer down.
    assert pose.x_m - 1.0 == pytest.approx(1.5, abs=0.02)
    assert abs(pose.y_m - 2.0) < 1e-6
    assert frames[-1].odometry[-1].speed_m_s == pytest.approx(0.5, abs=1e-3)


def test_turn_on_the_spot():
    w = world()
    drive(w, 2.0, 0.0, 1.0)
    settle(w)
    pose = w.truth.T_home_robot
    assert pose.yaw_rad == pytest.approx(2.0, abs=0.03)
    assert pose.distance_m(SE2(1.0, 2.0, 0.0)) < 0.005


def test_arc_has_the_radius_of_speed_over_yaw_rate():
    w = world(room(start=SE2(3.0, 2.0, 0.0)))
    drive(w, 1.0, 0.4, 0.8)
    positions = []
    drive(w, 6.0, 0.4, 0.8, lambda _: positions.append(w.truth.T_home_robot.translation()))
    points = np.array(positions)
    # Circle through all points by linear least squares: x^2 + y^2 = 2 a x + 2 b y + c.
    rows = np.column_stack([2 * points, np.ones(len(points))])
    a, b, c = np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0]
    assert math.sqrt(c + a * a + b * b) == pytest.approx(0.5, abs=0.01)


def test_odometry_equals_truth_without_slip_and_noise():
    w = world(room(start=SE2(3.0, 2.0, 0.0)))
    frames = drive(w, 4.0, 0.3, 0.7)
    frames += drive(w, 0.6, 0.0, 0.0)
    driven = SE2(3.0, 2.0, 0.0).inverse() @ w.truth.T_home_robot
    last = frames[-1].odometry[-1].T_odom_robot
    assert last.distance_m(driven) < 0.01
    assert last.yaw_rad == pytest.approx(driven.yaw_rad, abs=0.01)


def test_braking_distance_of_an_emergency_stop():
    w = world()
    drive(w, 1.5, 1.0, 0.0)
    start_m = w.truth.T_home_robot.x_m
    assert w.truth.speed_m_s == pytest.approx(1.0, abs=0.01)
    drive(w, 1.0, 0.0, 0.0)
    # v^2 / 2a, and the motor's lag of 30 ms (with the 5 ms of creep) at full speed before it.
    assert w.truth.T_home_robot.x_m - start_m == pytest.approx(1.0 / 6.0 + 0.035, abs=0.01)
    assert abs(w.truth.speed_m_s) < 1e-3


def test_no_command_makes_it_exceed_the_emergency_deceleration():
    w = world()
    speeds = []
    drive(w, 1.0, 1.0, 0.0, lambda _: speeds.append(w.truth.speed_m_s))
    drive(w, 1.0, -0.3, 0.0, lambda _: speeds.append(w.truth.speed_m_s))
    assert np.abs(np.diff(speeds)).max() / 0.02 < 3.05


def test_too_little_grip_makes_it_skid():
    icy = SimulationConfig(wheels=WheelConfig(friction=0.1, slip_std=0.0))
    w = world(config=icy)
    drive(w, 2.0, 1.0, 0.0)
    start_m = w.truth.T_home_robot.x_m
    drive(w, 1.5, 0.0, 0.0)
    # v^2 / (2 mu g) = 0.51 m instead of 0.17 m.
    assert w.truth.T_home_robot.x_m - start_m > 0.4


def test_slip_bends_the_true_motion_but_not_odometry():
    floor = SimulationConfig(wheels=WheelConfig(slip_std=0.03))
    w = world(room(12.0, 8.0, SE2(1.0, 4.0, 0.0)), config=floor, seed=5)
    frames = drive(w, 12.0, 0.6, 0.0)
    last = frames[-1].odometry[-1].T_odom_robot
    assert abs(last.y_m) < 0.05
    assert abs(w.truth.T_home_robot.y_m - 4.0) > 0.1


def test_wall_stops_it_and_is_felt_in_front():
    w = world(room(start=SE2(5.0, 2.0, 0.0)))
    frames = drive(w, 3.0, 0.3, 0.0)
    truth = w.truth
    assert truth.T_home_robot.x_m == pytest.approx(6.0 - 0.21, abs=0.01)
    assert truth.is_touching
    assert truth.clearance_m == 0.0
    bumps = [f.bump for f in frames if f.bump is not None]
    assert bumps[0].count == 0
    assert bumps[-1].count == 1
    assert bumps[-1].is_pressed
    assert abs(bumps[-1].angle_robot_rad) < 0.3
    # The wheels spin on, as they do on a real floor.
    assert frames[-1].odometry[-1].T_odom_robot.x_m > 0.85


def test_corner_touch_on_the_left_is_felt_on_the_left():
    w = world(room(start=SE2(2.0, 2.0, 0.0), boxes=[Box(2.0, 2.35, 0.05, 0.2)]))
    frames = drive(w, 0.4, 0.0, -1.0)
    bump = [f.bump for f in frames if f.bump is not None][-1]
    assert bump.count == 0 or bump.angle_robot_rad != 0.0
    frames = drive(w, 2.0, 0.0, 1.5)
    bump = [f.bump for f in frames if f.bump is not None][-1]
    assert bump.count >= 1


def test_things_overhead_do_not_touch():
    shelf = Box(3.0, 2.0, 0.3, 1.0, z_low_m=0.6, z_high_m=0.7)
    w = world(room(boxes=[shelf]))
    drive(w, 4.5, 0.9, 0.0)
    assert w.truth.T_home_robot.x_m > 4.0
    assert w.truth.touch_count == 0


def test_any_convex_footprint():
    n = 8
    angles = 2 * np.pi * np.arange(n) / n
    outline = 0.2 * np.column_stack([np.cos(angles), np.sin(angles)]) + (0.05, 0.0)
    body = BodyDescription(footprint_m=outline)
    w = world(room(start=SE2(5.0, 2.0, 0.0)), body=body)
    assert w.truth.clearance_m == pytest.approx(6.0 - 5.25, abs=1e-6)
    drive(w, 3.0, 0.4, 0.0)
    assert w.truth.T_home_robot.x_m == pytest.approx(6.0 - 0.25, abs=0.01)


def test_relocation_moves_the_robot_but_not_its_odometry():
    w = world()
    before = drive(w, 0.5, 0.0, 0.0)[-1].odometry[-1]
    w.relocate(SE2(4.0, 1.0, 1.0))
    after = drive(w, 0.5, 0.0, 0.0)[-1].odometry[-1]
    assert after.T_odom_robot == before.T_odom_robot
    assert w.truth.T_home_robot.distance_m(SE2(4.0, 1.0, 1.0)) < 1e-6
    assert w.truth.relocation_count == 1


def test_relocation_by_scenario():
    scenario = Scenario.model_validate({"relocations": [{"at_s": 0.5, "x_m": 3, "y_m": 1}]})
    w = world(scenario=scenario)
    drive(w, 0.4, 0.0, 0.0)
    assert w.truth.T_home_robot.x_m == pytest.approx(1.0)
    drive(w, 0.2, 0.0, 0.0)
    assert w.truth.T_home_robot.x_m == pytest.approx(3.0)


def test_command_that_is_not_finite_is_refused():
    w = world()
    with pytest.raises(ValueError, match="finite"):
        w.apply(command(0.0, math.nan, 0.0))
    w.advance_to(0.5)
    assert w.truth.T_home_robot == SE2(1.0, 2.0, 0.0)


def test_clock_need_not_start_at_zero():
    from drivers.simulation.world import World

    w = World(room(), default_body(), config=IDEAL, start_time_s=1234.5)
    frames = drive(w, 0.2, 0.1, 0.0)
    assert frames[-1].odometry[-1].capture_time_s == pytest.approx(1234.7)


def flat(frames):
    """Every number in the frames, as bytes, in order."""
    numbers = []
    for f in frames:
        numbers += [p.ranges_m.tobytes() for p in f.lidar]
        numbers += [d.ranges_m.tobytes() for d in f.depth]
        numbers += [repr(o) for o in f.odometry] + [repr(f.people), repr(f.head), repr(f.bump)]
    return numbers


def people_scenario(**more):
    route = {"name": "ann", "waypoints_m": [[3, 2.5], [3, 1]], "is_looping": True}
    return Scenario.model_validate({"people": [route], **more})


def test_same_seed_same_run_bit_for_bit():
    noisy = SimulationConfig()
    runs = [
        flat(drive(world(scenario=people_scenario(), config=noisy, seed=s), 1.5, 0.2, 0.3))
        for s in (7, 7, 8)
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_how_often_it_is_read_changes_nothing():
    slow, fast = world(config=SimulationConfig()), world(config=SimulationConfig())
    for w in (slow, fast):
        w.apply(command(0.0, 0.2, 0.1))
    for now_s in np.arange(1, 101) * 0.005:
        fast.advance_to(now_s)
        fast.truth  # noqa: B018
    slow.advance_to(0.5)
    assert slow.truth == fast.truth


def test_a_fault_in_one_sensor_leaves_the_others_alone():
    fault = {"sensor": "lidar", "kind": "nan"}
    noisy = SimulationConfig()
    plain = drive(world(config=noisy), 0.5, 0.2, 0.1)
    broken = drive(world(scenario=Scenario(sensor_faults=(fault,)), config=noisy), 0.5, 0.2, 0.1)
    for a, b in zip(plain, broken, strict=True):
        assert repr(a.odometry) == repr(b.odometry)
        assert [d.ranges_m.tobytes() for d in a.depth] == [d.ranges_m.tobytes() for d in b.depth]
    assert all(np.isnan(p.ranges_m).all() for f in broken for p in f.lidar)
