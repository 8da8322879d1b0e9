"""Exploring: drive to where most is to be seen, look again, until nothing reachable is unknown.

Algorithm: a job decides where to look next; drive there; decide again now and then on the way, on
arrival and in trouble; home to the dock when all is done. It always ends: the memory of looks and
failures leaves alone what does not clear or cannot be reached, and no target is taken up for ever.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from homebody.geometry import FloatArray
from homebody.messages import BodyDescription, Face
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.memory import ExplorationMemory
from navigation.exploration.request import ExplorationDecision, ExplorationRequest
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.goals import PointGoal
from skills.ask_for_help import AskForHelpSkill
from skills.base import Skill, SkillContext, SkillOutput, SkillState
from skills.config import SkillsConfig
from skills.dock import DockSkill
from skills.drive import Drive
from skills.explore_asking import Decide, LookAsker
from skills.explore_watch import ExploreWatch, Place, Step
from skills.recover import RecoverSkill


class ExploreSkill:
    """Sees the whole reachable home, then goes back to the dock if one is known.

    Args:
        decide: Chooses the next viewpoint; a pure function, run as a job.
    """

    name = "explore"

    def __init__(
        self,
        decide: Decide,
        body: BodyDescription,
        config: SkillsConfig,
        exploration: ExplorationConfig | None = None,
        planner: GlobalPlannerConfig | None = None,
    ) -> None:
        self._body = body
        self._config = config.explore
        self._exploration = exploration or ExplorationConfig()
        self._planner = planner or GlobalPlannerConfig()
        self._drive_config = config.drive.model_copy(
            update={"max_recoveries": 1, "no_way_retries": 0}
        )
        self._help_patience_s = config.drive.help_patience_s
        self._recover = RecoverSkill(body.footprint_m, config.recover)
        self._dock = DockSkill(body, config)
        self._asker = LookAsker(decide, config.explore)
        self._watch = ExploreWatch(config.explore)
        self._memory = ExplorationMemory(config=self._exploration)
        self._target: ExplorationDecision | None = None
        self._drive: Drive | None = None
        self._aside: Skill | None = None
        self._share = 0.0
        self._time_left_s = math.inf
        self._said_s = 0.0
        self._is_known = False
        self._has_forgiven = False
        self._n_done = 0
        self._failure = ""

    def start(self, context: SkillContext) -> None:
        """Begin, or go on after an interruption with what was learnt so far."""
        self._aside = None
        self._asker.start()
        self._watch.begin(context.now_s)
        self._drop_target()
        if self._is_known:
            self._dock.start(context)

    def step(self, context: SkillContext) -> SkillOutput:
        if not self._is_known:
            self._think(context)
        if self._is_known:
            return self._go_home(context)
        failure = self._failure or self._asker.failure
        if failure:
            return SkillOutput(SkillState.FAILED, failure, face=Face.WORRIED)
        output = self._step_aside(context) if self._aside else self._drive_on(context)
        time_left_s = self._time_left(context.now_s)
        return replace(output, progress=self._share, time_left_s=time_left_s)

    def cancel(self) -> None:
        for part in (self._aside, self._drive, self._dock):
            if part is not None:
                part.cancel()
        self._aside = None
        self._drop_target()

    def _drop_target(self) -> None:
        """There is no target, and an answer that still has it in mind is not waited for."""
        self._target = None
        self._drive = None
        self._asker.forget()

    # --- where to look next ------------------------------------------------------------------

    def _think(self, context: SkillContext) -> None:
        decision = self._asker.answer(context.now_s)
        if decision is not None:
            self._take(decision, context)
            self._memory = self._memory.after_change(context.snapshot)
        if self._aside is None and not self._is_known:
            is_confirming = self._n_done > 0
            self._asker.ask(context, self._target, is_confirming, lambda: self._request(context))

    def _request(self, context: SkillContext) -> ExplorationRequest:
        return ExplorationRequest(
            snapshot=context.snapshot,
            T_map_robot=context.T_map_robot,
            inscribed_radius_m=self._body.inscribed_radius_m,
            circumscribed_radius_m=self._body.circumscribed_radius_m,
            speed_max_m_s=self._body.limits.speed_max_m_s,
            dock_map_m=context.T_map_dock.translation() if context.T_map_dock else None,
            target_map_m=self._target.viewpoint_map_m if self._target else None,
            looked_from_map_m=self._memory.looked_from_map_m,
            blacklist_map_m=self._memory.blacklist_map_m,
            impasses_map_m=self._memory.impasses_map_m,
            config=self._exploration,
            planner=self._planner,
        )

    def _take(self, decision: ExplorationDecision, context: SkillContext) -> None:
        if decision.is_stuck:
            self._drop_target()
            self._note_failure(decision.reason, context)
            return
        self._watch.note_map(context.snapshot, context.now_s)
        self._share = min(max(decision.explored_share, 0.0), 1.0)
        self._time_left_s, self._said_s = decision.time_left_s, context.now_s
        if decision.is_done or decision.viewpoint_map_m is None:
            self._take_done(context)
            return
        self._n_done = 0
        if self._watch.is_in_vain(context.now_s):
            self._leave(decision, "I drive about and see nothing new", context)
        elif self._target is not None and _place(self._target) == _place(decision):
            self._target = decision
        else:
            self._take_up(decision, context)

    def _take_up(self, decision: ExplorationDecision, context: SkillContext) -> None:
        """A new target, unless it was taken up, and left again, too often."""
        place = _place(decision)
        if not self._watch.may_take(place):
            self._leave(decision, "the same place again and again", context)
            return
        doing = f"going to look from ({place[0]:.1f}, {place[1]:.1f})"
        goal = PointGoal(*place, self._config.viewpoint_tolerance_m)
        self._target = decision
        self._drive = Drive(goal, doing, self._recover, self._drive_config, asks_for_help=False)

    def _leave(
        self,
        decision: ExplorationDecision,
        why: str,
        context: SkillContext,
        came_to_map_m: FloatArray | None = None,
    ) -> None:
        """Leave a place alone from now on, and the way on from where the robot came to."""
        self._memory = self._memory.after_failure(decision, context.snapshot, came_to_map_m)
        self._drop_target()
        self._note_failure(why, context)

    def _take_done(self, context: SkillContext) -> None:
        """Believed when said again a moment later, and when nothing is owed a second chance."""
        self._drop_target()
        self._asker.pause(context.now_s)
        self._n_done += 1
        if self._n_done <= self._config.n_confirmations:
            return
        if len(self._memory.unreached_map_m) and not self._has_forgiven:
            self._has_forgiven = True
            self._n_done = 0
            self._memory = self._memory.forgiving()
            return
        self._finish(context)

    def _finish(self, context: SkillContext) -> None:
        self._drop_target()
        self._is_known = True
        self._dock.start(context)

    # --- going there -------------------------------------------------------------------------

    def _drive_on(self, context: SkillContext) -> SkillOutput:
        if self._drive is None or self._target is None:
            reason = "thinking about where to look next"
            return SkillOutput(SkillState.RUNNING, reason, face=Face.THINKING)
        output = self._drive.step(context)
        if output.state is SkillState.RUNNING:
            return output
        target = self._target
        self._drop_target()
        if output.state is SkillState.SUCCEEDED:
            self._memory = self._memory.after_look(target)
            self._watch.note_arrival(context.now_s)
            self._recover.reset()
        else:
            self._leave(target, output.reason, context, context.T_map_robot.translation())
        return replace(output, state=SkillState.RUNNING)

    def _time_left(self, now_s: float) -> float | None:
        """What was told last, less the time since then."""
        if not math.isfinite(self._time_left_s):
            return None
        return max(self._time_left_s - (now_s - self._said_s), 0.0)

    # --- trouble -----------------------------------------------------------------------------

    def _note_failure(self, reason: str, context: SkillContext) -> None:
        step = self._watch.note_failure(context.T_map_robot)
        if step is Step.GET_FREE:
            self._begin_aside(self._recover, context)
        elif step is Step.FINISH:
            self._finish(context)
        elif step is Step.ASK_FOR_HELP:
            words = f"I am stuck while exploring: {reason}"
            self._begin_aside(AskForHelpSkill(words, self._help_patience_s), context)
        elif step is Step.GIVE_UP:
            n = self._watch.n_failures
            self._failure = f"I am stuck, nothing worked {n} times in a row: {reason}"

    def _begin_aside(self, aside: Skill, context: SkillContext) -> None:
        aside.start(context)
        self._aside = aside

    def _step_aside(self, context: SkillContext) -> SkillOutput:
        assert self._aside is not None
        output = self._aside.step(context)
        if output.state is SkillState.RUNNING:
            return output
        self._aside = None
        return replace(output, state=SkillState.RUNNING, goal=None)

    # --- home --------------------------------------------------------------------------------

    def _go_home(self, context: SkillContext) -> SkillOutput:
        seen = f"explored, {self._share:.0%} of what can be reached is seen"
        seen += found_words(context.rooms.found())
        if context.T_map_dock is None:
            return SkillOutput(SkillState.SUCCEEDED, seen, face=Face.HAPPY, progress=1.0)
        output = self._dock.step(context)
        reason = f"{seen}; {output.reason}"
        if output.state is SkillState.RUNNING:
            time_left_s = self._time_left(context.now_s)
            return replace(output, reason=reason, progress=self._share, time_left_s=time_left_s)
        return SkillOutput(SkillState.SUCCEEDED, reason, face=Face.HAPPY, progress=1.0)


def found_words(rooms: Sequence[str]) -> str:
    """What was found, as the end of a sentence; nothing where nothing was."""
    if not rooms:
        return ""
    count = "1 room" if len(rooms) == 1 else f"{len(rooms)} rooms"
    return f"; I found {count}: {', '.join(rooms)}"


def _place(decision: ExplorationDecision) -> Place:
    assert decision.viewpoint_map_m is not None
    x_m, y_m = (float(c) for c in decision.viewpoint_map_m)
    return round(x_m, 3), round(y_m, 3)
