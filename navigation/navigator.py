"""Serves one goal at a time: global plan as a job, local plan ten times a second, and a verdict.

The guide keeps the global plan; the local planner follows its cost-to-go field freely. When nothing
has brought the robot nearer for a while the goal is BLOCKED, and a skill decides what to try.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2
from homebody.messages import BodyDescription
from homebody.ports import JobRunner
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.close_quarters.look import CloseLook
from navigation.close_quarters.pose_field import PoseFieldRequest
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.planner import replan
from navigation.goals import (
    DirectionGoal,
    Goal,
    NavigationState,
    NavigationStatus,
    PointGoal,
    TargetGoal,
)
from navigation.guide import GlobalGuide, PlanGlobal
from navigation.home_rules import HomeRules
from navigation.local_planner.request import Planner, PlanRequest
from navigation.moving_target import TargetWatch
from navigation.navigator_config import NavigatorConfig
from navigation.passers import passers_of
from navigation.pursuit import Pursuit
from navigation.types import (
    GlobalPlan,
    LocalMap,
    LocalPlan,
    MapSnapshot,
    MotionState,
    Mover,
    TrackedPerson,
)

_STANDING_M_S = 0.03
_STANDING_RAD_S = 0.08
_STANDING = (NavigationState.ARRIVED, NavigationState.FAILED, NavigationState.WAITING)


@dataclass(frozen=True, slots=True)
class NavigationInput:
    """What the navigator looks at in one tick; everything in the map frame.

    Attributes:
        T_map_robot: Where the robot is, for judging arrival.
        predicted: Its motion state at `start_time_s`, when the plan takes effect.
        surfaces: Where surfaces lie in the map's cells, shape (3, 4, H, W).
        rules: What doors and the user's zones say.
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
    rules: HomeRules = field(default_factory=HomeRules)
    movers: tuple[Mover, ...] = ()
    ranges_age_s: float = 0.0


