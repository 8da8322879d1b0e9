import numpy as np
import pytest
from planner_worlds import BODY

from homebody.messages import MotionLimits
from navigation.local_planner.config import SpaceConfig
from navigation.local_planner.trajectory_space import (
    Kind,
    Manoeuvres,
    Motion,
    TrajectorySpace,
    follow,
)

LIMITS = BODY.limits
SPACE = TrajectorySpace(LIMITS, SpaceConfig())
FINE_S = np.linspace(0.0, 3.0, 301)


def random_manoeuvres(rng: np.random.Generator, n: int, kinds=(0, 1)) -> Manoeuvres:
    numbers = rng.uniform((-1, -1, -4, -4, -1, -1), (2, 2, 4, 4, 4, 4), size=(n, 6))
    kind = rng.choice(kinds, size=n).astype(np.intp)
    return SPACE.clip(Manoeuvres(numbers, kind), np.inf)


def random_feasible_motion(rng: np.random.Generator) -> Motion:
    """A state from which the limits can be kept: it can still stop accelerating in time."""
    yaw_accel = rng.uniform(-3.0, 3.0)
    room = yaw_accel**2 / (2 * 12.0)
    accel = rng.uniform(-1.0, 1.0)
    low, high = -0.3 + (accel < 0) * accel**2 / 6, 1.0 - (accel > 0) * accel**2 / 6
    return Motion(rng.uniform(low, high), accel, rng.uniform(-2.5 + room, 2.5 - room), yaw_accel)


def test_ten_thousand_draws_from_random_states_violate_no_limit() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        start = random_feasible_motion(rng)
        drawn = random_manoeuvres(rng, 100)
        profiles = SPACE.profiles(drawn, start)
        _, rates = profiles.at(FINE_S)
        accels = profiles.accel_at(FINE_S)
        jerks = np.cumsum(profiles.jerk_step, axis=0)
        speed, yaw_rate, accel, yaw_accel = rates[:100], rates[100:], accels[:100], accels[100:]
        assert speed.max() <= LIMITS.speed_max_m_s + 1e-3
        assert speed.min() >= -LIMITS.reverse_speed_max_m_s - 1e-3
        assert np.abs(accel).max() <= LIMITS.accel_max_m_s2 + 1e-6
        assert np.abs(jerks[:, :100]).max() <= LIMITS.jerk_max_m_s3 + 1e-9
        assert np.abs(yaw_rate).max() <= LIMITS.yaw_rate_max_rad_s + 1e-3
        assert np.abs(yaw_accel).max() <= LIMITS.yaw_accel_max_rad_s2 + 1e-6
        assert np.abs(jerks[:, 100:]).max() <= LIMITS.yaw_jerk_max_rad_s3 + 1e-9


@pytest.mark.parametrize(
    "start",
    [
        Motion(1.4, 0.0, 0.0, 0.0),
        Motion(0.9, 2.5, 0.0, 0.0),
        Motion(0.4, -3.0, 0.0, 0.0),
        Motion(-0.8, -1.0, 4.0, 9.0),
        Motion(0.5, 0.0, -3.5, -5.0),
    ],
)
def test_a_state_outside_the_limits_returns_into_them(start: Motion) -> None:
    drawn = random_manoeuvres(np.random.default_rng(2), 200, (0, 1, 2))
    profiles = SPACE.profiles(drawn, start)
    _, rates = profiles.at(FINE_S)
    speed, yaw_rate = rates[:200, -1], rates[200:, -1]
    assert speed.max() <= LIMITS.speed_max_m_s + 1e-3
    assert speed.min() >= -LIMITS.reverse_speed_max_m_s - 1e-3
    assert np.abs(yaw_rate).max() <= LIMITS.yaw_rate_max_rad_s + 1e-3
    # an emergency stop that comfort takes over does not run backward
    if start.accel == -3.0:
        assert rates[:200].min() >= -LIMITS.reverse_speed_max_m_s - 0.02


