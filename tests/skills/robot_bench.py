"""A robot on a bench: it obeys goals at once and in straight lines, and fails as a test says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from homebody.errors import HomebodyError
from homebody.geometry import SE2, wrap_angle
from homebody.grid import GridSpec
from homebody.messages import Battery
from navigation.goals import (
    DirectionGoal,
    Goal,
    NavigationState,
    NavigationStatus,
    PointGoal,
    PoseGoal,
)
from navigation.rooms.book import RoomBook
from navigation.rooms.room import Room
from navigation.types import FREE, MapSnapshot, TrackedPerson
from skills.base import Skill, SkillContext, SkillOutput, SkillState

TICK_S = 0.1
STEP_M = 0.08
STEP_RAD = 0.2

Verdict = tuple[NavigationState, str] | None


def free_map(size_m: float = 10.0) -> MapSnapshot:
    n = int(size_m / 0.05)
    spec = GridSpec(-size_m / 2, -size_m / 2, 0.05, n, n)
    return MapSnapshot(spec, np.full((n, n), FREE, dtype=np.uint8), 1)


def rooms_with(**places: tuple[float, float]) -> RoomBook:
    """A real book of square rooms of 2 m, each about a place."""
    corners = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    return RoomBook(Room(name, corners + place) for name, place in places.items())


@dataclass
class BenchJob:
    outcome: Any
    ready_s: float

    def poll(self, now_s: float) -> bool:
        return now_s >= self.ready_s

    def result(self) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclass
class BenchJobs:
    kinds: list[str] = field(default_factory=list)

    def submit(self, kind: str, work: Callable[..., Any], *args: Any, now_s: float) -> BenchJob:
        self.kinds.append(kind)
        try:
            outcome = work(*args)
        except HomebodyError as problem:
            outcome = problem
        return BenchJob(outcome, now_s + 0.15)


class RobotBench:
    """Keeps navigation's contract: a verdict stands until another goal, or none, is asked for.

    `trouble` may name a verdict for a goal; it is asked each tick while that goal is served.
    """

    def __init__(self, pose: SE2 | None = None) -> None:
        self.now_s = 0.0
        self.pose = pose or SE2.identity()
        self.snapshot = free_map()
        self.navigation = NavigationStatus()
        self.rooms = RoomBook()
        self.T_map_dock: SE2 | None = None
        self.dock_works = True
        self.battery: Battery | None = None
        self.quality = 1.0
        self.people: tuple[TrackedPerson, ...] = ()
        self.jobs = BenchJobs()
        self.speed_m_s = 0.0
        self.trouble: Callable[[Goal], Verdict] = lambda _: None
        self.goals: list[Goal] = []
        self._start = self.pose

    @property
    def is_docked(self) -> bool:
        dock = self.T_map_dock
        return self.dock_works and dock is not None and self.pose.distance_m(dock) < 0.02

    def context(self) -> SkillContext:
        return SkillContext(
            now_s=self.now_s,
            T_map_robot=self.pose,
            localization_quality=self.quality,
            snapshot=self.snapshot,
            navigation=self.navigation,
            rooms=self.rooms,
            T_map_dock=self.T_map_dock,
            battery=self.battery,
            is_docked=self.is_docked,
            people=self.people,
            jobs=self.jobs,
            speed_m_s=self.speed_m_s,
        )

    def serve(self, goal: Goal | None) -> None:
        """One tick of navigation and of the world."""
        self.now_s = round(self.now_s + TICK_S, 6)
        self.speed_m_s = 0.0
        if goal is None:
            self.navigation = NavigationStatus()
            return
        if goal != self.navigation.goal:
            self.goals.append(goal)
            self._start = self.pose
            self.navigation = NavigationStatus(goal, NavigationState.PLANNING, "looking for a way")
            return
        if self.navigation.state in (NavigationState.ARRIVED, NavigationState.FAILED):
            return
        verdict = self.trouble(goal)
        if verdict is not None:
            self.navigation = NavigationStatus(goal, *verdict, 1.0)
        elif self._move(goal):
            self.navigation = NavigationStatus(goal, NavigationState.ARRIVED, "arrived", 0.0)
        else:
            self.speed_m_s = STEP_M / TICK_S
            rest_m = self._rest_m(goal)
            self.navigation = NavigationStatus(goal, NavigationState.DRIVING, "on the way", rest_m)

    def run(self, skill: Skill, limit_s: float = 300.0) -> tuple[SkillOutput, list[SkillOutput]]:
        """Start the skill and step it to its end; fails the test when it does not end."""
        skill.start(self.context())
        outputs = []
        while self.now_s < limit_s:
            output = skill.step(self.context())
            outputs.append(output)
            if output.state is not SkillState.RUNNING:
                assert output.goal is None
                return output, outputs
            self.serve(output.goal)
        raise AssertionError(f"{skill.name} still runs after {limit_s} s: {outputs[-1]}")

    def _rest_m(self, goal: Goal) -> float:
        if isinstance(goal, DirectionGoal):
            done = self._start.inverse() @ self.pose
            return abs(goal.distance_m) - abs(done.x_m) + abs(goal.turn_rad) - abs(done.yaw_rad)
        x_m, y_m = _target(goal)
        return math.hypot(x_m - self.pose.x_m, y_m - self.pose.y_m)

    def _move(self, goal: Goal) -> bool:
        """Move toward the goal; whether it is reached."""
        if isinstance(goal, DirectionGoal):
            full = SE2(goal.distance_m, 0.0, goal.turn_rad)
            self.pose = self._start @ full
            return True
        x_m, y_m = _target(goal)
        bearing = math.atan2(y_m - self.pose.y_m, x_m - self.pose.x_m)
        step_m = min(STEP_M, self._rest_m(goal))
        yaw = bearing if isinstance(goal, PointGoal) else goal.T_map_goal.yaw_rad
        self.pose = SE2(
            self.pose.x_m + step_m * math.cos(bearing),
            self.pose.y_m + step_m * math.sin(bearing),
            wrap_angle(yaw),
        )
        return self._rest_m(goal) < 1e-6


def _target(goal: PointGoal | PoseGoal) -> tuple[float, float]:
    if isinstance(goal, PointGoal):
        return goal.x_m, goal.y_m
    return goal.T_map_goal.x_m, goal.T_map_goal.y_m
