import math

import numpy as np
import pytest
from planner_worlds import (
    BODY,
    Walker,
    World,
    doorway,
    drive,
    l_corridor,
    open_room,
    slalom,
    u_trap,
)

from homebody.geometry import SE2
from navigation.goals import DirectionGoal, PointGoal, PoseGoal

CELL_M = 0.0125  # an obstacle reaches half a cell beyond its centre


def jerks(run) -> tuple[float, float]:
    """Largest jerk of the command, from second differences of its 20 Hz samples."""
    largest = np.abs(np.diff(run.twist[::5], n=2, axis=0)).max(axis=0) / 0.1**2
    return float(largest[0]), float(largest[1])


def reversals(values: np.ndarray, least: float) -> int:
    signs = np.sign(values[np.abs(values) > least])
    return int((np.diff(signs) != 0).sum())


@pytest.mark.parametrize(
    ("world", "start", "goal", "clearance_m"),
    [
        (open_room(), SE2(1, 1, 0), PointGoal(5.5, 3.5), 0.3),
        (doorway(0.70), SE2(1.5, 1.5, 0), PointGoal(6.3, 3.5), 0.12),
        (doorway(0.65), SE2(2.0, 3.6, 0), PointGoal(6.0, 2.5), 0.10),
        (slalom(), SE2(0.7, 0.7, 0), PointGoal(8.2, 1.5), 0.12),
        (l_corridor(), SE2(2.6, 0.5, 0), PointGoal(5.5, 3.5), 0.12),
    ],
    ids=["open", "door70", "door65", "slalom", "corridor"],
)
def test_it_drives_there_gracefully(world, start, goal, clearance_m) -> None:
    run = drive(world, start, goal, limit_s=20.0)
    assert run.arrived_s <= 1.35 * run.length_m + 2.0
    assert run.min_clearance_m - CELL_M >= clearance_m
    jerk, yaw_jerk = jerks(run)
    assert jerk <= BODY.limits.jerk_max_m_s3 * 1.05
    assert yaw_jerk <= BODY.limits.yaw_jerk_max_rad_s3 * 1.05
    assert reversals(run.twist[:, 0], 0.05) == 0
    assert reversals(run.twist[:, 1], 0.1) <= 4
    end = run.xyt[-1]
    assert math.hypot(end[0] - goal.x_m, end[1] - goal.y_m) < 0.08


def test_noise_does_not_make_it_nervous() -> None:
    goal = PointGoal(6.3, 3.5)
    run = drive(doorway(0.70), SE2(1.5, 1.5, 0), goal, limit_s=15.0, noise=1.0)
    assert run.arrived_s < 12.0
    assert run.min_clearance_m - CELL_M > 0.08
    assert jerks(run)[0] < 2.0 * BODY.limits.jerk_max_m_s3
    standing = np.array([plan.is_stopping for plan in run.plans[-6:]])
    assert standing.all(), "it stays at the goal"


def test_it_finds_out_of_a_trap() -> None:
    run = drive(u_trap(), SE2(3.5, 3, 0), PointGoal(6.5, 3), limit_s=20.0)
    assert run.arrived_s < 15.0
    assert run.min_clearance_m - CELL_M > 0.05


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_goal_behind_is_met_by_turning_on_the_spot(seed: int) -> None:
    run = drive(open_room(), SE2(5, 3, 0), PointGoal(3.0, 3.0), limit_s=12.0, seed=seed)
    assert run.arrived_s < 6.0
    assert run.length_m < 2.3


def test_a_goal_just_behind_is_met_without_a_detour() -> None:
    near = drive(open_room(), SE2(3, 3, 0), PointGoal(2.7, 3.0), limit_s=12.0)
    assert near.arrived_s < 6.0
    assert near.length_m < 0.6


