"""The global plan of the goal being served: asked for as a job, renewed when it no longer holds.

A plan is renewed when the map has changed and its way is blocked or old, when a door on its way is
found shut, and when the user has drawn something. At a door found shut, or for somebody in the way,
it may pay to wait before the way round is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from homebody.errors import HomebodyError
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from homebody.ports import Job, JobRunner
from navigation.doors.book import shut_words
from navigation.doors.waiting import DoorWait, wait_at_door
from navigation.global_planner.check import is_path_blocked
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.rules import without_old_leaves
from navigation.goals import DirectionGoal, TargetGoal
from navigation.home_rules import HomeRules
from navigation.moving_target import TargetWatch, aim_of
from navigation.navigator_config import NavigatorConfig
from navigation.passers import Passer, PasserPatience
from navigation.pursuit import Pursuit, position, time_to_go_s
from navigation.types import GlobalPlan, MapSnapshot
from navigation.zones.zone import Zones

_SAY_S = 8.0
PlanGlobal = Callable[[GlobalPlanRequest], GlobalPlan]


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a global plan depends on."""

    snapshot: MapSnapshot
    T_map_robot: SE2
    rules: HomeRules
    now_s: float

    def shut_doors(self) -> frozenset[int]:
        return frozenset(door.identity for door in self.rules.doors if door.is_shut)


@dataclass(slots=True)
class _Asked:
    """What the newest plan was asked with."""

    time_s: float = -math.inf
    revision: int = -1
    shut: frozenset[int] = frozenset()
    zones: Zones | None = None
    checked_s: float = -math.inf


@dataclass(slots=True)
class _State:
    """What belongs to one goal."""

    asked: _Asked = field(default_factory=_Asked)
    job: Job[GlobalPlan] | None = None
    failures: int = 0
    wait: DoorWait | None = None
    waited_at: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    detour: str = ""
    detour_until_s: float = -math.inf


