"""The tree on the bench: tasks from request to result, and what comes before them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel
from robot_bench import RobotBench, rooms_with

from behaviours.config import TreeConfig
from behaviours.leaves import RunSkill
from behaviours.task_queue import TaskQueue
from behaviours.task_types import ExploreArgs, TaskType, TaskTypes, task_types
from behaviours.tree import Decision, RobotTree
from homebody.geometry import SE2
from homebody.messages import Battery, Face, default_body
from homebody.payloads import TaskRequest
from navigation.exploration.request import ExplorationDecision, ExplorationRequest
from navigation.goals import DirectionGoal, NavigationState, PointGoal
from skills.base import Skill, SkillContext, SkillOutput, SkillState
from skills.config import SkillsConfig

WALL_S = 1.7e9


def decide(request: ExplorationRequest) -> ExplorationDecision:
    """Look from (1, 0), then from (2, 0), then all is seen."""
    n = len(request.looked_from_map_m)
    if n == 2:
        return ExplorationDecision(None, None, "all seen", True, 1.0, 0.0)
    spot = np.array([1.0 + n, 0.0])
    return ExplorationDecision(spot, spot, "more to see", False, 0.4 * (n + 1), 10.0)


TYPES = task_types(default_body(), decide, SkillsConfig())


@dataclass
class Robot:
    """A tree on the bench, with everything it said."""

    types: TaskTypes = field(default_factory=lambda: TYPES)
    bench: RobotBench = field(default_factory=RobotBench)
    is_estopped: bool = False
    is_stop_requested: bool = False
    events: list[tuple[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = TaskQueue(self.types)
        self.tree = RobotTree(self.types, self.queue, TreeConfig())

    def ask(self, task_id: str, task_type: str, **args: object) -> None:
        request = TaskRequest(v=1, id=task_id, type=task_type, args=args, ts=WALL_S)
        self._tell(self.queue.submit(request, False, WALL_S))

    def tick(self, n: int = 1) -> Decision:
        for _ in range(n):
            stop, self.is_stop_requested = self.is_stop_requested, False
            now_s = self.bench.now_s
            wall_s = WALL_S + now_s
            decision = self.tree.step(self.bench.context(), self.is_estopped, stop, wall_s, now_s)
            self._tell(list(decision.events))
            self.bench.serve(decision.goal)
        return decision

    def tick_until(self, *event: str, limit: int = 3000) -> Decision:
        for _ in range(limit):
            decision = self.tick()
            if any((e.id, e.state) == event for e in decision.events):
                return decision
        raise AssertionError(f"{event} did not come; there were {self.events}")

    def _tell(self, events: list) -> None:
        self.events += [(e.id, e.state) for e in events]
        self.reasons += [e.reason for e in events]


def test_a_task_from_request_to_result() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=1.0, y=0.0)
    robot.tick(5)
    assert robot.queue.active is not None
    assert robot.queue.active.progress is not None
    decision = robot.tick_until("t1", "succeeded")
    assert decision.goal is None
    assert robot.events == [("t1", "accepted"), ("t1", "running"), ("t1", "succeeded")]
    assert "arrived at (1.00, 0.00)" in robot.reasons[-1]
    assert robot.tick().activity == "Looking about, because there is nothing to do."


def test_tasks_run_one_after_the_other() -> None:
    robot = Robot()
    robot.bench.rooms = rooms_with(kitchen=(-2.0, 0.0))
    robot.ask("t1", "explore")
    robot.ask("t2", "go_to", room="Kitchen")
    robot.tick_until("t2", "succeeded")
    assert robot.events == [
        ("t1", "accepted"),
        ("t2", "accepted"),
        ("t2", "queued"),
        ("t1", "running"),
        ("t1", "succeeded"),
        ("t2", "running"),
        ("t2", "succeeded"),
    ]


def test_a_failed_task_says_why_and_the_next_one_runs() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", room="cellar")
    robot.ask("t2", "go_to", x=0.5, y=0.0)
    robot.tick_until("t1", "failed")
    assert "no room 'cellar'" in robot.reasons[-1]
    robot.tick_until("t2", "succeeded")


def test_the_sentence_says_what_and_why() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=3.0, y=1.0)
    assert robot.tick(5).activity == (
        "Going to (3.00, 1.00): on the way, because I was asked to go to x=3.0, y=1.0."
    )


def test_stop_ends_the_task_and_the_robot_stands_before_anything_else() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=3.0, y=0.0)
    robot.ask("t2", "explore")
    robot.tick(10)
    robot.is_stop_requested = True
    decision = robot.tick()
    assert decision.goal is None
    assert robot.events[-2:] == [("t1", "cancelled"), ("t2", "cancelled")]
    assert decision.activity == "Coming to a stop, because somebody said stop."
    robot.ask("t3", "go_to", x=0.0, y=0.0)
    robot.bench.speed_m_s = 0.3
    assert robot.tick().goal is None
    assert ("t3", "running") not in robot.events
    robot.tick_until("t3", "succeeded")


def test_an_emergency_stop_comes_first_and_letting_go_starts_nothing() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=3.0, y=0.0)
    robot.tick(10)
    robot.is_estopped = True
    decision = robot.tick()
    assert decision.goal is None
    assert decision.face is Face.WORRIED
    assert decision.activity.endswith("because the emergency stop is engaged.")
    assert robot.events[-1] == ("t1", "cancelled")
    assert robot.reasons[-1] == "the emergency stop is engaged"
    robot.ask("t2", "explore")
    robot.tick(3)
    assert robot.events[-1] == ("t2", "cancelled")
    robot.is_estopped = False
    assert robot.tick(20).goal is None


def test_lost_pauses_the_task_and_found_resumes_it() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=3.0, y=0.0)
    robot.tick(10)
    robot.bench.quality = 0.05
    decision = robot.tick(15)
    assert decision.goal is None
    assert "I am not sure where I am" in decision.activity
    assert robot.events[-1] == ("t1", "paused")
    robot.bench.quality = 0.9
    robot.tick_until("t1", "running")
    robot.tick_until("t1", "succeeded")


def charge_while_docked(robot: Robot, limit: int = 3000) -> None:
    for _ in range(limit):
        battery = robot.bench.battery
        assert battery is not None
        if battery.charge >= 0.8:
            return
        step = 0.005 if robot.bench.is_docked else 0.0
        robot.bench.battery = Battery(0.0, battery.charge + step, robot.bench.is_docked)
        robot.tick()
    raise AssertionError("it never charged")


def test_a_low_battery_pauses_the_task_charges_and_resumes() -> None:
    robot = Robot()
    robot.bench.T_map_dock = SE2(-2.0, 0.0, 0.0)
    robot.bench.battery = Battery(0.0, 0.5, False)
    robot.ask("t1", "go_to", x=3.0, y=0.0)
    robot.tick(10)
    robot.bench.battery = Battery(0.0, 0.14, False)
    decision = robot.tick()
    assert robot.events[-1] == ("t1", "paused")
    assert "because the battery is low (14%)" in decision.activity
    charge_while_docked(robot)
    robot.tick_until("t1", "succeeded")
    assert [state for _, state in robot.events] == [
        "accepted",
        "running",
        "paused",
        "running",
        "succeeded",
    ]
    assert robot.bench.pose.distance_m(SE2(3.0, 0.0, 0.0)) < 0.01


def test_a_dock_out_of_reach_asks_for_help_and_then_lets_the_task_go_on() -> None:
    robot = Robot()
    robot.bench.T_map_dock = SE2(-2.0, 0.0, 0.0)
    robot.bench.trouble = lambda goal: (
        None
        if isinstance(goal, PointGoal | DirectionGoal)
        else (NavigationState.FAILED, "the door is shut")
    )
    robot.bench.battery = Battery(0.0, 0.1, False)
    robot.ask("t1", "go_to", x=1.0, y=0.0)
    faces = set()
    for _ in range(1500):
        decision = robot.tick()
        faces.add(decision.face)
    assert decision.help_requests == 3
    assert Face.ASKING in faces
    assert robot.events[-1] == ("t1", "succeeded")


def test_a_task_to_dock_is_not_paused_to_dock() -> None:
    robot = Robot()
    robot.bench.T_map_dock = SE2(-2.0, 0.0, 0.0)
    robot.bench.battery = Battery(0.0, 0.16, False)
    robot.ask("t1", "dock")
    robot.tick(5)
    robot.bench.battery = Battery(0.0, 0.1, False)
    robot.tick_until("t1", "succeeded")
    assert ("t1", "paused") not in robot.events
    assert "Charging on the dock (10%)" in robot.tick(2).activity


def test_exploring_goes_on_after_charging_with_what_it_has_seen() -> None:
    robot = Robot()
    robot.bench.T_map_dock = SE2(-1.0, 0.0, 0.0)
    robot.bench.battery = Battery(0.0, 0.5, False)
    robot.ask("t1", "explore")
    while robot.bench.pose.x_m < 1.3:
        robot.tick()
    robot.bench.battery = Battery(0.0, 0.1, False)
    charge_while_docked(robot)
    robot.tick_until("t1", "succeeded")
    spots = [g.x_m for g in robot.bench.goals if isinstance(g, PointGoal)]
    assert spots == [1.0, 2.0, 2.0]


def test_recoveries_and_help_are_counted() -> None:
    robot = Robot()
    robot.bench.trouble = lambda goal: (
        None if isinstance(goal, DirectionGoal) else (NavigationState.BLOCKED, "a chair")
    )
    robot.ask("t1", "go_to", x=3.0, y=0.0)
    decision = robot.tick_until("t1", "failed")
    assert (decision.recoveries, decision.help_requests) == (3, 1)
    robot.ask("t2", "go_to", x=3.0, y=0.0)
    decision = robot.tick_until("t2", "failed")
    assert (decision.recoveries, decision.help_requests) == (6, 2)


# --- exceptions ----------------------------------------------------------------------------------


class Wheel:
    """A skill whose motor runs from start to cancel; raises where it is told to."""

    name = "wheel"

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.is_on = False

    def _raise_at(self, where: str) -> None:
        if self.bad == where:
            raise ValueError(f"bad {where}")

    def start(self, context: SkillContext) -> None:
        self.is_on = True
        self._raise_at("start")

    def step(self, context: SkillContext) -> SkillOutput:
        self._raise_at("step")
        return SkillOutput(SkillState.RUNNING, "turning", PointGoal(1.0, 0.0))

    def cancel(self) -> None:
        self.is_on = False
        self._raise_at("cancel")


def robot_with(skill: Skill) -> Robot:
    return Robot(types={**TYPES, "wheel": TaskType(ExploreArgs, lambda _: skill)})


@pytest.mark.parametrize("where", ["start", "step"])
def test_an_exception_fails_the_task_and_the_robot_stands(where: str) -> None:
    wheel = Wheel(where)
    robot = robot_with(wheel)
    robot.ask("t1", "wheel")
    robot.ask("t2", "go_to", x=0.5, y=0.0)
    decision = robot.tick()
    assert decision.goal is None
    assert decision.fault is not None
    assert f"ValueError: bad {where}" in decision.activity
    assert robot.events[-1] == ("t1", "failed")
    assert f"bad {where}" in robot.reasons[-1]
    assert not wheel.is_on
    assert all(node.status is Status.INVALID for node in robot.tree.root.iterate())
    robot.tick_until("t2", "succeeded")


def test_an_exception_later_on_fails_the_running_task() -> None:
    wheel = Wheel()
    robot = robot_with(wheel)
    robot.ask("t1", "wheel")
    assert robot.tick(3).goal is not None
    wheel.bad = "step"
    assert robot.tick().goal is None
    assert robot.events[-1] == ("t1", "failed")
    assert not wheel.is_on


def test_an_exception_while_being_cancelled_leaves_nothing_running() -> None:
    wheel = Wheel()
    robot = robot_with(wheel)
    robot.ask("t1", "wheel")
    robot.tick(3)
    wheel.bad = "cancel"
    robot.is_stop_requested = True
    assert robot.tick().goal is None
    assert not wheel.is_on
    assert robot.tick(2).fault is None


def test_a_skill_that_cannot_be_made_fails_its_task() -> None:
    def refuse(_: ExploreArgs) -> Skill:
        raise ValueError("no such thing")

    robot = Robot(types={**TYPES, "wheel": TaskType(ExploreArgs, refuse)})
    robot.ask("t1", "wheel")
    assert robot.tick().goal is None
    assert robot.events[-1] == ("t1", "failed")
    assert robot.tick().fault is None


def test_a_sibling_skill_under_a_parallel_is_cancelled_when_the_first_tick_raises() -> None:
    """The very case that py_trees 2.6 leaves RUNNING, in the robot's own tree."""
    turning, bad = Wheel(), Wheel("step")
    robot = Robot()
    moment = robot.tree._moment
    both = Parallel(
        "both",
        ParallelPolicy.SuccessOnAll(),
        children=[RunSkill("good", lambda: turning, moment), RunSkill("bad", lambda: bad, moment)],
    )
    robot.tree.root.insert_child(both, 2)
    decision = robot.tick()
    assert decision.goal is None
    assert decision.fault is not None
    assert not turning.is_on
    assert not bad.is_on
    assert all(node.status is Status.INVALID for node in robot.tree.root.iterate())


