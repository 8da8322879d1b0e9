"""Following and approaching people who walk by a script, in lock step."""

import math

import numpy as np
import pytest
from navigator_bench import Moment, NavigatorBench, walk
from planner_worlds import World

from homebody.geometry import SE2, wrap_angle
from navigation.goals import (
    NavigationState,
    PointGoal,
    TargetGoal,
    approaching,
    following,
)
from navigation.types import Target, TrackedPerson

HALL = World(14, 8, [])


def gaps(moments: list[Moment], from_s: float, to_s: float = math.inf) -> np.ndarray:
    return np.array([m.gap_m for m in moments if from_s <= m.now_s < to_s])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_person_who_walks_away_turns_and_stops_is_followed(seed: int) -> None:
    script = walk((3, 4), (9, 4), (9, 6.5), speed_m_s=0.8)
    moments = NavigatorBench(HALL, SE2(1, 4, 0), script, seed=seed).run(following(1), 17)
    while_walking = gaps(moments, 4.0, 10.0)
    assert np.abs(while_walking - 1.5).max() < 0.5
    assert gaps(moments, 0.0).min() > 0.8
    end = moments[-1]
    assert end.status.state is NavigationState.ARRIVED
    assert 0.7 < end.gap_m < 1.8
    assert abs(end.bearing_rad) < 0.35, "it faces whom it follows"
    speeds = np.array([m.state.speed_m_s for m in moments])
    assert 0.1 * np.maximum(-speeds, 0.0).sum() < 0.1, "it does not back off"
    assert moments[-1].state.speed_m_s == pytest.approx(0.0, abs=0.02)


def test_a_brisk_walk_is_kept_up_with_near_a_person_too() -> None:
    script = walk((3, 4), (12.5, 4), speed_m_s=0.95)
    moments = NavigatorBench(HALL, SE2(1, 4, 0), script).run(following(1), 9)
    assert gaps(moments, 8.0).max() < 2.6


def test_around_a_corner_the_way_leads_where_the_person_goes() -> None:
    world = World(10, 6, [(4.0, 0.0, 4.15, 4.0)])
    script = walk((3, 1.2), (3.2, 5), (7, 5), (7, 1), speed_m_s=0.7)
    bench = NavigatorBench(world, SE2(1, 1, 0), script)
    moments = bench.run(following(1), 20)
    assert gaps(moments, 3.0).max() < 2.0
    assert moments[-1].status.state is NavigationState.ARRIVED
    pose = moments[-1].state.T_map_robot
    assert pose.x_m > 5.0


@pytest.mark.parametrize("offset_m", [0.0, 0.15])
def test_who_comes_at_the_robot_is_never_touched(offset_m: float) -> None:
    script = walk((7, 4 + offset_m), (1.5, 4 + offset_m), speed_m_s=0.8)
    moments = NavigatorBench(HALL, SE2(1, 4, 0), script).run(following(1), 9)
    assert gaps(moments, 0.0).min() > 0.1


@pytest.mark.parametrize("facing_rad", [math.pi, math.pi / 2, 0.3])
def test_somebody_is_approached_from_the_front_and_slowly(facing_rad: float) -> None:
    bench = NavigatorBench(HALL, SE2(1, 4, 0), lambda _: (6.0, 4.0), facing_rad=facing_rad)
    moments = bench.run(approaching(1), 14)
    end = moments[-1]
    assert end.status.state is NavigationState.ARRIVED
    assert end.gap_m == pytest.approx(1.2, abs=0.25)
    assert abs(end.bearing_rad) < 0.35
    from_person = end.state.T_map_robot.translation() - end.person_m
    seen_at = wrap_angle(math.atan2(from_person[1], from_person[0]) - facing_rad)
    assert abs(seen_at) < 0.6, "within their sight"
    near = [m.state.speed_m_s for m in moments if m.gap_m < 1.2]
    assert not near or max(near) <= 0.62
    assert gaps(moments, 0.0).min() > 0.6


def test_a_point_is_reached_facing_something() -> None:
    goal = PointGoal(5.0, 4.0, face_map_m=(5.0, 7.0))
    moments = NavigatorBench(HALL, SE2(2, 4, 0)).run(goal, 10)
    assert moments[-1].status.state is NavigationState.ARRIVED
    end = moments[-1].state.T_map_robot
    assert math.hypot(end.x_m - 5.0, end.y_m - 4.0) < 0.15
    assert abs(wrap_angle(end.yaw_rad - math.pi / 2)) < 0.35


def test_somebody_unseen_is_gone_to_where_they_went_and_then_reported_lost() -> None:
    bench = NavigatorBench(HALL, SE2(1, 4, 0), walk((4, 4), (5, 4), speed_m_s=0.8))
    bench.run(following(1), 1.5)
    bench._script = None
    moments = bench.run(following(1), 6.0)
    assert moments[10].status.state is NavigationState.DRIVING
    assert moments[-1].status.state is NavigationState.BLOCKED
    assert "lost sight" in moments[-1].status.reason
    assert moments[-1].state.T_map_robot.x_m > 2.5
    assert abs(moments[-1].state.speed_m_s) < 0.05


def test_who_was_never_seen_is_not_driven_to() -> None:
    moments = NavigatorBench(HALL, SE2(1, 4, 0)).run(following(7), 1.0)
    assert moments[-1].status.state is NavigationState.BLOCKED
    assert moments[-1].plan.is_stopping
    assert moments[-1].plan.reason == "nobody knows where they are"


def test_the_newest_motion_may_come_with_the_goal() -> None:
    here = TrackedPerson(7, 0.0, np.array([6.0, 4.0]), np.zeros(2), 0.01 * np.eye(4))
    assert TargetGoal(7, given=here) == TargetGoal(7)
    moments = NavigatorBench(HALL, SE2(1, 4, 0)).run(TargetGoal(7, given=here), 9.0)
    pose = moments[-1].state.T_map_robot
    assert math.dist(pose.translation(), (6.0, 4.0)) == pytest.approx(1.96, abs=0.3)


def test_a_walk_fades_out() -> None:
    target = Target(1.0, np.array([1.0, 0.0]), np.array([1.0, 0.0]), 1.5)
    # x = 1 + 2 (1 - exp(-t / 2)), at t = 2: 1 + 2 * 0.63212
    np.testing.assert_allclose(target.position_at(3.0), (2.26424, 0.0), atol=1e-5)
    np.testing.assert_allclose(target.velocity_at(3.0), (0.36788, 0.0), atol=1e-5)
    np.testing.assert_allclose(target.position_at(0.0), (1.0, 0.0))
