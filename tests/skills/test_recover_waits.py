"""Getting free begins with a moment's patience."""

from robot_bench import RobotBench

from homebody.messages import default_body
from skills.base import SkillState
from skills.config import RecoverConfig
from skills.recover import RecoverSkill

CONFIG = RecoverConfig()


def test_the_way_is_given_a_moment_to_clear() -> None:
    bench = RobotBench()
    skill, said = RecoverSkill(default_body().footprint_m, CONFIG), set()
    skill.start(bench.context())
    began_s = bench.now_s
    while (output := skill.step(bench.context())).state is SkillState.RUNNING:
        said.add(output.reason)
        bench.serve(output.goal)
    assert abs(bench.now_s - began_s - CONFIG.wait_s) < 0.2
    assert said == {"waiting a moment for the way to clear"}
