"""The whole robot in lock step: from a task's submission to the first command that moves."""

from app.config import HomebodyConfig
from app.lockstep import LockStepRobot
from app.setting import make_setting
from homebody.payloads import PROTOCOL_VERSION, TaskRequest

SHOWN_S = 0.2


def test_a_task_shows_in_the_motion_within_200_ms_at_any_phase_of_the_tick() -> None:
    config = HomebodyConfig()
    for phase in (1, 4):
        robot = LockStepRobot(make_setting(config, None, None, None, 1), config)
        while robot.now_s < 1.0 or robot._tick % 5 != phase:
            robot.step()
        submitted_s = robot.now_s
        args = {"room": "kitchen"}
        request = TaskRequest(
            v=PROTOCOL_VERSION, id="one", type="go_to", args=args, ts=submitted_s, ttl_s=9.0
        )
        robot.brain.submit(request, False, submitted_s)
        while robot.now_s < submitted_s + 1.0:
            now_s = robot.now_s
            robot.step()
            twist = robot._command.twist_at(now_s + 0.1)
            if abs(twist[0]) > 0.005 or abs(twist[1]) > 0.02:
                break
        assert now_s - submitted_s <= SHOWN_S + 1e-9
