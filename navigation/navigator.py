"""Serves one goal at a time: global plan as a job, local plan ten times a second, and a verdict.

The global plan is renewed when the map has changed and its way is blocked or old; the local
planner follows its cost-to-go field freely. When nothing has brought the robot nearer for a while
the goal is BLOCKED, and a skill decides what to try.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.errors import HomebodyError
from homebody.geometry import SE2, wrap_angle
from homebody.messages import BodyDescription
from homebody.ports import Job, JobRunner
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.close_quarters.look import CloseLook
from navigation.close_quarters.pose_field import PoseFieldRequest, time_from
from navigation.global_planner.check import is_path_blocked
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.goals import (
    DirectionGoal,
    Goal,
    NavigationState,
    NavigationStatus,
    PointGoal,
    PoseGoal,
    TargetGoal,
)
from navigation.local_planner.arrival import End
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import PlanRequest
from navigation.moving_target import TargetWatch, aim_of
from navigation.navigator_config import NavigatorConfig
from navigation.types import (
    GlobalPlan,
    LocalMap,
    LocalPlan,
    MapSnapshot,
    MotionState,
    Mover,
    PoseToGo,
    Target,
    TrackedPerson,
)

_STANDING_M_S = 0.03
_STANDING_RAD_S = 0.08


@dataclass(frozen=True, slots=True)
class NavigationInput:
    """What the navigator looks at in one tick; everything in the map frame.

    Attributes:
        T_map_robot: Where the robot is, for judging arrival.
        predicted: Its motion state at `start_time_s`, when the plan takes effect.
        surfaces: Where surfaces lie in the map's cells, shape (3, 4, H, W).
        body_stop_reason: Why the body's reactive layer holds the robot, empty if it does not.
        movers: What moves and is no person.
        ranges_age_s: How old the newest good ranges are when the plan takes effect.
    """

    T_map_robot: SE2
    speed_m_s: float
    yaw_rate_rad_s: float
    predicted: MotionState
    start_time_s: float
    snapshot: MapSnapshot
    local_map: LocalMap
    surfaces: NDArray[np.float32]
    people: tuple[TrackedPerson, ...] = ()
    body_stop_reason: str = ""
    movers: tuple[Mover, ...] = ()
    ranges_age_s: float = 0.0


@dataclass(slots=True)
class _Pursuit:
    """What is known about the goal being served."""

    goal: Goal
    start_pose: SE2
    target: Goal
    began_s: float = 0.0
    whom: Target | None = None
    plan: GlobalPlan | None = None
    planned_s: float = -math.inf
    planned_revision: int = -1
    checked_s: float = -math.inf
    job: Job[GlobalPlan] | None = None
    failures: int = 0
    best_remaining: float = math.inf
    progressed_s: float = 0.0
    still_since_s: float = math.inf
    arrival: str = ""

    @property
    def is_arrived(self) -> bool:
        return bool(self.arrival)


class Navigator:
    """Turns goals into local plans; `step` once per brain tick."""

    def __init__(
        self,
        body: BodyDescription,
        planner: LocalPlanner,
        jobs: JobRunner,
        config: NavigatorConfig,
        global_config: GlobalPlannerConfig,
        close_config: CloseQuartersConfig,
        plan_global: Callable[[GlobalPlanRequest], GlobalPlan] = plan,
    ) -> None:
        self._body = body
        self._planner = planner
        self._jobs = jobs
        self._config = config
        self._global_config = global_config
        self._plan_global = plan_global
        self._pursuit: _Pursuit | None = None
        self._close_config = close_config
        self._close_look = CloseLook(jobs, close_config.period_s)
        self._watch = TargetWatch(body, config)
        self.replans = 0

    @property
    def global_plan(self) -> GlobalPlan | None:
        return self._pursuit.plan if self._pursuit else None

    def step(
        self, goal: Goal | None, inputs: NavigationInput, now_s: float
    ) -> tuple[LocalPlan, NavigationStatus]:
        """Plan the next motion toward `goal` (None: stand) and say how far it has come."""
        if goal is None:
            self._pursuit = None
            return self._local_plan(None, inputs), NavigationStatus()
        pursuit = self._pursuit_of(goal, inputs, now_s)
        if isinstance(goal, TargetGoal):
            here = inputs.T_map_robot
            pursuit.whom = self._watch.step(goal, inputs.people, here, inputs.snapshot, now_s)
        if not isinstance(goal, DirectionGoal):
            self._guide(pursuit, inputs, now_s)
            self._look_closer(pursuit, inputs, now_s)
        status = self._status(pursuit, inputs, now_s)
        is_over = status.state in (NavigationState.ARRIVED, NavigationState.FAILED)
        is_over = is_over and not isinstance(goal, TargetGoal)
        return self._local_plan(None if is_over else pursuit, inputs), status

    def _pursuit_of(self, goal: Goal, inputs: NavigationInput, now_s: float) -> _Pursuit:
        if self._pursuit is None or self._pursuit.goal != goal:
            self._close_look.reset()
            self._watch.reset()
            self._pursuit = _Pursuit(
                goal,
                inputs.T_map_robot,
                goal,
                began_s=now_s,
                progressed_s=now_s,
                still_since_s=now_s,
            )
        return self._pursuit

    # --- global guidance ---------------------------------------------------------------------

    def _guide(self, pursuit: _Pursuit, inputs: NavigationInput, now_s: float) -> None:
        if pursuit.job is not None:
            self._collect(pursuit, now_s)
        elif not pursuit.is_arrived and self._wants_plan(pursuit, inputs, now_s):
            request = self._request(pursuit, inputs, now_s)
            pursuit.planned_revision = inputs.snapshot.revision
            pursuit.planned_s = now_s
            pursuit.job = self._jobs.submit("global_plan", self._plan_global, request, now_s=now_s)

    def _wants_plan(self, pursuit: _Pursuit, inputs: NavigationInput, now_s: float) -> bool:
        if isinstance(pursuit.goal, TargetGoal):
            return self._watch.wants_plan(pursuit.whom, pursuit.planned_s, now_s)
        if pursuit.plan is None:
            return now_s - pursuit.planned_s >= self._config.blocked_check_period_s
        if not pursuit.plan.is_found:
            return False
        if pursuit.planned_revision == inputs.snapshot.revision:
            return False
        if now_s - pursuit.checked_s >= self._config.blocked_check_period_s:
            pursuit.checked_s = now_s
            here = inputs.T_map_robot.translation()
            if is_path_blocked(pursuit.plan, inputs.snapshot, here, self._body.inscribed_radius_m):
                self.replans += 1
                return True
        return now_s - pursuit.planned_s >= self._config.replan_period_s

    def _collect(self, pursuit: _Pursuit, now_s: float) -> None:
        assert pursuit.job is not None
        if not pursuit.job.poll(now_s):
            return
        job, pursuit.job = pursuit.job, None
        try:
            found = job.result()
        except HomebodyError as problem:
            found = _no_plan(str(problem))
        if found.is_found:
            pursuit.failures = 0
            pursuit.plan = found
            pursuit.target = _moved_to(pursuit.goal, found)
            pursuit.best_remaining = math.inf
        else:
            pursuit.failures += 1
            if pursuit.failures > self._config.no_way_retries:
                pursuit.plan = found

    def _look_closer(self, pursuit: _Pursuit, inputs: NavigationInput, now_s: float) -> None:
        """Where nothing brings the robot nearer, search over poses of its footprint."""
        found, target = pursuit.plan, pursuit.target
        if found is None or found.cost_to_go is None:
            return
        if isinstance(target, DirectionGoal | TargetGoal):
            return
        is_stalled = now_s - pursuit.progressed_s >= self._config.look_closer_after_s
        request = PoseFieldRequest(
            snapshot=inputs.snapshot,
            surfaces=inputs.surfaces,
            local_map=inputs.local_map,
            T_map_robot=inputs.T_map_robot,
            goal=target,
            footprint_m=self._body.footprint_m,
            config=self._close_config,
        )
        if self._close_look.step(request, is_stalled, now_s):
            pursuit.best_remaining = math.inf
            pursuit.progressed_s = now_s

    def _request(
        self, pursuit: _Pursuit, inputs: NavigationInput, now_s: float
    ) -> GlobalPlanRequest:
        goal = pursuit.goal
        assert not isinstance(goal, DirectionGoal)
        if isinstance(goal, TargetGoal):
            assert pursuit.whom is not None
            goal_m = aim_of(pursuit.whom, now_s)
            tolerance_m = pursuit.whom.distance_m
        else:
            goal_m, tolerance_m = np.array(_position(goal)), goal.tolerance_m
        return GlobalPlanRequest(
            snapshot=inputs.snapshot,
            T_map_robot=inputs.T_map_robot,
            goal_map_m=goal_m,
            goal_tolerance_m=tolerance_m,
            inscribed_radius_m=self._body.inscribed_radius_m,
            circumscribed_radius_m=self._body.circumscribed_radius_m,
            speed_max_m_s=self._body.limits.speed_max_m_s,
            config=self._global_config,
        )

    # --- local plan and verdict --------------------------------------------------------------

    def _local_plan(self, pursuit: _Pursuit | None, inputs: NavigationInput) -> LocalPlan:
        cost_to_go = pursuit.plan.cost_to_go if pursuit and pursuit.plan else None
        goal = pursuit.target if pursuit and self._is_served(pursuit, inputs) else None
        return self._planner.step(
            PlanRequest(
                start_time_s=inputs.start_time_s,
                state=inputs.predicted,
                local_map=inputs.local_map,
                cost_to_go=cost_to_go,
                pose_to_go=self._close_look.poses if cost_to_go is not None else None,
                goal=goal,
                people=inputs.people,
                movers=inputs.movers,
                target=pursuit.whom if pursuit else None,
                ranges_age_s=inputs.ranges_age_s,
            )
        )

    def _is_served(self, pursuit: _Pursuit, inputs: NavigationInput) -> bool:
        """Whether the local planner can do something with the goal already."""
        if isinstance(pursuit.goal, DirectionGoal | TargetGoal):
            return True
        if pursuit.plan is not None:
            return pursuit.plan.cost_to_go is not None
        return inputs.start_time_s - pursuit.began_s < self._config.provisional_s

    def _status(self, pursuit: _Pursuit, inputs: NavigationInput, now_s: float) -> NavigationStatus:
        goal = pursuit.goal
        is_still = (
            abs(inputs.speed_m_s) < _STANDING_M_S and abs(inputs.yaw_rate_rad_s) < _STANDING_RAD_S
        )
        if isinstance(goal, TargetGoal):
            return self._target_status(pursuit, goal, inputs, is_still, now_s)
        if pursuit.is_arrived:
            return NavigationStatus(goal, NavigationState.ARRIVED, pursuit.arrival, 0.0)
        if is_still and _is_reached(pursuit, inputs.T_map_robot):
            pursuit.arrival = "arrived"
            return NavigationStatus(goal, NavigationState.ARRIVED, pursuit.arrival, 0.0)
        if pursuit.plan is not None and not pursuit.plan.is_found:
            return NavigationStatus(goal, NavigationState.FAILED, pursuit.plan.reason)
        if self._close_look.is_shut:
            return NavigationStatus(goal, NavigationState.FAILED, "I do not fit through to there")
        if self._is_near_enough(pursuit, inputs, is_still, now_s):
            pursuit.arrival = "as near as there is room"
            return NavigationStatus(goal, NavigationState.ARRIVED, pursuit.arrival, 0.0)
        if pursuit.plan is None and not isinstance(goal, DirectionGoal):
            pursuit.progressed_s = now_s
            return NavigationStatus(goal, NavigationState.PLANNING, "looking for a way")
        remaining = _remaining(pursuit, inputs.T_map_robot, self._close_look.poses)
        if math.isinf(pursuit.best_remaining):
            pursuit.best_remaining = remaining
        if remaining < pursuit.best_remaining - self._config.progress_step:
            pursuit.best_remaining = remaining
            pursuit.progressed_s = now_s
        if now_s - pursuit.progressed_s > self._config.stuck_after_s:
            reason = inputs.body_stop_reason or "no motion brings me nearer"
            return NavigationStatus(goal, NavigationState.BLOCKED, reason, remaining)
        return NavigationStatus(goal, NavigationState.DRIVING, "on the way", remaining)

    def _target_status(
        self,
        pursuit: _Pursuit,
        goal: TargetGoal,
        inputs: NavigationInput,
        is_still: bool,
        now_s: float,
    ) -> NavigationStatus:
        if pursuit.plan is not None and not pursuit.plan.is_found:
            return NavigationStatus(goal, NavigationState.BLOCKED, pursuit.plan.reason)
        return self._watch.status(goal, pursuit.whom, inputs.T_map_robot, is_still, now_s)

    def _is_near_enough(
        self, pursuit: _Pursuit, inputs: NavigationInput, is_still: bool, now_s: float
    ) -> bool:
        """Standing for a while just outside a point's tolerance: there is no room to be nearer."""
        goal = pursuit.goal
        if not is_still or not isinstance(goal, PointGoal):
            pursuit.still_since_s = now_s
            return False
        here = inputs.T_map_robot
        distance_m = math.hypot(here.x_m - goal.x_m, here.y_m - goal.y_m)
        is_near = distance_m <= goal.tolerance_m + self._config.near_enough_m
        return is_near and now_s - pursuit.still_since_s >= self._config.near_enough_after_s


