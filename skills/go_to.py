"""Going where the robot was asked to: a point, a pose, or a good standing place in a room."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from homebody.errors import InputError
from homebody.geometry import SE2
from homebody.messages import BodyDescription, Face
from navigation.goals import DirectionGoal, Goal, PointGoal, PoseGoal, TargetGoal
from skills.base import SkillContext, SkillOutput, SkillState
from skills.config import SkillsConfig
from skills.drive import Drive
from skills.recover import RecoverSkill


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the map, with a heading [rad] where one was asked for."""

    x_m: float
    y_m: float
    yaw_rad: float | None = None


class GoToSkill:
    """Succeeds when navigation says that its very goal is reached.

    Args:
        target: A place, or the name of a room.
    """

    name = "go to"

    def __init__(self, target: Place | str, body: BodyDescription, config: SkillsConfig) -> None:
        self._target = target
        self._config = config
        self._recover = RecoverSkill(body.footprint_m, config.recover)
        self._drive: Drive | None = None
        self._refusal = ""
        self._where = ""
        self._whole_m = 0.0

    def start(self, context: SkillContext) -> None:
        if self._drive is not None:
            self._drive.start()
            return
        goal, where = self._goal(context)
        if goal is not None:
            self._where = where
            self._drive = Drive(goal, f"going to {where}", self._recover, self._config.drive)

    def step(self, context: SkillContext) -> SkillOutput:
        if self._drive is None:
            return SkillOutput(SkillState.FAILED, self._refusal, face=Face.WORRIED)
        output = self._drive.step(context)
        if output.state is SkillState.SUCCEEDED:
            return replace(output, reason=f"arrived at {self._where}", progress=1.0)
        return replace(output, progress=self._progress(context))

    def cancel(self) -> None:
        if self._drive is not None:
            self._drive.cancel()

    def _progress(self, context: SkillContext) -> float | None:
        """Share of the straight line that is behind, which a detour may turn back."""
        assert self._drive is not None
        goal = self._drive.goal
        if isinstance(goal, DirectionGoal | TargetGoal):
            return None
        goal_m = (goal.x_m, goal.y_m) if isinstance(goal, PointGoal) else _xy(goal.T_map_goal)
        rest_m = math.dist(goal_m, _xy(context.T_map_robot))
        self._whole_m = max(self._whole_m, rest_m)
        return 1.0 - rest_m / self._whole_m if self._whole_m > 0.0 else None

    def _goal(self, context: SkillContext) -> tuple[Goal | None, str]:
        """The goal and its name in words; no goal where `_refusal` says why."""
        config = self._config.go_to
        if isinstance(self._target, Place):
            x_m, y_m, yaw_rad = self._target.x_m, self._target.y_m, self._target.yaw_rad
            where = f"({x_m:.2f}, {y_m:.2f})"
        else:
            place = self._room_place(self._target, context)
            if place is None:
                return None, ""
            (x_m, y_m), yaw_rad, where = place, None, f"the room {self._target}"
        if yaw_rad is None:
            return PointGoal(x_m, y_m, config.tolerance_m), where
        pose = SE2(x_m, y_m, yaw_rad)
        return PoseGoal(pose, config.tolerance_m, config.yaw_tolerance_rad), where

    def _room_place(self, room: str, context: SkillContext) -> tuple[float, float] | None:
        """Where a way is known to lead if there is such a place, else anywhere in the room."""
        here = context.T_map_robot.translation()
        rooms, snapshot = context.rooms, context.snapshot
        try:
            place = rooms.standing_place(room, snapshot, here)
            place = place or rooms.standing_place(room, snapshot)
        except InputError:
            names = ", ".join(sorted(rooms.names())) or "none yet"
            self._refusal = f"there is no room {room!r}; known rooms: {names}"
            return None
        if place is None:
            self._refusal = f"there is no free place to stand in the room {room} on my map"
        return place


def _xy(pose: SE2) -> tuple[float, float]:
    return pose.x_m, pose.y_m
