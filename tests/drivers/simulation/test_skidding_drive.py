import numpy as np
import pytest
from simulation_toys import IDEAL, drive, world

from drivers.simulation.channel import Channel
from drivers.simulation.wheels import YawLoss


def with_wheels(**changes):
    return IDEAL.model_copy(update={"wheels": IDEAL.wheels.model_copy(update=changes)})


def test_jitter_lengthens_delays_by_up_to_itself_in_order():
    channel = Channel(0.2, 0.0, np.random.default_rng(0), jitter_s=0.15)
    for i in range(60):
        channel.put(0.1 * i, i)
    got = [(now, m) for now in np.arange(0.0, 8.0, 0.002) for m in channel.take(now)]
    late = np.array([now - 0.1 * m for now, m in got])
    assert [m for _, m in got] == list(range(60))
    assert late.min() > 0.2 - 1e-9
    assert late.max() <= 0.35 + 0.003
    assert np.ptp(late) > 0.08


def test_yaw_loss_stays_within_its_bound_and_is_continuous():
    loss = YawLoss(0.4, 1.0, np.random.default_rng(1))
    kept = np.array([loss.kept(t) for t in np.arange(0.0, 60.0, 0.01)])
    assert kept.min() >= 0.6
    assert kept.max() <= 1.0
    assert np.ptp(kept) > 0.2
    assert np.abs(np.diff(kept)).max() <= 0.4 * 0.01 + 1e-9
    assert YawLoss(0.0, 1.0, np.random.default_rng(1)).kept(3.3) == 1.0


def test_a_skidding_drive_turns_less_and_its_odometry_knows():
    w = world(config=with_wheels(yaw_loss_max=0.4))
    frames = drive(w, 3.0, 0.0, 1.0)
    turned = w.truth.T_home_robot.yaw_rad
    assert 0.6 * 2.8 < turned < 0.97 * 2.95
    assert frames[-1].odometry[-1].T_odom_robot.yaw_rad == pytest.approx(turned, abs=0.02)


def test_a_scale_error_is_counted_but_not_driven():
    honest, wrong = world(), world(config=with_wheels(encoder_scale_error=0.02))
    counted = [drive(w, 2.0, 0.5, 0.0)[-1].odometry[-1].T_odom_robot.x_m for w in (honest, wrong)]
    assert counted[1] / counted[0] == pytest.approx(1.02, abs=1e-6)
    assert wrong.truth.T_home_robot.x_m == honest.truth.T_home_robot.x_m
