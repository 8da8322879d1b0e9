"""Onto the dock: to a pose in front of it, backwards in, and a second try when contact fails.

The dock's pose is the robot's when docked, its back to the wall and its face to the room. So the
last stretch is a straight drive back, long enough to take out what is left of the sideways error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from homebody.geometry import SE2
from homebody.messages import BodyDescription, Face
from navigation.goals import DirectionGoal, Goal, PoseGoal
from skills.base import SkillContext, SkillOutput, SkillState
from skills.config import DriveConfig, SkillsConfig
from skills.drive import Drive
from skills.recover import RecoverSkill


class _Phase(StrEnum):
    APPROACH = "going to the front of the dock"
    ENTER = "backing onto the dock"
    FEEL = "feeling for the dock's contact"
    PULL_OUT = "pulling out of the dock"


@dataclass(slots=True)
class _Stage:
    phase: _Phase
    start_s: float
    drive: Drive | None = None


class DockSkill:
    """Succeeds when the dock's contact says so."""

    name = "dock"

    def __init__(self, body: BodyDescription, config: SkillsConfig) -> None:
        self._config = config
        self._recover = RecoverSkill(body.footprint_m, config.recover)
        self._stage: _Stage | None = None
        self._n_retries = 0

    def start(self, context: SkillContext) -> None:
        self._n_retries = 0
        self._stage = self._enter_phase(_Phase.APPROACH, context)

    def step(self, context: SkillContext) -> SkillOutput:
        if context.is_docked:
            return SkillOutput(SkillState.SUCCEEDED, "on the dock", face=Face.HAPPY)
        if self._stage is None:
            return SkillOutput(SkillState.FAILED, "I know of no dock", face=Face.WORRIED)
        if self._stage.drive is None:
            return self._feel(self._stage, context)
        output = self._stage.drive.step(context)
        if output.state is SkillState.RUNNING:
            return output
        return self._next(self._stage.phase, output, context)

    def cancel(self) -> None:
        if self._stage is not None and self._stage.drive is not None:
            self._stage.drive.cancel()

    def _next(self, phase: _Phase, ended: SkillOutput, context: SkillContext) -> SkillOutput:
        """What comes after a drive that has ended, well or badly."""
        if phase is _Phase.APPROACH and ended.state is SkillState.FAILED:
            return ended
        following = {
            _Phase.APPROACH: _Phase.ENTER,
            _Phase.ENTER: _Phase.FEEL,
            _Phase.PULL_OUT: _Phase.APPROACH,
        }[phase]
        self._stage = self._enter_phase(following, context)
        return replace(ended, state=SkillState.RUNNING, goal=None, face=Face.NEUTRAL)

    def _feel(self, stage: _Stage, context: SkillContext) -> SkillOutput:
        """The contact is reported a moment after it is made: wait before trying again."""
        if context.now_s - stage.start_s < self._config.dock.contact_wait_s:
            return SkillOutput(SkillState.RUNNING, str(stage.phase))
        if self._n_retries >= self._config.dock.max_retries:
            tries = self._n_retries + 1
            reason = f"no contact on the dock after {tries} tries"
            return SkillOutput(SkillState.FAILED, reason, face=Face.WORRIED)
        self._n_retries += 1
        self._stage = self._enter_phase(_Phase.PULL_OUT, context)
        return SkillOutput(SkillState.RUNNING, "no contact on the dock, trying again")

    def _enter_phase(self, phase: _Phase, context: SkillContext) -> _Stage | None:
        if context.T_map_dock is None:
            return None
        if phase is _Phase.FEEL:
            return _Stage(phase, context.now_s)
        drive = Drive(
            self._goal(phase, context.T_map_dock),
            str(phase),
            self._recover,
            self._drive_config(phase),
            asks_for_help=False,
        )
        return _Stage(phase, context.now_s, drive)

    def _goal(self, phase: _Phase, T_map_dock: SE2) -> Goal:
        config = self._config.dock
        if phase is _Phase.APPROACH:
            T_map_front = T_map_dock @ SE2(config.approach_m, 0.0, 0.0)
            return PoseGoal(
                T_map_front, config.approach_tolerance_m, config.approach_yaw_tolerance_rad
            )
        if phase is _Phase.ENTER:
            return PoseGoal(T_map_dock, config.tolerance_m, config.yaw_tolerance_rad)
        return DirectionGoal(distance_m=config.pull_out_m)

    def _drive_config(self, phase: _Phase) -> DriveConfig:
        """At the dock itself, getting free means pulling out, which is this skill's own way."""
        drive = self._config.drive
        return drive if phase is _Phase.APPROACH else drive.model_copy(update={"max_recoveries": 0})
