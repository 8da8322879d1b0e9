"""A new goal shows in the motion at once, also while its global plan is still on its way."""

import numpy as np
import pytest
from navigator_bench import NavigatorBench
from planner_worlds import World, doorway

from homebody.geometry import SE2
from navigation.goals import Goal, PointGoal

HALL = World(14, 8, [])
AHEAD = PointGoal(12.0, 4.0)


def shown_after_s(world: World, before: Goal | None, goal: Goal, job_delay_s: float) -> float:
    """From the tick that brings a new goal to the tick whose plan moves otherwise than without."""
    benches = [NavigatorBench(world, SE2(1.5, 4, 0), job_delay_s=job_delay_s) for _ in range(2)]
    for bench in benches:
        bench.run(before, 2.0)
    for i in range(20):
        plans = [b.step(g).plan for b, g in zip(benches, (before, goal), strict=True)]
        soon = plans[0].time_s <= 0.2
        speed = np.abs(plans[0].speed_m_s - plans[1].speed_m_s)[soon].max()
        turn = np.abs(plans[0].yaw_rate_rad_s - plans[1].yaw_rate_rad_s)[soon].max()
        if speed > 0.02 or turn > 0.04:
            return 0.1 * i
    return np.inf


@pytest.mark.parametrize("job_delay_s", [0.03, 0.5])
@pytest.mark.parametrize("before", [None, AHEAD], ids=["at rest", "driving"])
@pytest.mark.parametrize("goal", [PointGoal(5.0, 7.0), PointGoal(1.0, 1.0)])
def test_a_new_goal_shows_at_once(before: Goal | None, goal: Goal, job_delay_s: float) -> None:
    # the wait for the next tick, at most 0.1 s, and 0.02 s to the body come on top
    assert shown_after_s(HALL, before, goal, job_delay_s) <= 0.05


def test_a_goal_out_of_sight_shows_with_its_plan() -> None:
    behind_a_wall = PointGoal(2.0, 1.0)
    world = World(14, 8, [(0.0, 2.5, 6.0, 2.7)])
    assert shown_after_s(world, None, behind_a_wall, 0.03) <= 0.1 + 1e-9
    assert shown_after_s(world, AHEAD, behind_a_wall, 0.03) <= 0.1 + 1e-9


def test_it_slows_smoothly_until_the_plan_comes_where_no_straight_line_leads() -> None:
    bench = NavigatorBench(doorway(0.8), SE2(1.0, 2.5, 0), job_delay_s=0.5)
    bench.run(PointGoal(3.2, 2.5), 2.4)
    moments = bench.run(PointGoal(6.5, 4.5), 0.5)
    speeds = np.array([m.state.speed_m_s for m in moments])
    assert speeds[0] > 0.4
    assert (np.diff(speeds) <= 1e-6).all()
    assert np.abs(np.diff(speeds, n=2)).max() <= 3.0 * 0.1**2 * 1.05, "within the comfort jerk"
    assert bench.run(PointGoal(6.5, 4.5), 8.0)[-1].state.T_map_robot.x_m > 5.0