# --- as a whole ----------------------------------------------------------------------------------

WISHES = ["explore", "go_to", "dock", "bad-room", "stop", "wait"]
HAPPENINGS = ["estop", "free", "lost", "found", "empty", "full", "blocked", "clear"]
SCRIPT = st.lists(st.tuples(st.sampled_from(WISHES + HAPPENINGS), st.integers(1, 25)), max_size=15)


def play(robot: Robot, action: str, n: int) -> None:
    bench = robot.bench
    if action in ("explore", "dock"):
        robot.ask(f"t{n}", action)
    elif action == "go_to":
        robot.ask(f"t{n}", "go_to", x=0.1 * n, y=0.0)
    elif action == "bad-room":
        robot.ask(f"t{n}", "go_to", room="cellar")
    elif action in ("estop", "free"):
        robot.is_estopped = action == "estop"
    elif action in ("lost", "found"):
        bench.quality = 0.0 if action == "lost" else 1.0
    elif action in ("empty", "full"):
        bench.battery = Battery(0.0, 0.1 if action == "empty" else 0.9, False)
    elif action in ("blocked", "clear"):
        verdict = (NavigationState.BLOCKED, "a box") if action == "blocked" else None
        bench.trouble = lambda _: verdict
    robot.is_stop_requested = action == "stop"


