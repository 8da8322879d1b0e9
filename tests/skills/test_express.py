"""What the robot shows when nothing else has its head."""

from __future__ import annotations

import math

import numpy as np
from robot_bench import RobotBench

from homebody.geometry import SE2
from homebody.messages import Face
from navigation.types import TrackedPerson
from skills.ask_for_help import AskForHelpSkill
from skills.base import SkillState
from skills.express import ExpressSkill, nearest_person
from skills.stop import HoldSkill, StopSkill


def person(identity: int, x_m: float, y_m: float) -> TrackedPerson:
    return TrackedPerson(identity, 0.0, np.array([x_m, y_m]), np.zeros(2), np.eye(4))


def test_it_looks_at_the_nearest_person_in_range() -> None:
    bench = RobotBench()
    bench.people = (person(1, 2.5, 0.0), person(2, 0.0, 1.5), person(3, 5.0, 0.0))
    assert nearest_person(bench.context()) == (0.0, 1.5)
    output = ExpressSkill().step(bench.context())
    assert output.look_at_map_m == (0.0, 1.5)
    assert output.face is Face.HAPPY
    assert output.goal is None
    bench.people = (person(3, 5.0, 0.0),)
    assert nearest_person(bench.context(), 3.0) is None


def test_alone_it_looks_slowly_from_side_to_side() -> None:
    bench = RobotBench(SE2(1.0, 1.0, 0.5))
    skill = ExpressSkill()
    bearings = []
    for _ in range(120):
        x_m, y_m = skill.step(bench.context()).look_at_map_m or (0.0, 0.0)
        bearings.append(math.atan2(y_m - 1.0, x_m - 1.0) - 0.5)
        bench.serve(None)
    assert max(bearings) > 0.8
    assert min(bearings) < -0.8
    assert max(abs(np.diff(bearings))) < 0.06


def test_on_the_dock_it_sleeps() -> None:
    bench = RobotBench(SE2(1.0, 0.0, 0.0))
    bench.T_map_dock = bench.pose
    assert ExpressSkill().step(bench.context()).face is Face.ASLEEP


def test_stop_ends_when_the_wheels_stand_and_hold_does_not_end() -> None:
    bench = RobotBench()
    bench.speed_m_s = 0.4
    assert StopSkill().step(bench.context()).state is SkillState.RUNNING
    assert HoldSkill().step(bench.context()).reason == "coming to a stop"
    bench.speed_m_s = 0.0
    assert StopSkill().step(bench.context()).state is SkillState.SUCCEEDED
    assert HoldSkill().step(bench.context()).state is SkillState.RUNNING


def test_asking_for_help_ends_by_itself_and_counts_once_per_asking() -> None:
    bench = RobotBench()
    bench.people = (person(1, 6.0, 0.0),)
    skill = AskForHelpSkill("I am stuck", patience_s=2.0)
    for _ in range(2):
        end, outputs = bench.run(skill)
        assert end.state is SkillState.SUCCEEDED
        assert sum(o.n_help_requests for o in outputs) == 1
        assert outputs[0].look_at_map_m == (6.0, 0.0)
        assert len(outputs) == 21