def test_emergency_braking_is_inside_and_as_short_as_it_should_be() -> None:
    stop = Manoeuvres(np.zeros((1, 6)), np.array([Kind.EMERGENCY], dtype=np.intp))
    r = SPACE.rollout(stop, Motion(1.0, 0.0, 0.0, 0.0), 0.0)
    # v^2 / 2a + v a / 2j = 1/6 + 0.05
    assert r.x[0, -1] == pytest.approx(1.0 / 6.0 + 0.05, abs=5e-3)
    assert abs(r.speed[0, -1]) < 1e-3


def test_standing_turning_and_backing_up_are_inside() -> None:
    numbers = np.array(
        [[0, 0, 0, 0, 3, 3], [0, 0, 9, 9, 3, 3], [-1, -1, 0, 0, 3, 3]], dtype=np.float64
    )
    kinds = np.array([Kind.COMFORT, Kind.HARD_TURN, Kind.COMFORT], dtype=np.intp)
    r = SPACE.rollout(
        SPACE.clip(Manoeuvres(numbers, kinds), np.inf), Motion(0.0, 0.0, 0.0, 0.0), 0.3
    )
    assert not r.x[0].any()
    assert r.yaw_rate[1, -1] == pytest.approx(2.5, abs=1e-3)
    assert not r.x[1].any()
    assert r.speed[2, -1] == pytest.approx(-0.3, abs=1e-4)
    assert r.x[2, -1] < -0.7 * np.cos(0.3)


def test_poses_match_a_fine_integration() -> None:
    rng = np.random.default_rng(4)
    drawn, start = random_manoeuvres(rng, 50), random_feasible_motion(rng)
    coarse = SPACE.rollout(drawn, start, 0.7)
    fine = follow(SPACE.profiles(drawn, start), 0.7, np.linspace(0.0, 3.0, 3001))
    np.testing.assert_allclose(coarse.x[:, -1], fine.x[:, -1], atol=3e-3)
    np.testing.assert_allclose(coarse.y[:, -1], fine.y[:, -1], atol=3e-3)
    np.testing.assert_allclose(coarse.yaw[:, -1], fine.yaw[:, -1], atol=1e-3)


def test_the_shifted_plan_is_the_same_motion() -> None:
    rng = np.random.default_rng(5)
    drawn, start = random_manoeuvres(rng, 100, (0,)), Motion(0.4, 0.3, 0.2, -0.5)
    for late_s in (0.1, 0.35, 1.0):
        profiles = SPACE.profiles(drawn, start)
        _, before = profiles.at(late_s + np.linspace(0.0, 1.5, 31))
        v, a = profiles.state_at(late_s)
        shifted = SPACE.clip(drawn.shifted(late_s, 3.0), np.inf)
        for k in range(0, 100, 7):
            now = Motion(v[k], a[k], v[100 + k], a[100 + k])
            _, after = SPACE.profiles(shifted.take(np.array([k])), now).at(np.linspace(0, 1.5, 31))
            np.testing.assert_allclose(after[0], before[k], atol=2e-3)
            np.testing.assert_allclose(after[1], before[100 + k], atol=5e-3)


def test_a_speed_cap_of_the_caller_holds() -> None:
    drawn = SPACE.clip(random_manoeuvres(np.random.default_rng(6), 100), 0.2)
    r = SPACE.rollout(drawn, Motion(0.0, 0.0, 0.0, 0.0), 0.0)
    assert np.abs(r.speed).max() <= 0.2 + 1e-4


def test_a_faster_body_reaches_its_own_limits() -> None:
    jackal = MotionLimits(2.0, 0.5, 2.0, 8.0, 4.0, 3.0, 4.0, 30.0)
    space = TrajectorySpace(jackal, SpaceConfig(yaw_rate_comfort_rad_s=3.0))
    full = Manoeuvres(np.array([[9.0, 9, 9, 9, 3, 3]]), np.zeros(1, dtype=np.intp))
    r = space.rollout(space.clip(full, np.inf), Motion(0.0, 0.0, 0.0, 0.0), 0.0)
    assert r.speed[0, -1] == pytest.approx(2.0, abs=1e-3)
    assert r.yaw_rate[0, 20] == pytest.approx(3.0, abs=1e-3)
