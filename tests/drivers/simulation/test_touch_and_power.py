import math

import numpy as np
import pytest
from simulation_toys import IDEAL, drive, room, world

from drivers.simulation.channel import Channel, generator_for
from drivers.simulation.config import BatteryConfig
from drivers.simulation.controller import MotorController
from drivers.simulation.touch import Accumulator, Bumper, DockPlate, Touch
from drivers.simulation.wheels import DeadReckoning, SlipProcess
from homebody.geometry import SE2
from homebody.messages import Command, default_body


def test_bumper_counts_a_chattering_contact_once():
    bumper = Bumper()
    for t in (1.0, 1.005, 1.03, 1.07):
        bumper.feel(Touch(t, (0.0, 0.12), (0.0, 1.0)))
    assert bumper.capture(1.1).count == 1
    assert bumper.capture(1.1).angle_robot_rad == pytest.approx(math.pi / 2)
    assert not bumper.capture(1.2).is_pressed
    bumper.feel(Touch(1.3, (-0.2, 0.0), (-1.0, 0.0)))
    assert bumper.capture(1.3).count == 2


def test_cliff_sensors_over_a_drop():
    outline = np.array([[1.15, 1.0], [2.0, 1.0], [2.0, 3.0], [1.15, 3.0]])
    frames = drive(world(room(drops=(outline,))), 0.1, 0.0, 0.0)
    cliff = [f.cliff for f in frames if f.cliff is not None][-1]
    assert cliff.is_drop.tolist() == [True, True, True, False, False, False]


def test_battery_drains_and_charges():
    battery = Accumulator(
        BatteryConfig(drain_per_hour=0.2, drain_per_metre=0.01, charge_per_hour=1.2), 0.5
    )
    battery.step(1800.0, 10.0, is_docked=False)
    assert battery.charge == pytest.approx(0.5 - 0.1 - 0.1)
    battery.step(1800.0, 0.0, is_docked=True)
    assert battery.charge == pytest.approx(0.3 - 0.1 + 0.6)
    assert battery.capture(0.0).is_charging
    battery.step(36000.0, 0.0, is_docked=True)
    assert battery.charge == 1.0


def test_dock_contact_needs_place_angle_and_rest():
    plate = DockPlate(SE2(1.0, 1.0, math.pi))
    assert plate.is_docked(SE2(1.05, 1.0, -math.pi + 0.1), 0.0)
    assert not plate.is_docked(SE2(1.07, 1.0, math.pi), 0.0)
    assert not plate.is_docked(SE2(1.0, 1.0, math.pi - 0.21), 0.0)
    assert not plate.is_docked(SE2(1.0, 1.0, math.pi), 0.1)
    assert not DockPlate(None).is_docked(SE2(1.0, 1.0, 0.0), 0.0)


def test_a_robot_on_its_dock_charges():
    w = world(room(dock=SE2(1.0, 2.0, 0.0)))
    frames = drive(w, 1.2, 0.0, 0.0)
    assert [f.dock for f in frames if f.dock][-1].is_docked
    assert [f.battery for f in frames if f.battery][-1].is_charging


def test_channel_keeps_order_and_delay():
    channel = Channel(0.1, 0.5, np.random.default_rng(0))
    for i in range(50):
        channel.put(0.01 * i, i)
    assert channel.take(0.049) == ()
    got = [(now, m) for now in np.arange(0.0, 1.0, 0.001) for m in channel.take(now)]
    assert [m for _, m in got] == list(range(50))
    assert all(0.05 - 1e-3 <= now - 0.01 * m <= 0.15 + 2e-3 for now, m in got)


def test_generators_differ_by_name_and_repeat_by_seed():
    a = generator_for(1, "lidar").random(3)
    assert np.array_equal(a, generator_for(1, "lidar").random(3))
    assert not np.array_equal(a, generator_for(1, "depth").random(3))
    assert not np.array_equal(a, generator_for(2, "lidar").random(3))


def test_slip_process_has_its_variance_and_memory():
    slip = SlipProcess(0.02, 0.1, 0.005, np.random.default_rng(3))
    samples = np.array([slip.next() for _ in range(40000)])
    np.testing.assert_allclose(samples.std(axis=0), 0.02, rtol=0.1)
    lag = 20  # 0.1 s: correlation 1/e
    left = samples[:, 0]
    assert np.corrcoef(left[:-lag], left[lag:])[0, 1] == pytest.approx(math.exp(-1), abs=0.08)
    assert abs(np.corrcoef(samples.T)[0, 1]) < 0.1
    # Smooth: hardly any change from step to step, unlike an Ornstein-Uhlenbeck process (0.3).
    assert np.diff(left).std() / 0.02 < 0.12


def test_dead_reckoning_of_a_circle_closes():
    reckoning = DeadReckoning(0.2, 0.0, np.random.default_rng(0), 0.0)
    for i in range(1, 101):
        share = i / 100 * 2 * math.pi
        odometry = reckoning.read(0.02 * i, 0.4 * share, 0.6 * share)  # radius 0.5 m
    assert odometry.T_odom_robot.distance_m(SE2.identity()) < 1e-9
    assert odometry.yaw_rate_rad_s == pytest.approx(2 * math.pi / 2.0)
    assert odometry.speed_m_s == pytest.approx(0.5 * math.pi)


def test_head_respects_its_limits_and_does_not_overshoot():
    body = default_body()
    controller = MotorController(body, 0.2, 0.005)
    controller.apply(Command.stand(0.0, "look", pan_rad=1.5, tilt_rad=0.5))
    pan = np.array([controller.head_angles(0.005 * i)[0] for i in range(400)])
    rate = np.diff(pan, prepend=0.0) / 0.005
    accel = np.diff(rate, prepend=0.0) / 0.005
    assert pan.max() <= 1.5 + 1e-9
    assert pan[-1] == pytest.approx(1.5, abs=1e-6)
    assert np.abs(rate).max() <= body.head.speed_max_rad_s + 1e-9
    assert np.abs(accel).max() <= 1.02 * body.head.accel_max_rad_s2


def test_controller_without_any_command_stands():
    controller = MotorController(default_body(), 0.2, 0.005)
    assert controller.is_timed_out(0.0)
    assert controller.wheel_speeds(0.0) == (0.0, 0.0)
    assert controller.head_angles(0.0) == (0.0, 0.0)


def test_turning_robot_does_not_shake_its_head():
    w = world(config=IDEAL)
    drive(w, 1.0, 0.0, 0.0)
    pans = []
    drive(w, 1.5, 0.3, 2.0, lambda _: pans.append(w.truth.pan_rad))
    assert np.abs(pans).max() < 0.05
