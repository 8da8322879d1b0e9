import dataclasses
import math

import numpy as np
import pytest

from benchmarks.kinematic_place import Delays, lidar_only_body
from benchmarks.reactive_shapes import jackal_like_body
from benchmarks.reactive_stopping import (
    random_twist,
    stopping_trials,
)
from homebody.messages import BodyDescription, default_body
from navigation.reactive_config import ReactiveConfig
from navigation.stopping import (
    StoppingBound,
    capped,
    share_within,
    speed_caps_m_s,
    window_half_m,
)

CONFIG = ReactiveConfig()


def bound(**changes: float) -> StoppingBound:
    values = {
        "sense_s": 0.2,
        "react_s": 0.1,
        "decel_m_s2": 3.0,
        "yaw_decel_rad_s2": 15.0,
        "radius_m": 0.25,
        "margin_m": 0.04,
    }
    return StoppingBound(**(values | changes))


def test_the_bound_and_its_inverse_agree() -> None:
    # 1.0 * 0.3 + 1 / (2 * 3) + 0.04
    assert bound().distance_m(1.0) == pytest.approx(0.5066667)
    assert bound().speed_within_m_s(0.5066667) == pytest.approx(1.0, abs=1e-6)
    assert bound().speed_within_m_s(0.03) == 0.0


def test_turning_in_place_is_bounded_by_the_way_of_the_farthest_corner() -> None:
    # pace 0.25 * 3 = 0.75; 0.75 * (0.3 + 3 / 15 / 2) + 0.04
    assert bound().distance_m(0.0, -3.0) == pytest.approx(0.34)


def test_the_bound_is_the_way_of_a_braking_body_simulated_step_by_step() -> None:
    b, dt_s = bound(), 1e-4
    for v, w in ((1.0, 0.0), (-0.3, 1.0), (0.7, -2.5), (0.0, 2.0)):
        t, way, share = 0.0, 0.0, 1.0
        while share > 0.0:
            way += share * b.pace_m_s(v, w) * dt_s
            t += dt_s
            share = 1.0 - max(0.0, t - b.delay_s) / b.braking_s(v, w)
        assert way + b.margin_m == pytest.approx(b.distance_m(v, w), abs=1e-3)


def test_impact_is_full_speed_before_braking_and_zero_at_the_bound() -> None:
    b = bound()
    assert b.impact_speed_m_s(1.0, 0.3) == 1.0
    assert b.impact_speed_m_s(1.0, b.distance_m(1.0) - b.margin_m) == pytest.approx(0.0, abs=1e-3)
    assert b.impact_speed_m_s(1.0, 0.3 + 1.0 / 12.0) == pytest.approx(math.sqrt(0.5))


def test_the_window_is_2_m_for_the_default_body_and_follows_the_bound_of_a_faster_one() -> None:
    body, fast = default_body(), jackal_like_body(default_body())
    assert window_half_m(body, CONFIG) == 1.0
    needed_m = StoppingBound.of(fast, CONFIG).distance_m(2.0) + fast.circumscribed_radius_m
    assert window_half_m(fast, CONFIG) == pytest.approx(needed_m)
    assert capped(fast, CONFIG).limits.speed_max_m_s == 2.0


def test_what_cannot_be_seen_in_time_caps_the_speed() -> None:
    body = default_body()
    assert capped(body, CONFIG).limits == body.limits
    late = CONFIG.model_copy(update={"sensor_latency_s": 0.6, "window_half_m": 1.0})
    slow = capped(body, late).limits.speed_max_m_s
    assert slow < 0.9
    b = StoppingBound.of(body, late)
    assert b.distance_m(slow) + b.radius_m == pytest.approx(1.0)
    assert body.lidar is not None
    near = dataclasses.replace(body, lidar=dataclasses.replace(body.lidar, range_max_m=0.6))
    assert capped(near, CONFIG).limits.speed_max_m_s < 0.8


def test_without_a_depth_camera_the_cliff_sensors_cap_the_speed_ahead() -> None:
    ahead, _ = speed_caps_m_s(dataclasses.replace(default_body(), depth=None), CONFIG)
    t_s, way_m = 0.03 + 0.025 + 0.1, 0.20 - 0.05
    assert ahead * t_s + ahead**2 / 6.0 == pytest.approx(way_m)


@pytest.mark.parametrize(
    ("body", "any_delay"),
    [
        (default_body(), False),
        (lidar_only_body(), True),
        (jackal_like_body(default_body()), False),
    ],
    ids=["default", "any delays", "2 m/s"],
)
def test_what_appears_at_or_outside_the_bound_is_not_touched(
    body: BodyDescription, any_delay: bool
) -> None:
    rng = np.random.default_rng(3)
    trials = []
    for _ in range(5):
        delays = None if any_delay else Delays.default()
        twist = random_twist(rng, body)
        trials += stopping_trials(body, rng, twist, 4, delays=delays, noise_m=0.01)
    outside = [t for t in trials if t.is_outside]
    assert len(outside) >= 8
    assert [t for t in outside if t.clearance_m <= 0.0] == []
    assert [t for t in trials if t.impact_m_s > t.worst_m_s + 0.03] == []


@pytest.mark.parametrize("delay_s", [0.1, 0.2, 0.3])
def test_wheels_that_answer_late_still_stand_within_the_way(delay_s: float) -> None:
    # 2 m/s, shed in 1 s: the wheels do what they were told delay_s ago
    dt_s, way_m = 1e-3, 2.0 * (delay_s + 0.5) + 0.05
    told = [2.0] * round(delay_s / dt_s)
    for _ in range(4000):
        driven = told[-round(delay_s / dt_s)]
        told.append(2.0 * share_within(way_m, 2.0, driven, delay_s, 1.0))
        way_m -= driven * dt_s
    assert told[-1] < 0.05
    assert way_m > -0.005