class Navigator:
    """Turns goals into local plans; `step` once per brain tick."""

    def __init__(
        self,
        body: BodyDescription,
        planner: Planner,
        jobs: JobRunner,
        config: NavigatorConfig,
        global_config: GlobalPlannerConfig,
        close_config: CloseQuartersConfig,
        plan_global: PlanGlobal = replan,
    ) -> None:
        self._body = body
        self._planner = planner
        self._config = config
        self._watch = TargetWatch(body, config)
        self._guide = GlobalGuide(body, jobs, config, global_config, plan_global, self._watch)
        self._pursuit: Pursuit | None = None
        self._close_config = close_config
        self._close_look = CloseLook(jobs, close_config.period_s)

    @property
    def global_plan(self) -> GlobalPlan | None:
        return self._pursuit.plan if self._pursuit else None

    @property
    def replans(self) -> int:
        """How often a way was found blocked."""
        return self._guide.replans

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
            here, radius_m = inputs.T_map_robot, self._config.person_radius_m
            passers = passers_of(inputs.people, inputs.movers, radius_m)
            self._guide.step(pursuit, inputs.snapshot, here, inputs.rules, passers, now_s)
            self._look_closer(pursuit, inputs, now_s)
        status = self._status(pursuit, inputs, now_s)
        is_over = status.state in _STANDING and not isinstance(goal, TargetGoal)
        return self._local_plan(None if is_over else pursuit, inputs), status

    def _pursuit_of(self, goal: Goal, inputs: NavigationInput, now_s: float) -> Pursuit:
        if self._pursuit is None or self._pursuit.goal != goal:
            self._close_look.reset()
            self._guide.reset()
            self._watch.reset()
            self._pursuit = Pursuit(
                goal,
                inputs.T_map_robot,
                goal,
                began_s=now_s,
                progressed_s=now_s,
                still_since_s=now_s,
            )
        return self._pursuit

    def _look_closer(self, pursuit: Pursuit, inputs: NavigationInput, now_s: float) -> None:
        """Where nothing brings the robot nearer, search over poses of its footprint."""
        found, target = pursuit.plan, pursuit.target
        if found is None or found.cost_to_go is None:
            return
        if isinstance(target, DirectionGoal | TargetGoal):
            return
        is_stalled = now_s - pursuit.progressed_s >= self._config.look_closer_after_s
        request = PoseFieldRequest(
            snapshot=inputs.rules.planning_map or inputs.snapshot,
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

    # --- local plan and verdict --------------------------------------------------------------

    def _local_plan(self, pursuit: Pursuit | None, inputs: NavigationInput) -> LocalPlan:
        cost_to_go = pursuit.plan.cost_to_go if pursuit and pursuit.plan else None
        goal = pursuit.target if pursuit and self._is_served(pursuit, inputs) else None
        return self._planner.step(
            PlanRequest(
                start_time_s=inputs.start_time_s,
                state=inputs.predicted,
                local_map=inputs.local_map,
                cost_to_go=cost_to_go,
                speed_limit_m_s=inputs.rules.speed_limit_m_s,
                pose_to_go=self._close_look.poses if cost_to_go is not None else None,
                goal=goal,
                people=inputs.people,
                movers=inputs.movers,
                target=pursuit.whom if pursuit else None,
                ranges_age_s=inputs.ranges_age_s,
            )
        )

    def _is_served(self, pursuit: Pursuit, inputs: NavigationInput) -> bool:
        """Whether the local planner can do something with the goal already."""
        if isinstance(pursuit.goal, DirectionGoal | TargetGoal):
            return True
        if pursuit.plan is not None:
            return pursuit.plan.cost_to_go is not None
        return inputs.start_time_s - pursuit.began_s < self._config.provisional_s

    def _status(self, pursuit: Pursuit, inputs: NavigationInput, now_s: float) -> NavigationStatus:
        goal = pursuit.goal
        is_still = (
            abs(inputs.speed_m_s) < _STANDING_M_S and abs(inputs.yaw_rate_rad_s) < _STANDING_RAD_S
        )
        if isinstance(goal, TargetGoal):
            return self._target_status(pursuit, goal, inputs, is_still, now_s)
        if pursuit.is_arrived:
            return NavigationStatus(goal, NavigationState.ARRIVED, pursuit.arrival, 0.0)
        if is_still and pursuit.is_reached(inputs.T_map_robot):
            pursuit.arrival = "arrived"
            return NavigationStatus(goal, NavigationState.ARRIVED, pursuit.arrival, 0.0)
        if self._guide.waiting_words:
            pursuit.progressed_s = now_s
            return NavigationStatus(goal, NavigationState.WAITING, self._guide.waiting_words)
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
        remaining = pursuit.remaining(inputs.T_map_robot, self._close_look.poses)
        if math.isinf(pursuit.best_remaining):
            pursuit.best_remaining = remaining
        if remaining < pursuit.best_remaining - self._config.progress_step:
            pursuit.best_remaining = remaining
            pursuit.progressed_s = now_s
        if now_s - pursuit.progressed_s > self._config.stuck_after_s:
            reason = inputs.body_stop_reason or "no motion brings me nearer"
            return NavigationStatus(goal, NavigationState.BLOCKED, reason, remaining)
        return NavigationStatus(goal, NavigationState.DRIVING, self._guide.words(now_s), remaining)

    def _target_status(
        self,
        pursuit: Pursuit,
        goal: TargetGoal,
        inputs: NavigationInput,
        is_still: bool,
        now_s: float,
    ) -> NavigationStatus:
        if pursuit.plan is not None and not pursuit.plan.is_found:
            return NavigationStatus(goal, NavigationState.BLOCKED, pursuit.plan.reason)
        return self._watch.status(goal, pursuit.whom, inputs.T_map_robot, is_still, now_s)

    def _is_near_enough(
        self, pursuit: Pursuit, inputs: NavigationInput, is_still: bool, now_s: float
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
