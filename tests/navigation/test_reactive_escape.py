import dataclasses
import math

import numpy as np
import pytest

from app.body_loop import BodyLoop
from benchmarks.kinematic_body import KinematicBody, constant_command
from benchmarks.kinematic_place import lidar_only_body
from benchmarks.plane_geometry import box
from benchmarks.reactive_cliffs import approach_edge
from benchmarks.reactive_escape import time_to_come_free_s, try_wedge
from benchmarks.reactive_shapes import jackal_like_body
from homebody.geometry import SE2
from homebody.messages import default_body
from navigation.reactive import ReactiveLayer
from navigation.reactive_config import ReactiveConfig
from navigation.stopping import capped


def test_wherever_a_motion_gains_clearance_one_is_let_pass() -> None:
    rng = np.random.default_rng(11)
    poses = [w for w in (try_wedge(rng) for _ in range(400)) if w is not None and w.can_gain]
    assert sum(w.clearance_m <= 0.0 for w in poses) > 50
    assert [w for w in poses if not w.passes] == []


def test_a_simple_retreat_comes_free_within_seconds() -> None:
    rng = np.random.default_rng(4)
    times = [t for t in (time_to_come_free_s(rng, 8.0) for _ in range(10)) if t is not None]
    assert len(times) > 3
    assert max(times) < 8.0


@pytest.mark.parametrize("approach", ["ahead", "behind", "arc", "turn"])
def test_cliff_sensors_alone_keep_the_wheels_on_the_floor(approach: str) -> None:
    body = dataclasses.replace(default_body(), depth=None)
    rng = np.random.default_rng(2)
    trials = [approach_edge(body, approach, rng) for _ in range(2)]
    assert not any(t.has_fallen for t in trials)
    assert all(t.got_away for t in trials)


def reversing(robot: KinematicBody, loop: BodyLoop, duration_s: float, speed: float) -> float:
    """Drive for a while; the fastest speed backwards."""
    fastest, command = 0.0, None
    for tick in range(round(duration_s / 0.02)):
        now_s = robot.time_s + 0.02
        if tick % 5 == 0:
            command = constant_command(now_s, speed, 0.0)
        loop.step(command, now_s)
        fastest = max(fastest, -robot.speed)
    return fastest


def fast_robot(x_m: float) -> tuple[KinematicBody, BodyLoop]:
    body = capped(jackal_like_body(lidar_only_body()), ReactiveConfig())
    # a post beside the way: it passes into the blind sector while the robot drives by
    post = box(0.0, 0.20, 0.05, 0.25)
    robot = KinematicBody(post, SE2(x_m, 0.0, 0.0), description=body)
    return robot, BodyLoop(robot, ReactiveLayer(body))


def test_what_went_into_the_blind_sector_is_remembered_when_reversing() -> None:
    robot, loop = fast_robot(-1.0)
    reversing(robot, loop, 0.4, 0.0)
    reversing(robot, loop, 2.2, 0.6)
    assert robot.pose.x_m > 0.1
    # back on an arc whose rear corner would meet the post
    command = None
    for tick in range(200):
        now_s = robot.time_s + 0.02
        if tick % 5 == 0:
            command = constant_command(now_s, -0.3, -0.4)
        loop.step(command, now_s)
        assert robot.clearance_m() > 0.0


def test_ground_that_nobody_has_seen_is_entered_slowly_and_a_driven_way_is_not() -> None:
    robot, loop = fast_robot(-1.0)
    reversing(robot, loop, 0.4, 0.0)
    assert 0.05 < reversing(robot, loop, 1.5, -0.5) < 0.2  # from standstill, nothing is known
    robot, loop = fast_robot(-1.0)
    reversing(robot, loop, 0.4, 0.0)
    reversing(robot, loop, 2.5, 0.6)
    assert reversing(robot, loop, 1.2, -0.5) > 0.4
    assert math.isfinite(robot.pose.x_m)