class GlobalGuide:
    """Keeps the plan of one goal at a time; `reset` for the next.

    Attributes:
        replans: How often a way was found blocked.
    """

    def __init__(
        self,
        body: BodyDescription,
        jobs: JobRunner,
        config: NavigatorConfig,
        global_config: GlobalPlannerConfig,
        plan_global: PlanGlobal,
        watch: TargetWatch,
    ) -> None:
        self._watch = watch
        self._body = body
        self._patience = PasserPatience(body.inscribed_radius_m, config)
        self._jobs = jobs
        self._config = config
        self._global_config = global_config
        self._plan_global = plan_global
        self._state = _State()
        self.replans = 0

    def reset(self) -> None:
        """A new goal."""
        self._state = _State()
        self._patience.reset()

    @property
    def waiting_words(self) -> str:
        """What the robot waits for, empty if for nothing."""
        wait = self._state.wait
        return wait.words if wait is not None else self._patience.words

    def words(self, now_s: float) -> str:
        """What the robot is doing, in words for people."""
        state = self._state
        return state.detour if now_s < state.detour_until_s else "on the way"

    def step(
        self,
        pursuit: Pursuit,
        snapshot: MapSnapshot,
        T_map_robot: SE2,
        rules: HomeRules,
        passers: Sequence[Passer],
        now_s: float,
    ) -> None:
        """Wait, collect, or ask."""
        state, moment = self._state, _Moment(snapshot, T_map_robot, rules, now_s)
        if state.wait is not None and state.wait.is_over(rules.doors, now_s):
            if state.wait.identity not in moment.shut_doors():
                pursuit.plan = None  # it has opened: what was planned round it is of no use
            state.wait = None
        found_shut = {news.identity for news in rules.news if not news.is_open}
        self._say_detour(found_shut & state.tried, moment)  # also where the map knew it first
        if state.job is not None:
            self._collect(pursuit, moment)
        elif not pursuit.is_arrived and self._wants_plan(pursuit, moment):
            self._ask(pursuit, moment)
        elif state.wait is None and not isinstance(pursuit.goal, TargetGoal):
            ask = partial(self._ask_round, pursuit, moment)
            self._patience.step(pursuit, T_map_robot, passers, rules.door_prices, ask, now_s)

    def _ask_round(
        self, pursuit: Pursuit, moment: _Moment, obstacles_m: FloatArray
    ) -> Job[GlobalPlan]:
        request = replace(self._request(pursuit, moment), obstacles_map_m=obstacles_m)
        submit = self._jobs.submit
        return submit("global_plan", self._plan_global, request, now_s=moment.now_s)

    def _ask(self, pursuit: Pursuit, moment: _Moment) -> None:
        asked = self._state.asked
        asked.time_s, asked.revision = moment.now_s, moment.snapshot.revision
        asked.shut, asked.zones = moment.shut_doors(), moment.rules.zones
        request = self._request(pursuit, moment)
        submit = self._jobs.submit
        self._state.job = submit("global_plan", self._plan_global, request, now_s=moment.now_s)

    def _wants_plan(self, pursuit: Pursuit, moment: _Moment) -> bool:
        now_s = moment.now_s
        config, asked, found = self._config, self._state.asked, pursuit.plan
        if isinstance(pursuit.goal, TargetGoal):
            return self._watch.wants_plan(pursuit.whom, asked.time_s, now_s)
        if found is None:
            return now_s - asked.time_s >= config.blocked_check_period_s
        shut = moment.shut_doors()
        if moment.rules.zones is not asked.zones or (shut - asked.shut) & set(found.door_ids):
            self.replans += 1
            return True
        if not found.is_found:
            return bool(asked.shut - shut)
        if asked.revision == moment.snapshot.revision and asked.shut == shut:
            return False
        if now_s - asked.checked_s >= config.blocked_check_period_s:
            asked.checked_s = now_s
            here = moment.T_map_robot.translation()
            radius_m = self._body.inscribed_radius_m
            doors = moment.rules.doors
            snapshot = without_old_leaves(moment.snapshot, doors, 2.0 * radius_m)
            if is_path_blocked(found, snapshot, here, radius_m):
                self.replans += 1
                return True
        return now_s - asked.time_s >= config.replan_period_s

    def _collect(self, pursuit: Pursuit, moment: _Moment) -> None:
        state = self._state
        assert state.job is not None
        if not state.job.poll(moment.now_s):
            return
        job, state.job = state.job, None
        try:
            found = job.result()
        except HomebodyError as problem:
            found = _no_plan(str(problem))
        old = pursuit.plan
        self._maybe_wait(old, found, moment)
        if found.is_found:
            self._say_detour(old.door_ids if old is not None else (), moment)
            state.tried.update(found.door_ids)
            state.failures = 0
            pursuit.take(found)
        else:
            state.failures += 1
            is_door = old is not None and bool(moment.shut_doors() & set(old.door_ids))
            if is_door or state.failures > self._config.no_way_retries:
                pursuit.take(found)

    def _say_detour(self, doors: Collection[int], moment: _Moment) -> None:
        """Tell for a while that the way goes round one of these doors, if it is shut."""
        shut = [d for d in moment.rules.doors if d.is_shut and d.identity in doors]
        if shut:
            self._state.detour = f"{shut_words(shut)}, going round"
            self._state.detour_until_s = moment.now_s + _SAY_S

    def _maybe_wait(self, old: GlobalPlan | None, new: GlobalPlan, moment: _Moment) -> None:
        """At the door that the old way leads through, if it is worth it; once for each door."""
        state = self._state
        if old is None or state.wait is not None:
            return
        wait = wait_at_door(
            old.door_ids,
            time_to_go_s(old, moment.T_map_robot),
            time_to_go_s(new, moment.T_map_robot),
            moment.rules.doors,
            moment.T_map_robot.translation(),
            moment.rules.door_prices,
            moment.now_s,
        )
        if wait is not None and wait.identity not in state.waited_at:
            state.waited_at.add(wait.identity)
            state.wait = wait

    def _request(self, pursuit: Pursuit, moment: _Moment) -> GlobalPlanRequest:
        goal_map_m, tolerance_m = _aim(pursuit, moment.now_s)
        return GlobalPlanRequest(
            snapshot=moment.snapshot,
            T_map_robot=moment.T_map_robot,
            goal_map_m=goal_map_m,
            goal_tolerance_m=tolerance_m,
            obstacles_map_m=self._patience.obstacles_m(moment.now_s),
            inscribed_radius_m=self._body.inscribed_radius_m,
            circumscribed_radius_m=self._body.circumscribed_radius_m,
            speed_max_m_s=self._body.limits.speed_max_m_s,
            config=self._global_config,
            doors=moment.rules.doors,
            zones=moment.rules.zones,
            door_prices=moment.rules.door_prices,
        )


def _aim(pursuit: Pursuit, now_s: float) -> tuple[FloatArray, float]:
    """Where to plan to, and how near that will do [m]."""
    goal = pursuit.goal
    assert not isinstance(goal, DirectionGoal)
    if isinstance(goal, TargetGoal):
        assert pursuit.whom is not None
        return aim_of(pursuit.whom, now_s), pursuit.whom.distance_m
    return np.array(position(goal)), goal.tolerance_m


def _no_plan(reason: str) -> GlobalPlan:
    nowhere = np.zeros((0, 2))
    return GlobalPlan(nowhere, np.zeros(2), math.inf, None, reason)
