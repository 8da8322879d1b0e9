"""The predictor against closed forms and a slow integration."""

import math

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.messages import Command, Odometry
from navigation.prediction import MotionPredictor

TIMES_S = np.arange(31) * 0.1


def command(start_s: float, speed_m_s: float, yaw_rate_rad_s: float) -> Command:
    zero = np.zeros_like(TIMES_S)
    return Command(start_s, start_s, TIMES_S, zero + speed_m_s, zero + yaw_rate_rad_s, zero, zero)


def odometry(time_s: float, speed_m_s: float, yaw_rate_rad_s: float) -> Odometry:
    return Odometry(time_s, SE2.identity(), speed_m_s, yaw_rate_rad_s)


def test_a_steady_arc_is_continued_exactly() -> None:
    predictor = MotionPredictor()
    predictor.sent(command(0.0, 0.6, 0.8))
    state = predictor.predict(SE2(1.0, 2.0, 0.3), odometry(0.5, 0.6, 0.8), 0.75)
    expected = SE2(1.0, 2.0, 0.3) @ SE2.exp((0.6 * 0.25, 0.0, 0.8 * 0.25))
    np.testing.assert_allclose(state.T_map_robot.as_array(), expected.as_array(), atol=1e-9)
    assert state.speed_m_s == pytest.approx(0.6)
    assert state.accel_m_s2 == pytest.approx(0.0)


def test_a_speed_error_dies_away_with_the_response_time() -> None:
    predictor = MotionPredictor(response_s=0.2)
    predictor.sent(command(0.0, 0.0, 0.0))
    state = predictor.predict(SE2.identity(), odometry(1.0, 0.5, 0.0), 1.3)
    # x = v0 tau (1 - exp(-t / tau)) with v0 = 0.5 m/s, tau = 0.2 s, t = 0.3 s
    assert state.T_map_robot.x_m == pytest.approx(0.1 * (1.0 - math.exp(-1.5)), rel=1e-3)
    assert state.speed_m_s == pytest.approx(0.5 * math.exp(-1.5))


def test_the_newer_command_takes_over_at_its_start() -> None:
    predictor = MotionPredictor()
    predictor.sent(command(0.0, 0.4, 0.0))
    predictor.sent(command(0.2, 0.8, 0.0))
    state = predictor.predict(SE2.identity(), odometry(0.1, 0.4, 0.0), 0.3)
    assert state.T_map_robot.x_m == pytest.approx(0.4 * 0.1 + 0.8 * 0.1, abs=0.005)
    assert state.speed_m_s == pytest.approx(0.8)


def test_without_any_command_the_robot_comes_to_rest() -> None:
    state = MotionPredictor().predict(SE2.identity(), odometry(0.0, 0.0, 0.0), 0.2)
    assert state.T_map_robot == SE2.identity()
    assert state.speed_m_s == 0.0
