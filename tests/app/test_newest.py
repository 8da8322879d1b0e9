"""What the brain knows of its sensors when only some of them have spoken."""

import math
from dataclasses import replace

import pytest

from app.newest import NewestInputs
from homebody.geometry import SE2
from homebody.messages import BrainInput, Odometry, default_body

BODY = default_body()


def odometry(time_s: float) -> Odometry:
    return Odometry(time_s, SE2.identity(), 0.1, 0.0)


def test_a_value_stays_until_its_sensor_speaks_again() -> None:
    newest = NewestInputs(BODY)
    newest.take(BrainInput(odometry=odometry(1.0)), 1.02)
    assert newest.delays_s == pytest.approx({"odometry": 0.02})
    newest.take(BrainInput(), 1.12)
    assert newest.values.odometry == odometry(1.0)
    assert newest.delays_s == {}
    newest.take(BrainInput(odometry=odometry(1.2)), 1.21)
    assert newest.values.odometry == odometry(1.2)


def test_without_ranges_they_are_older_than_all_time_but_not_for_a_body_that_has_none() -> None:
    assert NewestInputs(BODY).ranges_age_s(5.0) == math.inf
    assert NewestInputs(replace(BODY, lidar=None, depth=None)).ranges_age_s(5.0) == 0.0
    assert NewestInputs(BODY).scanned_s == -math.inf
    assert NewestInputs(BODY).stop_reason == ""
