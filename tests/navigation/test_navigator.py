"""The navigator's verdicts, with a local planner that does as it is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import default_body
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.request import GlobalPlanRequest
from navigation.goals import DirectionGoal, Goal, NavigationState, PointGoal, PoseGoal
from navigation.local_planner.request import PlanRequest
from navigation.navigator import NavigationInput, Navigator
from navigation.navigator_config import NavigatorConfig
from navigation.types import (
    FREE,
    NO_SURFACES,
    OCCUPIED,
    CostToGo,
    GlobalPlan,
    LocalMap,
    LocalPlan,
    MapSnapshot,
    MotionState,
)

SPEC = GridSpec(0.0, 0.0, 0.05, 100, 100)
FREE_MAP = MapSnapshot(SPEC, np.full(SPEC.shape, FREE, dtype=np.uint8), 1)
HERE = SE2(1.0, 1.0, 0.0)
GOAL = PointGoal(3.0, 1.0)


class InstantJobs:
    """Does the work at the first poll."""

    def __init__(self) -> None:
        self.n_submitted = 0

    def submit(self, kind: str, work: Callable[..., Any], *args: Any, now_s: float) -> Any:
        self.n_submitted += 1
        jobs = self

        class Job:
            def poll(self, now_s: float) -> bool:
                return True

            def result(self) -> Any:
                return work(*args)

        return Job() if jobs else None


class NotedPlanner:
    """Remembers what it was asked and stands."""

    def __init__(self) -> None:
        self.request: PlanRequest | None = None

    def step(self, request: PlanRequest) -> LocalPlan:
        self.request = request
        zero = np.zeros(2)
        return LocalPlan(request.start_time_s, np.array([0.0, 0.1]), np.zeros((2, 3)), zero, zero)


def straight_plan(request: GlobalPlanRequest) -> GlobalPlan:
    """Travel time is the distance to the goal."""
    rows, cols = np.indices(SPEC.shape)
    centres = SPEC.centres_m(np.stack([rows, cols], axis=-1))
    time_s = np.linalg.norm(centres - request.goal_map_m, axis=-1).astype(np.float32)
    path = np.array([request.T_map_robot.translation(), request.goal_map_m])
    return GlobalPlan(path, request.goal_map_m, 1.0, CostToGo(SPEC, time_s))


def no_plan(request: GlobalPlanRequest) -> GlobalPlan:
    return GlobalPlan(np.zeros((0, 2)), np.zeros(2), math.inf, None, "the door is shut")


class Bench:
    """A navigator with a robot that stands wherever the test puts it."""

    def __init__(self, plan: Callable[[GlobalPlanRequest], GlobalPlan] = straight_plan) -> None:
        self.jobs, self.planner = InstantJobs(), NotedPlanner()
        self.navigator = Navigator(
            default_body(),
            self.planner,  # type: ignore[arg-type]
            self.jobs,
            NavigatorConfig(stuck_after_s=2.0),
            GlobalPlannerConfig(),
            CloseQuartersConfig(),
            plan,
        )
        self.now_s = 0.0

    def step(
        self,
        goal: Goal | None,
        pose: SE2 = HERE,
        speed_m_s: float = 0.0,
        snapshot: MapSnapshot = FREE_MAP,
        stop_reason: str = "",
    ) -> NavigationState:
        nothing = np.zeros(SPEC.shape, dtype=bool)
        local_map = LocalMap(SPEC, nothing, nothing, np.ones(SPEC.shape, dtype=np.float32))
        inputs = NavigationInput(
            pose, speed_m_s, 0.0, MotionState(pose), self.now_s, snapshot, local_map, NO_SURFACES,
            body_stop_reason=stop_reason,
        )  # fmt: skip
        _, self.status = self.navigator.step(goal, inputs, self.now_s)
        self.now_s += 0.1
        return self.status.state


def test_without_a_goal_it_is_idle() -> None:
    bench = Bench()
    assert bench.step(None) is NavigationState.IDLE
    assert bench.planner.request is not None
    assert bench.planner.request.goal is None


def test_it_plans_then_drives_then_arrives_only_when_it_stands() -> None:
    bench = Bench()
    assert bench.step(GOAL) is NavigationState.PLANNING
    assert bench.step(GOAL) is NavigationState.DRIVING
    assert bench.status.remaining_m == pytest.approx(2.0, abs=0.1)
    there = SE2(2.95, 1.0, 0.0)
    assert bench.step(GOAL, there, speed_m_s=0.5) is NavigationState.DRIVING
    assert bench.step(GOAL, there) is NavigationState.ARRIVED
    assert bench.step(GOAL, SE2(2.7, 1.0, 0.0)) is NavigationState.ARRIVED, "it is latched"


def test_a_pose_needs_its_heading() -> None:
    bench = Bench()
    goal = PoseGoal(SE2(3.0, 1.0, math.pi))
    for _ in range(3):
        bench.step(goal, SE2(3.0, 1.0, 0.0))
    assert bench.status.state is NavigationState.DRIVING
    assert bench.step(goal, SE2(3.0, 1.0, -math.pi + 0.05)) is NavigationState.ARRIVED


def test_no_way_fails_with_the_planners_reason_after_some_tries() -> None:
    bench = Bench(no_plan)
    states = [bench.step(GOAL) for _ in range(60)]
    assert states[0] is NavigationState.PLANNING
    assert states[-1] is NavigationState.FAILED
    assert bench.status.reason == "the door is shut"
    assert bench.jobs.n_submitted == NavigatorConfig().no_way_retries + 1


def test_no_progress_is_blocked_with_the_bodys_reason_and_progress_is_not() -> None:
    bench = Bench()
    for i in range(30):
        assert bench.step(GOAL, SE2(1.0 + 0.05 * i, 1.0, 0.0)) is not NavigationState.BLOCKED
    standing = SE2(2.45, 1.0, 0.0)
    states = [bench.step(GOAL, standing, stop_reason="something is in the way") for _ in range(60)]
    assert states[-1] is NavigationState.BLOCKED
    assert bench.status.reason == "something is in the way"


def test_where_it_stalls_it_looks_closer_and_plans_over_poses() -> None:
    bench = Bench()
    bench.step(GOAL)
    for _ in range(30):
        bench.step(GOAL)
    assert bench.planner.request is not None
    poses = bench.planner.request.pose_to_go
    assert poses is not None
    assert np.isfinite(poses.time_s).all()
    bench.step(PointGoal(2.0, 2.0))
    assert bench.planner.request.pose_to_go is None


def test_where_the_footprint_does_not_fit_there_is_no_way() -> None:
    bench = Bench()
    cells = FREE_MAP.cells.copy()
    cells[:, 40] = OCCUPIED
    cells[20:24, 40] = FREE  # a gap of 20 cm, and a planner that believes in it
    states = [bench.step(GOAL, snapshot=MapSnapshot(SPEC, cells, 1)) for _ in range(80)]
    assert states[-1] is NavigationState.FAILED
    assert bench.status.reason == "I do not fit through to there"


def test_a_changing_map_does_not_hide_that_nothing_moves() -> None:
    bench = Bench()
    states = [
        bench.step(GOAL, snapshot=MapSnapshot(SPEC, FREE_MAP.cells, revision))
        for revision in range(80)
    ]
    assert states[-1] is NavigationState.BLOCKED


def test_a_wall_across_the_way_is_planned_around_at_once() -> None:
    bench = Bench()
    for _ in range(4):
        bench.step(GOAL)
    cells = FREE_MAP.cells.copy()
    cells[:, 40:42] = OCCUPIED
    for _ in range(8):
        bench.step(GOAL, snapshot=MapSnapshot(SPEC, cells, 2))
    assert bench.navigator.replans == 1


def test_a_direction_is_done_when_it_was_driven_and_needs_no_global_plan() -> None:
    bench = Bench()
    goal = DirectionGoal(distance_m=-0.3)
    assert bench.step(goal) is NavigationState.DRIVING
    assert bench.step(goal, SE2(0.85, 1.0, 0.0)) is NavigationState.DRIVING
    assert bench.step(goal, SE2(0.72, 1.0, 0.0)) is NavigationState.ARRIVED
    assert bench.jobs.n_submitted == 0


def test_a_new_goal_begins_anew() -> None:
    bench = Bench()
    for _ in range(3):
        bench.step(GOAL, SE2(3.0, 1.0, 0.0))
    assert bench.status.state is NavigationState.ARRIVED
    assert bench.step(PointGoal(1.0, 3.0), SE2(3.0, 1.0, 0.0)) is NavigationState.PLANNING


def test_standing_just_outside_the_tolerance_is_as_near_as_there_is_room() -> None:
    bench = Bench()
    beside = SE2(GOAL.x_m - GOAL.tolerance_m - 0.1, 1.0, 0.0)
    states = [bench.step(GOAL, beside) for _ in range(20)]
    assert NavigationState.ARRIVED not in states[:14]
    assert states[-1] is NavigationState.ARRIVED
    assert bench.status.reason == "as near as there is room"