@pytest.mark.parametrize(
    ("world", "start", "pose"),
    [
        (open_room(), SE2(2, 2, 0), SE2(4, 3.5, -math.pi / 2)),
        (World(5, 4, [(4.6, 1.7, 5, 2.3)]), SE2(1.5, 3, 0), SE2(4.2, 2.0, 0)),
        (open_room(), SE2(3, 3, 0), SE2(3, 3, 3.0)),
    ],
    ids=["across", "dock", "turn"],
)
def test_a_pose_is_reached_within_its_tolerances(world, start, pose) -> None:
    run = drive(world, start, PoseGoal(pose), limit_s=14.0)
    assert run.arrived_s < 10.0
    assert run.plans[-1].is_stopping
    error = pose.inverse() @ SE2(*run.xyt[-1])
    assert math.hypot(error.x_m, error.y_m) < 0.08
    assert abs(error.wrapped().yaw_rad) < 0.15


def test_an_obstacle_that_appears_is_driven_around() -> None:
    world = World(8, 4, [], [(2.0, (3.6, 1.6, 4.0, 2.6))])
    run = drive(world, SE2(1, 2, 0), PointGoal(6.5, 2), limit_s=18.0, replan_every_s=1.0)
    assert run.arrived_s < 14.0
    assert run.min_clearance_m - CELL_M > 0.05


def test_a_person_who_crosses_is_let_pass() -> None:
    walker = Walker((4, 6.0), (0, -1.0))
    run = drive(open_room(), SE2(1, 3, 0), PointGoal(6, 3), limit_s=18.0, walkers=(walker,))
    distance = [
        np.linalg.norm(p[:2] - walker.at(t)) for p, t in zip(run.xyt, run.time_s, strict=True)
    ]
    assert min(distance) > 0.25 + 0.244 + 0.2
    close = np.array(distance) < 1.2 + 0.25
    assert np.abs(run.twist[close, 0]).max() < 0.75
    assert run.arrived_s < 14.0


def test_it_steps_aside_at_rest_for_a_person_walking_into_it() -> None:
    walker = Walker((7.0, 3.0), (-0.9, 0.0))
    run = drive(open_room(), SE2(4, 3, 1.57), None, limit_s=7.0, walkers=(walker,))
    distance = [
        np.linalg.norm(p[:2] - walker.at(t)) for p, t in zip(run.xyt, run.time_s, strict=True)
    ]
    assert min(distance) > 0.25 + 0.244 + 0.05
    assert any(plan.reason == "stepping aside" for plan in run.plans)


def test_directions_are_driven_and_turned() -> None:
    back = drive(open_room(), SE2(3, 3, 0.5), DirectionGoal(distance_m=-0.4), limit_s=5.0)
    moved = SE2(3, 3, 0.5).inverse() @ SE2(*back.xyt[-1])
    assert moved.x_m == pytest.approx(-0.4, abs=0.05)
    assert abs(moved.y_m) < 0.05
    assert np.abs(back.twist[:, 0]).max() <= 0.2 + 1e-3
    turned = drive(open_room(), SE2(3, 3, 3.0), DirectionGoal(turn_rad=2.5), limit_s=5.0)
    assert turned.xyt[-1, 2] - 3.0 == pytest.approx(2.5, abs=0.1)
    assert turned.length_m < 0.1


def test_backing_out_stops_before_a_wall() -> None:
    run = drive(open_room(), SE2(0.5, 3, 0.0), DirectionGoal(distance_m=-0.6), limit_s=6.0)
    assert run.min_clearance_m - CELL_M > 0.02


def test_it_gets_free_of_an_obstacle_that_overlaps_it() -> None:
    for box in ((3.15, 2.8, 3.6, 3.2), (2.4, 2.95, 2.9, 3.4), (2.9, 3.08, 3.1, 3.5)):
        world = World(6, 6, [box])
        run = drive(world, SE2(3, 3, 0), PointGoal(3.0, 1.0), limit_s=8.0)
        assert run.clearance_m[0] < 0.02
        assert run.clearance_m[-1] > 0.1
        assert run.clearance_m.min() >= run.clearance_m[0] - 0.03


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [
        drive(doorway(0.7), SE2(2.5, 2, 0), PointGoal(6, 2.5), limit_s=3.0, seed=7)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(runs[0].xyt, runs[1].xyt)
