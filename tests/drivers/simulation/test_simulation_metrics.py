import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulation.metrics import CollisionCounter, ErrorMeter, JerkMeter
from drivers.simulation.touch import Touch


def measured(speed, yaw_rate, rate_hz=50.0):
    meter = JerkMeter(rate_hz)
    for v, w in zip(speed, yaw_rate, strict=True):
        meter.add(float(v), float(w))
    return meter


@pytest.mark.parametrize("rate_hz", [50.0, 100.0])
def test_jerk_of_a_sinusoid(rate_hz):
    """v = 0.5 + A sin(w t): jerk = -A w^2 sin(w t), RMS A w^2 / sqrt 2, at any sample rate."""
    t = np.arange(0.0, 20.0, 1.0 / rate_hz)
    amplitude, omega = 0.2, 2.0 * math.pi * 0.5
    meter = measured(
        0.5 + amplitude * np.sin(omega * t), 2.0 + amplitude * np.sin(omega * t), rate_hz
    )
    expected = amplitude * omega**2 / math.sqrt(2.0)
    assert meter.jerk_rms_m_s3 == pytest.approx(expected, rel=0.02)
    assert meter.angular_jerk_rms_rad_s3 == pytest.approx(expected, rel=0.02)


@given(st.floats(-3.0, 3.0), st.floats(-2.0, 2.0))
def test_constant_acceleration_has_no_jerk_and_a_parabola_a_constant_one(jerk, accel):
    t = np.arange(100) * 0.02
    speed = 20.0 + accel * t + 0.5 * jerk * t**2
    assert measured(speed, 0 * t).jerk_rms_m_s3 == pytest.approx(abs(jerk), abs=1e-6)


def test_standing_does_not_count():
    t = np.arange(500) * 0.02
    moving = 0.5 + 0.2 * np.sin(3.0 * t)
    still = np.zeros(500)
    alone = measured(moving, 0 * t)
    padded = measured(np.concatenate([still, moving]), np.zeros(1000))
    # Only the step from rest to motion is new; it is 3 windows wide at most.
    assert padded._n - alone._n <= 3
    assert measured(still, still).jerk_rms_m_s3 == 0.0
    assert math.isnan(measured(still, still).log_dimensionless_jerk)


def test_log_dimensionless_jerk_of_a_minimum_jerk_move():
    """v = 30 tau^2 (1 - tau)^2 d / T: T^3 / v_peak^2 times the integral of jerk^2 is 204.8.

    jerk = 60 d (1 - 6 tau + 6 tau^2) / T^3, its square integrates to 720 d^2 / T^5, v_peak is
    1.875 d / T: 720 / 1.875^2 = 204.8. Standing parts (v < 0.05 m/s) are left out, so a fast move.
    """
    duration, distance = 2.0, 40.0
    tau = np.arange(0.0, 1.0, 0.02 / duration)
    speed = 30.0 * tau**2 * (1.0 - tau) ** 2 * distance / duration
    value = measured(speed, 0 * speed).log_dimensionless_jerk
    assert value == pytest.approx(-math.log(204.8), abs=0.35)


def test_cut_joins_nothing():
    meter = measured(np.full(50, 0.2), np.zeros(50))
    meter.cut()
    for _ in range(50):
        meter.add(0.9, 0.0)
    assert meter.jerk_rms_m_s3 == pytest.approx(0.0, abs=1e-9)


def front_touch(time_s):
    return Touch(time_s, (0.21, 0.0), (1.0, 0.0))


def counted(touch_times, speed):
    counter = CollisionCounter()
    for i in range(int(max(touch_times) / 0.02) + 2):
        counter.add_motion(i * 0.02, speed(i * 0.02), 0.0)
        for t in touch_times:
            if i * 0.02 <= t < (i + 1) * 0.02:
                counter.add_touch(front_touch(t))
    return counter


def test_touches_within_half_a_second_are_one_collision():
    counter = counted([1.0, 1.3, 1.79, 2.0, 2.6, 9.0], lambda t: 0.2)
    assert (counter.n_collisions, counter.n_caused) == (3, 3)


def test_a_standing_robot_causes_nothing():
    counter = counted([1.0, 3.0], lambda t: 0.0)
    assert (counter.n_collisions, counter.n_caused) == (2, 0)


def test_it_caused_what_it_drove_at_until_just_before():
    just = counted([1.0], lambda t: 0.3 if t < 0.6 else 0.0)
    earlier = counted([1.0], lambda t: 0.3 if t < 0.4 else 0.0)
    assert (just.n_caused, earlier.n_caused) == (1, 0)


def test_driving_away_is_not_closing():
    assert counted([1.0], lambda t: -0.3).n_caused == 0


def test_a_turning_corner_closes():
    counter = CollisionCounter()
    for i in range(51):
        counter.add_motion(i * 0.02, 0.0, 1.0)
    counter.add_touch(Touch(1.0, (0.21, 0.12), (0.0, 1.0)))  # 0.21 m/s to the left
    counter.add_touch(Touch(3.0, (0.21, 0.12), (0.0, 1.0)))
    assert (counter.n_collisions, counter.n_caused) == (2, 1)


def test_error_meter():
    meter = ErrorMeter()
    for error in (3.0, 4.0):
        meter.add(error)
    assert meter.max_m == 4.0
    assert meter.rms_m == pytest.approx(math.sqrt(12.5))