@given(SCRIPT)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_one_skill_at_most_has_the_robot(script: list[tuple[str, int]]) -> None:
    robot = Robot()
    robot.bench.T_map_dock = SE2(-0.5, 0.0, 0.0)
    for i, (action, n) in enumerate(script):
        play(robot, action, 100 * i + n)
        for _ in range(n):
            decision = robot.tick()
            leaves = [x for x in robot.tree.root.iterate() if isinstance(x, RunSkill)]
            assert sum(leaf.status is Status.RUNNING for leaf in leaves) <= 1
            assert decision.fault is None
            assert decision.activity[-1] == "."
            task = robot.queue.active
            if robot.is_estopped or (task is None and bench_is_idle(robot)):
                assert decision.goal is None
    robot.tree.close()
    running = [node for node in robot.tree.root.iterate() if node.status is Status.RUNNING]
    assert running == []


def bench_is_idle(robot: Robot) -> bool:
    """Whether nothing but a task may want the robot to move."""
    return robot.bench.battery is None or robot.bench.battery.charge > 0.8


def test_a_tick_is_cheap() -> None:
    robot = Robot()
    robot.ask("t1", "go_to", x=4.0, y=0.0)
    costs = []
    for _ in range(40):
        context, now_s = robot.bench.context(), robot.bench.now_s
        began = time.perf_counter()
        decision = robot.tree.step(context, False, False, WALL_S, now_s)
        costs.append(time.perf_counter() - began)
        robot.bench.serve(decision.goal)
    assert sorted(costs)[20] < 1e-3
