"""The compiled kernels against their NumPy forms."""

import numpy as np
import planner_reference as reference

from homebody.messages import MotionLimits
from navigation.local_planner.config import SpaceConfig
from navigation.local_planner.jerk_limited import Profile, profile
from navigation.local_planner.trajectory_space import Manoeuvres, Motion, TrajectorySpace

TIMES_S = np.linspace(0.0, 3.0, 31)


def arguments(rng: np.random.Generator, n: int) -> tuple[tuple[np.ndarray, ...], dict]:
    switch_s = np.sort(rng.uniform(0.0, 3.0, (2, n)), axis=0)
    relief = np.where(rng.random(n) < 0.2, rng.choice([-30.0, 30.0], n), 0.0)
    return (rng.uniform(-0.5, 1.2, n), rng.uniform(-1.2, 1.2, n), rng.uniform(-0.3, 1.0, (3, n))), {
        "switch_s": switch_s,
        "accel_max": rng.uniform(0.5, 3.0, n),
        "jerk_max": rng.uniform(2.0, 30.0, n),
        "relief": relief,
    }


def test_profiles_are_those_of_the_reference() -> None:
    positional, named = arguments(np.random.default_rng(5), 2000)
    ours, theirs = profile(*positional, **named), reference.profile(*positional, **named)
    np.testing.assert_allclose(ours.knot_s, theirs.knot_s, atol=1e-9)
    distance, speed = ours.at(TIMES_S)
    wanted_distance, wanted_speed = reference.motion_at(theirs, TIMES_S)
    np.testing.assert_allclose(distance, wanted_distance, atol=2e-5)
    np.testing.assert_allclose(speed, wanted_speed, atol=2e-5)


def test_a_motion_between_two_knots_is_a_cubic() -> None:
    # jerk 6 from t = 0 on: v = 3 t^2, d = t^3
    cubic = Profile(np.zeros(1), np.zeros(1), np.zeros((1, 1)), np.full((1, 1), 6.0))
    distance, speed = cubic.at(np.array([0.5, 2.0]))
    np.testing.assert_allclose(distance, [[0.125, 8.0]])
    np.testing.assert_allclose(speed, [[0.75, 12.0]])


def test_poses_are_those_of_tiny_steps_along_the_twist() -> None:
    space = TrajectorySpace(MotionLimits(), SpaceConfig())
    rng = np.random.default_rng(7)
    low, high = np.array([-0.3, -0.3, -2, -2, 0, 0]), np.array([1, 1, 2, 2, 3, 3])
    manoeuvres = Manoeuvres(rng.uniform(low, high, (50, 6)), np.zeros(50, dtype=np.intp))
    start = Motion(0.4, 0.1, 0.2, 0.0)
    profiles = space.profiles(space.clip(manoeuvres, 1.0), start)
    rollout = space.rollout(space.clip(manoeuvres, 1.0), start, 0.3)
    fine_s = np.linspace(0.0, 3.0, 3001)
    way, rates = profiles.at(fine_s)
    yaw = 0.3 + way[50:]
    step_s = fine_s[1]
    x = np.cumsum(rates[:50] * np.cos(yaw), axis=1) * step_s
    y = np.cumsum(rates[:50] * np.sin(yaw), axis=1) * step_s
    np.testing.assert_allclose(rollout.x[:, 1:], x[:, 100::100], atol=4e-3)
    np.testing.assert_allclose(rollout.y[:, 1:], y[:, 100::100], atol=4e-3)
    np.testing.assert_allclose(rollout.yaw, yaw[:, ::100], atol=1e-4)
    np.testing.assert_allclose(rollout.cos, np.cos(rollout.yaw), atol=1e-6)