def _position(goal: PointGoal | PoseGoal) -> tuple[float, float]:
    if isinstance(goal, PointGoal):
        return goal.x_m, goal.y_m
    return goal.T_map_goal.x_m, goal.T_map_goal.y_m


def _moved_to(goal: Goal, found: GlobalPlan) -> Goal:
    """The goal where the global plan ends: a point within the tolerance with room to stand."""
    x_m, y_m = (float(c) for c in found.goal_map_m)
    if isinstance(goal, PointGoal):
        shift_m = math.hypot(x_m - goal.x_m, y_m - goal.y_m)
        tolerance_m = max(0.05, goal.tolerance_m - shift_m)
        return PointGoal(x_m, y_m, tolerance_m, goal.face_map_m)
    return goal


def _is_reached(pursuit: _Pursuit, T_map_robot: SE2) -> bool:
    target = pursuit.target
    if isinstance(target, DirectionGoal):
        travelled = pursuit.start_pose.inverse() @ T_map_robot
        is_far = abs(travelled.x_m) >= abs(target.distance_m) - 0.05
        is_turned = abs(wrap_angle(travelled.yaw_rad)) >= abs(target.turn_rad) - 0.15
        return is_far and is_turned
    assert isinstance(pursuit.goal, PointGoal | PoseGoal)
    x_m, y_m = _position(pursuit.goal)
    is_near = math.hypot(T_map_robot.x_m - x_m, T_map_robot.y_m - y_m) <= pursuit.goal.tolerance_m
    if not isinstance(target, PoseGoal):
        return is_near and End.of(pursuit.goal).is_faced(T_map_robot)
    turn_rad = wrap_angle(target.T_map_goal.yaw_rad - T_map_robot.yaw_rad)
    return is_near and abs(turn_rad) <= target.yaw_tolerance_rad


def _remaining(pursuit: _Pursuit, T_map_robot: SE2, poses: PoseToGo | None) -> float:
    """What is left to do, as one falling number: metres, with turning counted a little."""
    target = pursuit.target
    if isinstance(target, DirectionGoal):
        travelled = pursuit.start_pose.inverse() @ T_map_robot
        turned_rad = abs(wrap_angle(travelled.yaw_rad))
        return abs(target.distance_m) - abs(travelled.x_m) + abs(target.turn_rad) - turned_rad
    assert pursuit.plan is not None
    field_s = pursuit.plan.cost_to_go
    assert field_s is not None
    cell = field_s.spec.cell_rc(T_map_robot.x_m, T_map_robot.y_m)
    remaining = float(field_s.time_s[cell]) if field_s.spec.has_cell(cell) else math.inf
    if poses is not None:
        return time_from(poses, T_map_robot)
    if isinstance(target, PoseGoal):
        remaining += 0.3 * abs(wrap_angle(target.T_map_goal.yaw_rad - T_map_robot.yaw_rad))
    return remaining


def _no_plan(reason: str) -> GlobalPlan:
    nowhere = np.zeros((0, 2))
    return GlobalPlan(nowhere, np.zeros(2), math.inf, None, reason)
