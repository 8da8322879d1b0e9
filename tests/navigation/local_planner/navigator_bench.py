"""Navigator and planners in lock step, with perfect tracking, among people who follow a script."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from planner_worlds import BODY, World, after

from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.goals import Goal, NavigationStatus
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.planner import LocalPlanner
from navigation.navigator import NavigationInput, Navigator
from navigation.navigator_config import NavigatorConfig
from navigation.types import (
    FREE,
    NO_SURFACES,
    OCCUPIED,
    LocalPlan,
    MapSnapshot,
    MotionState,
    TrackedPerson,
)

TICK_S = 0.1
PERSON_RADIUS_M = 0.25
Script = Callable[[float], tuple[float, float]]  # where a person is at a time


class SlowJobs:
    """Does the work at once and lets it be known after a while."""

    def __init__(self, delay_s: float = 0.03) -> None:
        self.delay_s = delay_s

    def submit(self, kind: str, work: Callable[..., Any], *args: Any, now_s: float) -> Any:
        outcome, ready_s = work(*args), now_s + self.delay_s

        class Job:
            def poll(self, now_s: float) -> bool:
                return now_s >= ready_s

            def result(self) -> Any:
                return outcome

        return Job()


@dataclass
class Moment:
    """One tick: where the robot and the person were and what was wanted."""

    now_s: float
    state: MotionState
    person_m: np.ndarray
    plan: LocalPlan
    status: NavigationStatus

    @property
    def gap_m(self) -> float:
        """From the footprint's surface to the person's outline."""
        x, y = np.abs(self.state.T_map_robot.inverse().apply(self.person_m))
        length_m, width_m = BODY.footprint_m.max(axis=0)
        return math.hypot(max(x - length_m, 0.0), max(y - width_m, 0.0)) - PERSON_RADIUS_M

    @property
    def bearing_rad(self) -> float:
        """Of the person, from the robot's front."""
        x, y = self.state.T_map_robot.inverse().apply(self.person_m)
        return math.atan2(y, x)


def snapshot_of(world: World) -> MapSnapshot:
    """The world as a map of 5 cm cells."""
    fine = world.occupied()
    rows, cols = fine.shape[0] // 2 * 2, fine.shape[1] // 2 * 2
    coarse = fine[:rows, :cols].reshape(rows // 2, 2, cols // 2, 2).any(axis=(1, 3))
    spec = GridSpec(world.spec.origin_x_m, world.spec.origin_y_m, 0.05, *coarse.shape)
    return MapSnapshot(spec, np.where(coarse, OCCUPIED, FREE).astype(np.uint8), 1)


class NavigatorBench:
    """A robot that does just what it planned, and at most one person."""

    def __init__(
        self,
        world: World,
        start: SE2,
        script: Script | None = None,
        *,
        facing_rad: float | None = None,
        seed: int = 1,
        job_delay_s: float = 0.03,
    ) -> None:
        planner = LocalPlanner(BODY, LocalPlannerConfig(), np.random.default_rng(seed))
        configs = NavigatorConfig(), GlobalPlannerConfig(), CloseQuartersConfig()
        self.navigator = Navigator(BODY, planner, SlowJobs(job_delay_s), *configs)
        self.world, self.snapshot = world, snapshot_of(world)
        self.state, self.now_s = MotionState(start), 0.0
        self._script, self._facing_rad = script, facing_rad

    def step(self, goal: Goal | None) -> Moment:
        """One tick of a tenth of a second."""
        people = self._people()
        pose = self.state.T_map_robot
        inputs = NavigationInput(
            T_map_robot=pose,
            speed_m_s=self.state.speed_m_s,
            yaw_rate_rad_s=self.state.yaw_rate_rad_s,
            predicted=self.state,
            start_time_s=self.now_s,
            snapshot=self.snapshot,
            local_map=self.world.local_map(pose, self.now_s),
            surfaces=NO_SURFACES,
            people=people,
        )
        plan, status = self.navigator.step(goal, inputs, self.now_s)
        person_m = people[0].position_map_m if people else np.full(2, np.inf)
        moment = Moment(self.now_s, self.state, person_m, plan, status)
        self.state = after(plan, TICK_S)
        self.now_s = round(self.now_s + TICK_S, 6)
        return moment

    def run(self, goal: Goal | None, seconds: float) -> list[Moment]:
        return [self.step(goal) for _ in range(round(seconds / TICK_S))]

    def _people(self) -> tuple[TrackedPerson, ...]:
        """As a tracker would have it, its velocity over the last 0.3 s."""
        if self._script is None:
            return ()
        here, before = np.array(self._script(self.now_s)), np.array(self._script(self.now_s - 0.3))
        covariance = np.diag([0.03**2, 0.03**2, 0.1**2, 0.1**2])
        velocity = (here - before) / 0.3
        return (TrackedPerson(1, self.now_s, here, velocity, covariance, self._facing_rad),)


def walk(*points: tuple[float, float], speed_m_s: float, wait_s: float = 0.0) -> Script:
    """Along straight pieces at a speed, beginning after a while, then standing."""
    corners = np.array(points)
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    reached_s = wait_s + np.concatenate([[0.0], np.cumsum(lengths)]) / speed_m_s

    def at(now_s: float) -> tuple[float, float]:
        return (
            float(np.interp(now_s, reached_s, corners[:, 0])),
            float(np.interp(now_s, reached_s, corners[:, 1])),
        )

    return at
