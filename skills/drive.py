"""Drives to one goal and gets itself out of trouble on the way; the common part of the skills.

Algorithm: follow navigation; when it is blocked, try one way to get free and ask again, a limited
number of times; then ask for help, ask once more, and fail with the reason. Independent watches
(standing, no gain, no plan) make sure that it ends whatever navigation says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from homebody.geometry import SE2
from homebody.messages import Face
from navigation.goals import Goal, NavigationState, NavigationStatus
from skills.ask_for_help import AskForHelpSkill
from skills.base import Skill, SkillContext, SkillOutput, SkillState
from skills.config import DriveConfig
from skills.pursuit import Pursuit
from skills.recover import RecoverSkill


@dataclass(slots=True)
class _Watch:
    """Notices a drive that neither moves, nor gains, nor gets a plan."""

    config: DriveConfig
    planning_since_s: float | None = None
    anchor: SE2 | None = None
    moved_s: float = 0.0
    best_remaining: float = math.inf
    gained_s: float | None = None

    def trouble(self, status: NavigationStatus, context: SkillContext) -> str:
        """What is wrong, in words; empty when all is well."""
        now_s = context.now_s
        if status.state is not NavigationState.DRIVING:
            self.anchor = None
            if self.planning_since_s is None:
                self.planning_since_s = now_s
            is_late = now_s - self.planning_since_s > self.config.planning_timeout_s
            return "no plan came in time" if is_late else ""
        self.planning_since_s = None
        if self.anchor is None or self.anchor.distance_m(context.T_map_robot) > 0.3:
            self.anchor, self.moved_s = context.T_map_robot, now_s
        if self.gained_s is None or status.remaining_m < self.best_remaining - 0.3:
            self.best_remaining, self.gained_s = status.remaining_m, now_s
        if now_s - self.moved_s > self.config.standing_timeout_s:
            return "I do not get off the spot"
        if now_s - self.gained_s > self.config.no_gain_timeout_s:
            return "I drive but come no nearer"
        return ""


class Drive:
    """One drive to one goal, started anew after every interruption.

    Args:
        doing: What it is in words, as in "going to the kitchen".
        asks_for_help: Whether a person is asked before it fails.
    """

    def __init__(
        self,
        goal: Goal,
        doing: str,
        recover: RecoverSkill,
        config: DriveConfig,
        asks_for_help: bool = True,
    ) -> None:
        self._goal = goal
        self._doing = doing
        self._recover = recover
        self._config = config
        self._may_ask = asks_for_help
        self._n_recoveries = 0
        self._n_in_a_row = 0
        self._n_no_way = 0
        self.start()

    @property
    def goal(self) -> Goal:
        return self._goal

    def start(self) -> None:
        """Begin again from here; what was tried before still counts."""
        self._pursuit = Pursuit(self._goal)
        self._watch = _Watch(self._config)
        self._aside: Skill | None = None
        self._trouble = ""
        self._trouble_pose: SE2 | None = None

    def step(self, context: SkillContext) -> SkillOutput:
        """Toward the goal, or out of trouble; SUCCEEDED on arrival."""
        if self._aside is not None:
            return self._step_aside(self._aside, context)
        status = self._pursuit.step(context.navigation)
        if status.state is NavigationState.ARRIVED:
            return SkillOutput(SkillState.SUCCEEDED, f"{self._doing}: arrived", face=Face.HAPPY)
        if status.state is NavigationState.WAITING:
            self._watch = _Watch(self._config)
            words = f"{self._doing}: {status.reason}"
            return SkillOutput(SkillState.RUNNING, words, status.goal, face=Face.THINKING)
        if status.state is NavigationState.FAILED:
            return self._no_way(status.reason, context)
        trouble = self._watch.trouble(status, context)
        if status.state is NavigationState.BLOCKED or trouble:
            return self._begin_aside(trouble or status.reason, context)
        self._note_progress(context)
        is_driving = status.state is NavigationState.DRIVING
        return SkillOutput(
            SkillState.RUNNING,
            f"{self._doing}: {status.reason}",
            status.goal,
            face=Face.NEUTRAL if is_driving else Face.THINKING,
        )

    def cancel(self) -> None:
        if self._aside is not None:
            self._aside.cancel()
        self._aside = None

    def _note_progress(self, context: SkillContext) -> None:
        """Once it has come away from where it was stuck, the next trouble is a new one."""
        pose = self._trouble_pose
        if pose and pose.distance_m(context.T_map_robot) > self._config.free_again_m:
            self._trouble_pose = None
            self._n_in_a_row = 0
            self._recover.reset()

    def _begin_aside(self, trouble: str, context: SkillContext) -> SkillOutput:
        self._trouble = trouble
        self._trouble_pose = context.T_map_robot
        aside = self._next_aside(trouble)
        if aside is None:
            return self._failed(trouble)
        aside.start(context)
        self._aside = aside
        return self._step_aside(aside, context)

    def _no_way(self, reason: str, context: SkillContext) -> SkillOutput:
        """What shuts the only way may move off, what is built in does not: try again briefly."""
        if self._n_no_way >= self._config.no_way_retries:
            return self._failed(reason)
        self._n_no_way += 1
        return self._begin_aside(reason, context)

    def _next_aside(self, trouble: str) -> Skill | None:
        """The next thing to do about the trouble, None when all has been tried."""
        if (
            self._n_in_a_row < self._config.max_recoveries
            and self._n_recoveries < self._config.max_recoveries_in_all
        ):
            self._n_recoveries += 1
            self._n_in_a_row += 1
            return self._recover
        if self._may_ask:
            self._may_ask = False
            words = f"{self._doing} does not work, {trouble}"
            return AskForHelpSkill(words, self._config.help_patience_s)
        return None

    def _step_aside(self, aside: Skill, context: SkillContext) -> SkillOutput:
        output = aside.step(context)
        if output.state is SkillState.RUNNING:
            return replace(output, reason=f"{self._doing}: {output.reason}")
        self._aside = None
        if output.state is SkillState.FAILED:
            again = self._begin_aside(self._trouble, context)
            return replace(again, n_recoveries=again.n_recoveries + output.n_recoveries)
        self._pursuit = Pursuit(self._goal)
        self._watch = _Watch(self._config)
        return replace(
            output, state=SkillState.RUNNING, goal=None, reason=f"{output.reason}, trying again"
        )

    def _failed(self, reason: str) -> SkillOutput:
        n = self._n_recoveries
        tried = f", tried {n} {'way' if n == 1 else 'ways'} to get free" if n else ""
        return SkillOutput(
            SkillState.FAILED, f"{self._doing} did not work: {reason}{tried}", face=Face.WORRIED
        )
