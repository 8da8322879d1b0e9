"""One fault of each kind at full speed, against the simulator's truth; all of them: benchmarks."""

from __future__ import annotations

import pytest

from benchmarks import faults_lockstep as lockstep

SEED = 1
pytestmark = pytest.mark.timeout(240)


def test_a_mad_brain_is_not_followed_and_the_task_goes_on_after() -> None:
    row = lockstep.brain_row("garbage", SEED)
    assert row["caused"] == 0
    assert row["reaction_s"] <= 0.02 + 1e-6
    assert row["stand_over_s"] < 0.15, "what the wheels' own lag adds"
    assert row["task"] == "succeeded"


@pytest.mark.parametrize(
    ("sensor", "kind", "speed_max_m_s"),
    [("lidar", "frozen", 0.35), ("odometry", "frozen", 0.12), ("depth", "nan", 0.35)],
)
def test_a_bad_sensor_is_named_within_a_second_and_driven_with_accordingly(
    sensor: str, kind: str, speed_max_m_s: float
) -> None:
    row = lockstep.sensor_row(sensor, kind, SEED)
    assert row["caused"] == 0
    assert row["said_s"] <= 1.0
    assert row["speed_in_fault_m_s"] <= speed_max_m_s
    assert row["recovered"]
    assert row["task"] == "succeeded"


def test_a_run_without_faults_complains_of_nothing() -> None:
    row = lockstep.quiet_row(SEED)
    assert row["false_alarms"] == 0
    assert row["task"] == "succeeded"


def test_spinning_wheels_are_noticed_by_the_body_at_once() -> None:
    row = lockstep.wheel_row("spin", SEED)
    assert row["caused"] == 0
    assert row["said_s"] <= 0.4


def test_on_a_slippery_floor_the_robot_slows_down_before_it_slides_into_the_wall() -> None:
    row = lockstep.slip_row(SEED)
    assert row["contacts"] == 0
    assert row["said_s"] <= 0.4
    assert row["speed_in_fault_m_s"] < 0.7, "it drives at 1 m/s"


def test_the_button_on_the_robot_stops_it_for_good() -> None:
    row = lockstep.button_row(SEED)
    assert row["said_s"] <= 0.1
    assert row["stand_over_s"] < 0.25
    assert row["speed_in_fault_m_s"] < 0.02
    assert row["words"] == "the emergency stop was engaged by the button on the robot"
    assert row["task"] == "cancelled"
