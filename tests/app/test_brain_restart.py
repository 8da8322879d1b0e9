"""A brain that is started again goes on where it was, and hears of the stops it has missed."""

from __future__ import annotations

from app.brain_state import BrainState
from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from homebody.payloads import TaskEvent, TaskRequest


def make_robot() -> LockStepRobot:
    config = load_config()
    return LockStepRobot(make_setting(config, None, None, None, 2), config)


def run(robot: LockStepRobot, duration_s: float) -> list[TaskEvent]:
    events: list[TaskEvent] = []
    until_s = robot.now_s + duration_s
    while robot.now_s < until_s:
        output = robot.step()
        events += output.events if output is not None else ()
    return events


def ask(robot: LockStepRobot, name: str, x: float) -> None:
    request = TaskRequest(v=1, id=name, type="go_to", args={"x": x, "y": 4.7}, ts=0.0, ttl_s=60.0)
    robot.brain.submit(request, False, robot.now_s)


def stored_midway() -> BrainState:
    robot = make_robot()
    ask(robot, "a", 2.0)
    ask(robot, "b", 1.0)
    run(robot, 1.0)
    return BrainState.model_validate_json(robot.brain.state().model_dump_json())


def states(events: list[TaskEvent]) -> list[tuple[str, str]]:
    return [(event.id, event.state) for event in events]


def test_it_goes_on_with_the_task_and_says_so() -> None:
    robot = make_robot()
    robot.brain.resume(stored_midway(), 0.0)
    ask(robot, "a", 9.0)
    events = run(robot, 15.0)
    assert states(events) == [
        ("a", "paused"),
        ("b", "queued"),
        ("a", "paused"),  # the answer to the id that was sent again
        ("a", "running"),
        ("a", "succeeded"),
        ("b", "running"),
        ("b", "succeeded"),
    ]
    assert events[3].reason.startswith("goes on after a restart: ")
    ask(robot, "a", 2.0)
    assert states(run(robot, 0.2)) == [("a", "succeeded")], "nothing runs twice"


def test_a_stop_while_it_was_away_ends_its_tasks() -> None:
    stored = stored_midway()
    robot = make_robot()
    robot.body.stop("a stop was asked for")
    robot.brain.resume(stored, 0.0)
    assert states(run(robot, 0.5))[-2:] == [("a", "cancelled"), ("b", "cancelled")]
    assert robot.brain.state().stops_heard == 1
    ask(robot, "c", 1.0)
    assert states(run(robot, 0.5)) == [("c", "accepted"), ("c", "running")]


def test_a_stop_that_it_has_heard_before_ends_nothing() -> None:
    stored = stored_midway().model_copy(update={"stops_heard": 1})
    robot = make_robot()
    robot.body.stop("a stop was asked for")
    robot.brain.resume(stored, 0.0)
    assert ("a", "running") in states(run(robot, 1.0))
