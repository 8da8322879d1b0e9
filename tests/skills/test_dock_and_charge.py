"""Onto the dock, and what happens when the contact does not come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from robot_bench import RobotBench

from homebody.geometry import SE2
from homebody.messages import Battery, Face, default_body
from navigation.goals import DirectionGoal, NavigationState, PoseGoal
from skills.base import SkillState
from skills.charge import ChargeSkill
from skills.config import SkillsConfig
from skills.dock import DockSkill

DOCK = SE2(2.0, 1.0, 1.5707963267948966)


def dock_skill() -> DockSkill:
    return DockSkill(default_body(), SkillsConfig())


def bench_with_dock() -> RobotBench:
    bench = RobotBench()
    bench.T_map_dock = DOCK
    return bench


def test_it_stands_in_front_then_backs_in_along_the_docks_heading() -> None:
    bench = bench_with_dock()
    end, _ = bench.run(dock_skill())
    assert end.state is SkillState.SUCCEEDED
    front, inside = bench.goals
    assert isinstance(front, PoseGoal)
    assert isinstance(inside, PoseGoal)
    assert front.T_map_goal.as_array() == pytest.approx([2.0, 1.45, DOCK.yaw_rad])
    assert inside.T_map_goal == DOCK
    assert inside.tolerance_m < front.tolerance_m


def test_no_dock_is_a_reason() -> None:
    end, _ = RobotBench().run(dock_skill())
    assert end.state is SkillState.FAILED
    assert end.reason == "I know of no dock"


def test_on_the_dock_there_is_nothing_to_do() -> None:
    bench = bench_with_dock()
    bench.pose = DOCK
    end, outputs = bench.run(dock_skill())
    assert end.state is SkillState.SUCCEEDED
    assert len(outputs) == 1


def test_without_contact_it_backs_off_and_tries_twice_more() -> None:
    bench = bench_with_dock()
    bench.dock_works = False
    end, _ = bench.run(dock_skill())
    assert end.state is SkillState.FAILED
    assert end.reason == "no contact on the dock after 3 tries"
    assert sum(isinstance(g, DirectionGoal) for g in bench.goals) == 2
    assert sum(isinstance(g, PoseGoal) for g in bench.goals) == 6


def test_blocked_at_the_dock_means_feel_and_try_again() -> None:
    bench = bench_with_dock()
    tries = []

    def trouble(goal: object) -> tuple[NavigationState, str] | None:
        if isinstance(goal, PoseGoal) and goal.T_map_goal == DOCK and not tries:
            tries.append(1)
            return NavigationState.BLOCKED, "the dock's edge"
        return None

    bench.trouble = trouble
    end, _ = bench.run(dock_skill())
    assert end.state is SkillState.SUCCEEDED


def test_a_dock_out_of_reach_fails_with_the_reason() -> None:
    bench = bench_with_dock()
    bench.trouble = lambda _: (NavigationState.FAILED, "the door is shut")
    end, _ = bench.run(dock_skill())
    assert "the door is shut" in end.reason
    assert "front of the dock" in end.reason


def test_charging_rests_until_full_and_docks_again_when_pushed_off() -> None:
    bench = bench_with_dock()
    bench.battery = Battery(0.0, 0.1, False)
    skill = ChargeSkill(dock_skill(), full=0.8)
    skill.start(bench.context())
    faces = []
    for _ in range(300):
        output = skill.step(bench.context())
        faces.append(output.face)
        if output.state is not SkillState.RUNNING:
            break
        if bench.is_docked:
            bench.battery = replace(bench.battery, charge=bench.battery.charge + 0.01)
        if bench.battery.charge == pytest.approx(0.4):
            bench.pose = SE2(1.0, 0.0, 0.0)
            bench.battery = replace(bench.battery, charge=0.405)
        bench.serve(output.goal)
    assert output.state is SkillState.SUCCEEDED
    assert faces.count(Face.ASLEEP) > 60
    assert bench.goals.count(bench.goals[0]) == 2
