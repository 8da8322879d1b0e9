"""Each sensor's troubles, on streams made by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.messages import (
    Battery,
    Bump,
    Cliff,
    DepthFrame,
    Detection,
    DockContact,
    EstopButton,
    HeadState,
    LidarPacket,
    Odometry,
    PersonDetections,
    SensorFrame,
    default_body,
)
from navigation.sensor_health.config import SensorHealthConfig
from navigation.sensor_health.watch import Health, SensorHealth

TICK_S = 0.02
SPEED = 0.5
Frame = SensorFrame


class Robot:
    """All sensors of the default body, healthy unless a test spoils them."""

    def __init__(self) -> None:
        self.body = default_body()
        self.health = SensorHealth(self.body)
        self.rng = np.random.default_rng(3)
        self.tick = 0
        self.speed = SPEED
        self.out = Health(SensorFrame())

    @property
    def now_s(self) -> float:
        return self.tick * TICK_S

    def frame(self) -> SensorFrame:
        t, rng, body = self.now_s, self.rng, self.body
        assert body.depth is not None
        first = 36 * (self.tick % 10)
        ranges = 3.0 + 0.01 * rng.standard_normal(36)
        shape = (body.depth.n_rows, body.depth.n_cols)
        is_slow_due = self.tick % 5 == 0
        return SensorFrame(
            odometry=(Odometry(t, SE2(self.speed * t, 0.0, 0.0), self.speed, 0.0),),
            lidar=(LidarPacket(self.tick // 10, first, np.full(36, t), ranges),),
            depth=(DepthFrame(t, 1.0 + 0.01 * rng.standard_normal(shape)),),
            people=PersonDetections(t, ()) if is_slow_due else None,
            bump=Bump(t, 0, False),
            cliff=Cliff(t, np.zeros(6, dtype=np.bool_)),
            battery=Battery(t, 0.5, False) if is_slow_due else None,
            dock=DockContact(t, False) if is_slow_due else None,
            head=HeadState(t, 0.0, 0.0),
            button=EstopButton(t, False),
        )

    def run(self, duration_s: float, spoil=lambda frame: frame) -> list[Health]:
        seen = []
        for _ in range(round(duration_s / TICK_S)):
            self.tick += 1
            self.out = self.health.step(spoil(self.frame()), (self.speed, 0.0), self.now_s)
            seen.append(self.out)
        return seen


def ranges(sensor: str, change):
    """Changes the ranges of lidar or depth."""

    def spoil(frame: SensorFrame) -> SensorFrame:
        new = tuple(
            dataclasses.replace(m, ranges_m=change(m.ranges_m)) for m in getattr(frame, sensor)
        )
        return dataclasses.replace(frame, **{sensor: new})

    return spoil


def without(sensor: str):
    empty = () if sensor in ("odometry", "lidar", "depth") else None
    return lambda frame: dataclasses.replace(frame, **{sensor: empty})


SENSORS = (
    "odometry",
    "lidar",
    "depth",
    "people",
    "bump",
    "cliff",
    "dock",
    "head",
    "button",
    "battery",
)


def test_a_healthy_robot_hears_no_complaint_moving_or_standing() -> None:
    robot = Robot()
    assert not any(h.faults for h in robot.run(6.0))
    robot.speed = 0.0
    moved = robot.now_s * SPEED
    stand = lambda f: dataclasses.replace(  # noqa: E731
        f, odometry=(Odometry(robot.now_s, SE2(moved, 0.0, 0.0), 0.0, 0.0),)
    )
    assert not any(h.faults for h in robot.run(6.0, stand))


@pytest.mark.parametrize("sensor", SENSORS)
def test_silence_is_named_within_a_second_and_forgiven_after_the_return(sensor: str) -> None:
    robot = Robot()
    robot.run(2.5)
    robot.run(0.8, without(sensor))
    assert list(robot.out.bad) == [sensor]
    assert robot.out.bad[sensor].endswith("silent")
    robot.run(1.0)
    assert robot.out.faults == ()


def test_a_slow_battery_gauge_is_a_matter_of_configuration() -> None:
    robot = Robot()
    robot.health = SensorHealth(robot.body, SensorHealthConfig(silent_battery_after_s=3.5))
    robot.run(3.0, without("battery"))
    assert robot.out.faults == ()
    robot.run(1.6, without("battery"))
    assert robot.out.faults == ("the battery gauge is silent",)


@pytest.mark.parametrize("sensor", ["lidar", "depth"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.nan, "gives no valid range"),
        (0.0, "gives the same number for every beam: zero"),
        (8.0, "gives the same number for every beam: 8.00 m"),
        (np.inf, "sees nothing any more where it saw something before"),
    ],
)
def test_ranges_that_say_nothing_are_withheld(sensor: str, value: float, words: str) -> None:
    robot = Robot()
    robot.run(2.5)
    robot.run(0.6, ranges(sensor, lambda r: np.full(r.shape, value)))
    assert robot.out.bad[sensor].endswith(words)
    assert getattr(robot.out.frame, sensor) == ()
    robot.run(1.0)
    assert robot.out.bad == {}
    assert getattr(robot.out.frame, sensor)


def test_nothing_in_range_is_no_complaint_in_a_dark_long_room() -> None:
    robot = Robot()
    empty = ranges("lidar", lambda r: np.full(r.shape, np.inf))
    assert not any(h.faults for h in robot.run(5.0, empty))


@pytest.mark.parametrize("sensor", ["lidar", "depth"])
def test_a_frozen_sensor_repeats_to_the_last_bit(sensor: str) -> None:
    robot = Robot()
    robot.run(2.6)
    kept = {}

    def freeze(frame: SensorFrame) -> SensorFrame:
        first = frame.lidar[0].first_beam if sensor == "lidar" else 0
        return ranges(sensor, lambda r: kept.setdefault(first, r))(frame)

    robot.run(0.6, freeze)
    assert robot.out.bad[sensor].endswith("sends the same ranges again and again")


@pytest.mark.parametrize("sensor", ["lidar", "depth"])
def test_lost_beams_are_told_and_the_rest_is_used(sensor: str) -> None:
    robot = Robot()
    robot.run(2.5)
    rng = np.random.default_rng(1)
    robot.run(1.5, ranges(sensor, lambda r: np.where(rng.random(r.shape) < 0.3, np.nan, r)))
    assert robot.out.bad == {}
    assert robot.out.faults[0].endswith("loses many of its beams")


def test_late_and_disordered_messages() -> None:
    robot = Robot()
    robot.run(2.5)
    late = []

    def delayed(frame: SensorFrame) -> SensorFrame:
        late.append(frame.depth)
        return dataclasses.replace(frame, depth=late.pop(0) if len(late) > 50 else ())

    robot.run(1.6, delayed)
    assert "late" in robot.out.bad["depth"]
    robot.run(1.5)
    waiting = []

    def swapped(frame: SensorFrame) -> SensorFrame:
        waiting.append(frame.odometry[0])
        if len(waiting) < 2:
            return dataclasses.replace(frame, odometry=())
        first, second = waiting
        waiting.clear()
        return dataclasses.replace(frame, odometry=(second, first))

    robot.run(0.5, swapped)
    assert robot.out.bad == {}
    assert robot.out.faults == ("the odometry sends its messages out of order",)


@pytest.mark.parametrize("x_m", [1.0, np.nan])
def test_people_are_told_unless_they_are_nowhere(x_m: float) -> None:
    robot = Robot()
    seen = Detection(np.array([x_m, 0.0]), np.eye(2))

    def with_people(frame: SensorFrame) -> SensorFrame:
        people = frame.people and PersonDetections(frame.people.capture_time_s, (seen, seen))
        return dataclasses.replace(frame, people=people)

    robot.run(3.0, with_people)
    assert ("people" in robot.out.bad) == np.isnan(x_m)


def test_messages_of_the_wrong_size_are_withheld() -> None:
    for sensor in ("lidar", "depth"):
        robot = Robot()
        robot.run(2.5)
        robot.run(0.3, ranges(sensor, lambda r: r[:-1]))
        assert "wrong size" in robot.out.bad[sensor]
    cut = lambda f: dataclasses.replace(f, cliff=Cliff(f.cliff.capture_time_s, np.zeros(5)))  # noqa: E731
    robot.run(1.5)
    robot.run(0.3, cut)
    assert "wrong size" in robot.out.bad["cliff"]


def test_wheels_that_do_not_move_as_commanded_are_held_and_tried_again_slowly() -> None:
    robot = Robot()
    robot.run(2.5)
    x_m = robot.now_s * SPEED

    def stuck(frame: SensorFrame) -> SensorFrame:
        sample = Odometry(robot.now_s, SE2(x_m, 0.0, 0.0), 0.0, 0.0)
        return dataclasses.replace(frame, odometry=(sample,))

    robot.run(0.8, stuck)
    assert "do not move as commanded" in robot.out.bad["odometry"]
    robot.speed = 0.0
    robot.run(2.5, stuck)
    assert robot.out.bad == {}
    assert robot.health.is_unproven, "so the next try is a slow one"


def test_a_jump_is_told_and_taken_out() -> None:
    robot = Robot()
    robot.run(2.5)
    before = robot.out.frame.odometry[0].T_odom_robot
    odd = lambda f: dataclasses.replace(  # noqa: E731
        f, odometry=(Odometry(robot.now_s, SE2(0.01 * robot.now_s, 0.0, 2.0), 0.01, 0.0),)
    )
    robot.run(0.02, odd)
    assert robot.out.bad["odometry"] == "the odometry has jumped"
    after = robot.out.frame.odometry[0].T_odom_robot
    assert after.distance_m(before) < 1e-9


def test_a_driver_that_says_nothing_at_all_gives_one_word() -> None:
    robot = Robot()
    robot.run(2.5)
    robot.run(4.5, lambda _: SensorFrame())
    assert robot.out.faults == ("no sensor speaks: is the base connected?",)
