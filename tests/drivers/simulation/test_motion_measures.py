"""Measures of grace on motions whose values are known in closed form."""

import math

import numpy as np
import pytest

from benchmarks.motion_measures import (
    MotionLog,
    gaps_m,
    ideal_time_s,
    n_reversals,
    n_stops,
    smoothness,
    zone_times_s,
)
from homebody.messages import MotionLimits, rectangle_footprint

TIMES_S = np.arange(0.0, 10.0, 0.02)
FOOTPRINT_M = rectangle_footprint(0.42, 0.25)


def log_of(speed: np.ndarray, people: np.ndarray | None = None) -> MotionLog:
    """Straight along x."""
    x = np.concatenate([[0.0], np.cumsum(speed[:-1]) * 0.02])
    xyt = np.column_stack([x, np.zeros_like(x), np.zeros_like(x)])
    places = np.zeros((len(x), 0, 2)) if people is None else np.tile(people, (len(x), 1, 1))
    return MotionLog(xyt, np.column_stack([speed, np.zeros_like(x)]), places)


@pytest.mark.parametrize("omega", [1.0, 3.0, 6.0])
def test_jerk_of_a_sinusoid(omega: float) -> None:
    # v = 0.5 + 0.2 sin(w t): jerk = -0.2 w^2 sin(w t), RMS = 0.2 w^2 / sqrt(2) over whole periods
    times = np.arange(0.0, 2.0 * math.pi * 5.0 / omega, 0.02)
    wave = 0.2 * np.sin(omega * times)
    measured = smoothness(np.column_stack([0.5 + wave, 2.0 * wave]))
    expected = 0.2 * omega**2 / math.sqrt(2.0)
    assert measured.jerk_m_s3 == pytest.approx(expected, rel=0.02)
    assert measured.angular_jerk_rad_s3 == pytest.approx(2.0 * expected, rel=0.02)


def test_standing_does_not_dilute_jerk() -> None:
    wave = 0.5 + 0.2 * np.sin(3.0 * TIMES_S)
    alone = smoothness(np.column_stack([wave, 0.0 * wave]))
    rest = np.zeros((2000, 2))
    ramp = np.column_stack([np.linspace(0.5, 0.0, 100), np.zeros(100)])
    waited = smoothness(np.vstack([np.column_stack([wave, 0.0 * wave]), ramp, rest]))
    assert waited.jerk_m_s3 > 0.8 * alone.jerk_m_s3


def test_reversals_and_stops_of_a_shunt() -> None:
    forward, pause, back = np.full(100, 0.3), np.zeros(30), np.full(100, -0.3)
    shunt = np.concatenate([np.zeros(50), forward, pause, back, pause, forward, np.zeros(50)])
    assert n_reversals(shunt) == 2
    assert n_stops(log_of(shunt)) == 2  # waiting at either end is no stop
    assert n_stops(log_of(np.concatenate([forward, np.zeros(5), forward]))) == 0  # 0.1 s is none
    assert n_reversals(np.tile([0.04, -0.04], 50)) == 0  # too slow to be driving


def test_gaps_of_a_rectangle_to_a_disc() -> None:
    poses = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, math.pi / 2.0]])
    people = np.array([[[1.0, 0.0], [0.0, -0.6], [0.51, 0.525], [0.1, 0.1]]] * 2)
    gaps = gaps_m(poses, people, FOOTPRINT_M)
    # before it 1 - 0.21 - 0.25, beside it 0.6 - 0.125 - 0.25, off a corner 0.5 - 0.25
    np.testing.assert_allclose(gaps[0], [0.54, 0.225, 0.25, 0.0], atol=1e-9)
    np.testing.assert_allclose(gaps[1, :2], [1.0 - 0.125 - 0.25, 0.6 - 0.21 - 0.25], atol=1e-9)


def test_time_in_the_zones_of_a_person_driven_past() -> None:
    log = log_of(np.full(500, 1.0), np.array([[5.0, 1.0]]))
    times = zone_times_s(log, FOOTPRINT_M)
    # 0.875 m beside; within 1.2 m from a corner while dx < sqrt(1.45^2 - 0.875^2) = 1.156 m
    assert times["intimate"] == 0.0
    assert times["personal"] == pytest.approx(2.0 * (1.156 + 0.21), abs=0.05)
    # 3.6 m: dx < sqrt(3.85^2 - 0.875^2) = 3.749 m
    assert times["social"] == pytest.approx(2.0 * (3.749 + 0.21), abs=0.05)


def test_standing_near_somebody_and_being_come_upon_cost_nothing() -> None:
    standing = log_of(np.zeros(500), np.array([[0.6, 0.0]]))
    assert sum(zone_times_s(standing, FOOTPRINT_M).values()) == 0.0
    leaving = log_of(np.full(500, -0.2), np.array([[0.8, 0.0]]))  # was near already
    assert zone_times_s(leaving, FOOTPRINT_M)["intimate"] == 0.0


def test_the_ideal_time_of_a_straight_way() -> None:
    limits = MotionLimits()
    # both ramps together last 2 (v / a + a / j) = 8/3 s and 4/3 m; the rest at 1 m/s
    assert ideal_time_s(10.0, limits) == pytest.approx(8.0 / 3.0 + 10.0 - 4.0 / 3.0)
    # short: two triangles each way, 4 (d / 2 / j)^(1/3) with d = 0.1 m
    assert ideal_time_s(0.1, limits) == pytest.approx(4.0 * (0.05 / 3.0) ** (1.0 / 3.0), rel=1e-6)
    assert ideal_time_s(0.0, limits) == pytest.approx(0.0, abs=1e-4)
    times = [ideal_time_s(d, limits) for d in np.linspace(0.05, 5.0, 40)]
    assert np.all(np.diff(times) > 0.0)
