import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planner_reference import ramp

from navigation.local_planner.jerk_limited import braking_distance_m, profile


def simulate(speed, accel, target, accel_max, jerk_max, dt=1e-4, end_s=8.0):
    """Slow and obvious: at each instant push toward the target as hard as still stops in time."""
    v, a, distance = speed, accel, 0.0
    for _ in range(round(end_s / dt)):
        reached = v + a * abs(a) / (2.0 * jerk_max)
        push = 1.0 if target > reached else -1.0
        wanted = np.clip(a + push * jerk_max * dt, -accel_max, accel_max)
        a = wanted if abs(a) <= accel_max + jerk_max * dt else a - np.sign(a) * jerk_max * dt
        v += a * dt
        distance += v * dt
    return v, distance


def one(speed, accel, target, accel_max=1.0, jerk_max=3.0):
    return profile(
        np.array([speed]),
        np.array([accel]),
        np.array([[target]]),
        switch_s=np.zeros((0, 1)),
        accel_max=np.array([accel_max]),
        jerk_max=np.array([jerk_max]),
    )


@pytest.mark.parametrize(
    ("speed", "accel", "target"),
    [(0.0, 0.0, 1.0), (0.6, 0.5, 0.0), (0.5, -0.8, 0.6), (0.2, 1.0, 0.3), (-0.3, 0.0, 0.9)],
)
def test_a_ramp_is_the_one_of_the_slow_reference(speed, accel, target) -> None:
    v, distance = simulate(speed, accel, target, 1.0, 3.0)
    ours, our_speed = one(speed, accel, target).at(np.array([8.0]))
    assert our_speed[0, 0] == pytest.approx(target, abs=1e-4)
    assert v == pytest.approx(target, abs=1e-3)
    assert ours[0, 0] == pytest.approx(distance, abs=5e-3)


def test_braking_distance_by_hand() -> None:
    # from 1 m/s: 1/3 s of jerk to 1 m/s2 (distance 1/3 - 1/54), 2/3 s held from 5/6 to 1/6 m/s
    # (distance 1/3), 1/3 s of jerk back from 1/6 m/s (distance 1/54): 2/3 m in all
    assert braking_distance_m(1.0, 1.0, 3.0) == pytest.approx(2.0 / 3.0, abs=1e-9)
    distance, speed = one(1.0, 0.0, 0.0).at(np.array([5.0]))
    assert distance[0, 0] == pytest.approx(2.0 / 3.0, abs=1e-4)
    assert speed[0, 0] == pytest.approx(0.0, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 2.0), st.floats(0.5, 3.0), st.floats(1.0, 30.0))
def test_braking_distance_is_the_closed_form(speed, accel_max, jerk_max) -> None:
    distance, _ = one(speed, 0.0, 0.0, accel_max, jerk_max).at(np.array([8.0]))
    assert distance[0, 0] == pytest.approx(braking_distance_m(speed, accel_max, jerk_max), abs=5e-3)
    if speed >= accel_max**2 / jerk_max:  # the limit on acceleration is reached
        classic = speed**2 / (2 * accel_max) + speed * accel_max / (2 * jerk_max)
        assert braking_distance_m(speed, accel_max, jerk_max) == pytest.approx(classic, abs=1e-9)


def test_ten_thousand_ramps_end_at_their_targets_within_the_limits() -> None:
    rng = np.random.default_rng(3)
    n, a_max, j_max = 10_000, 1.0, 3.0
    accel = rng.uniform(-a_max, a_max, n)
    speed, target = rng.uniform(-0.3, 1.0, n), rng.uniform(-0.3, 1.0, n)
    durations, jerks = ramp(speed, accel, target, a_max, j_max)
    assert (durations >= -1e-12).all()
    a1 = accel + jerks[0] * durations[0]
    a3 = a1 + jerks[2] * durations[2]
    end = speed + (accel + a1) / 2 * durations[0] + a1 * durations[1] + (a1 + a3) / 2 * durations[2]
    assert np.abs(a1).max() <= a_max + 1e-9
    np.testing.assert_allclose(a3, 0.0, atol=1e-9)
    np.testing.assert_allclose(end, target, atol=1e-9)
