"""Getting free begins with patience: longer for somebody than for something."""

import numpy as np
from robot_bench import RobotBench

from homebody.messages import default_body
from navigation.types import TrackedPerson
from skills.base import SkillState
from skills.config import RecoverConfig
from skills.recover import RecoverSkill

CONFIG = RecoverConfig()


def person_at(x_m: float) -> TrackedPerson:
    return TrackedPerson(1, 0.0, np.array([x_m, 0.0]), np.zeros(2), np.eye(4))


def waited_s(bench: RobotBench, leaves_after_s: float = np.inf) -> tuple[float, set[str]]:
    skill, said = RecoverSkill(default_body().footprint_m, CONFIG), set()
    skill.start(bench.context())
    began_s = bench.now_s
    while True:
        if bench.now_s - began_s >= leaves_after_s:
            bench.people = ()
        output = skill.step(bench.context())
        said.add(output.reason)
        if output.state is not SkillState.RUNNING:
            return bench.now_s - began_s, said
        bench.serve(output.goal)


def test_something_is_waited_for_briefly() -> None:
    seconds, said = waited_s(RobotBench())
    assert abs(seconds - CONFIG.wait_s) < 0.2
    assert said == {"waiting a moment for the way to clear"}


def test_somebody_is_waited_for_as_long_as_it_pays_and_no_longer() -> None:
    bench = RobotBench()
    bench.people = (person_at(0.8),)
    seconds, said = waited_s(bench)
    assert abs(seconds - (CONFIG.detour_s - CONFIG.passer_typical_s)) < 0.2
    assert said == {"waiting a moment for somebody to pass"}
    bench.people = (person_at(0.8),)
    assert waited_s(bench, leaves_after_s=3.0)[0] < 3.3
    bench.people = (person_at(3.0),)
    assert waited_s(bench)[0] < 2.0
