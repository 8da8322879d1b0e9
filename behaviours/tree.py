"""The robot's behaviour tree: safety above stop above charging above the task above idling.

Each branch is a condition and a skill. A tick is: hear the stops, tick, settle what became of the
task, and hand on what the chosen skill wants. Nothing of this drives a motor; whatever goes wrong
inside a tick, the decision is to stand. Cost: about 0.15 ms per step, most of it in py_trees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from py_trees.behaviour import Behaviour
from py_trees.composites import Selector, Sequence

from behaviours.config import TreeConfig
from behaviours.leaves import Check, Moment, Reason, RunSkill
from behaviours.safe_tick import Fault, stop_all, tick_safely
from behaviours.snapshot import snapshot, why
from behaviours.task_queue import TaskQueue
from behaviours.task_types import TaskTypes
from behaviours.watches import BatteryWatch, LostWatch
from homebody.messages import Face
from homebody.payloads import TaskEvent, TreePayload
from navigation.goals import Goal
from skills.ask_for_help import AskForHelpSkill
from skills.base import Skill, SkillContext, SkillOutput, SkillState
from skills.charge import ChargeSkill
from skills.express import ExpressSkill
from skills.stop import HoldSkill, StopSkill

_TASK = "do the task"
_STAND = "come to a stop"
_ASK = "ask for help"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the robot does next, and why.

    Attributes:
        goal: For the navigator; None: stand.
        look_at_map_m: For the head; None: look where the robot goes.
        activity: One plain sentence.
        events: What became of tasks in this step.
        recoveries, help_requests: Counted since the tree was made.
        fault: An exception that ended this tick; the robot stands.
    """

    goal: Goal | None
    look_at_map_m: tuple[float, float] | None
    face: Face
    activity: str
    events: tuple[TaskEvent, ...]
    recoveries: int
    help_requests: int
    fault: Fault | None = None


class RobotTree:
    """Decides ten times a second what the robot is for.

    Args:
        types: The kinds of task, which make the skills; `dock` must be among them.
        queue: The tasks; the tree starts, pauses and finishes them.
    """

    def __init__(
        self, types: TaskTypes, queue: TaskQueue, config: TreeConfig | None = None
    ) -> None:
        self._types = types
        self._queue = queue
        self._config = config or TreeConfig()
        self._lost = LostWatch(self._config.lost)
        self._battery = BatteryWatch(self._config.battery)
        self._moment = Moment()
        self._is_estopped = False
        self._is_stopping = False
        self._lost_reason = ""
        self._battery_reason = ""
        self._skill: Skill | None = None
        self._skill_task_id = ""
        self.recoveries = 0
        self.help_requests = 0
        self.tick_count = 0
        self.ticked_s = -math.inf
        self.root = self._grow()

    def step(
        self,
        context: SkillContext,
        is_estopped: bool,
        stop_requested: bool,
        wall_s: float,
        now_s: float,
    ) -> Decision:
        """One tick. An exception in a leaf fails the task and makes the robot stand."""
        events = self._hear(is_estopped, stop_requested, wall_s)
        self._lost_reason = self._lost.step(context)
        self._battery_reason = self._battery.step(context)
        self._moment.begin(context)
        self.tick_count += 1
        self.ticked_s = now_s
        fault = tick_safely(self.root)
        if fault is not None:
            return self._stand(fault, events, wall_s)
        events += self._settle(wall_s)
        return self._decision(events)

    def payload(self, wall_s: float) -> TreePayload:
        """The tree as it was ticked last, for the panel."""
        return snapshot(self.root, wall_s, self.tick_count)

    def close(self) -> None:
        """Cancel whatever skill is under way."""
        stop_all(self.root)

    # --- the tree ----------------------------------------------------------------------------

    def _grow(self) -> Behaviour:
        hold, stop, express = HoldSkill(), StopSkill(), ExpressSkill()
        estop = self._branch("emergency stop", self._why_estop, self._run("stand", hold))
        lost = self._branch("lost", self._why_lost, self._run("stand until found", hold))
        return Selector(
            "homebody",
            memory=False,
            children=[
                Selector("safety", memory=False, children=[estop, lost]),
                self._branch("stop", self._why_stop, self._run(_STAND, stop)),
                self._branch("low battery", self._why_charge, self._grow_charging()),
                self._branch("task", self._why_task, RunSkill(_TASK, self._task, self._moment)),
                self._branch("idle", _why_idle, self._run("look about", express)),
            ],
        )

    def _grow_charging(self) -> Behaviour:
        battery = self._config.battery
        charge = ChargeSkill(self._types["dock"].skill({}), battery.full)
        trouble = "my battery is low and I cannot get onto my dock"
        ask = AskForHelpSkill(trouble, battery.help_patience_s)
        children = [self._run("dock and charge", charge), self._run(_ASK, ask)]
        return Selector("charge or ask", memory=True, children=children)

    def _branch(self, name: str, reason: Reason, act: Behaviour) -> Behaviour:
        """Act as long as there is a reason to."""
        check = Check(f"reason for {name}", reason)
        return Sequence(name, memory=False, children=[check, act])

    def _run(self, name: str, skill: Skill) -> RunSkill:
        return RunSkill(name, lambda: skill, self._moment)

    # --- reasons: an empty text says no ------------------------------------------------------

    def _why_estop(self) -> str:
        return "the emergency stop is engaged" if self._is_estopped else ""

    def _why_lost(self) -> str:
        return self._lost_reason

    def _why_stop(self) -> str:
        return "somebody said stop" if self._is_stopping else ""

    def _why_charge(self) -> str:
        """A task to dock that is under way is as good as the robot's own wish to."""
        task = self._queue.active
        is_docking = task is not None and task.type == "dock" and task.state == "running"
        return "" if is_docking else self._battery_reason

    def _why_task(self) -> str:
        task = self._queue.current
        if task is None:
            return ""
        args = ", ".join(f"{name}={value}" for name, value in task.args.items())
        return f"I was asked to {task.type.replace('_', ' ')} {args}".rstrip()

    def _task(self) -> Skill:
        """The skill of the current task, kept through interruptions with what it has learnt."""
        task = self._queue.current
        assert task is not None
        if self._skill is None or self._skill_task_id != task.id:
            self._skill_task_id = task.id
            self._skill = self._types[task.type].skill(task.args)
        return self._skill

    # --- before and after the tick -----------------------------------------------------------

    def _hear(self, is_estopped: bool, stop_requested: bool, wall_s: float) -> list[TaskEvent]:
        """Both stops end every task: to be let go must not by itself set a robot in motion."""
        self._is_estopped = is_estopped
        self._is_stopping = self._is_stopping or stop_requested
        if is_estopped:
            return self._queue.stop(wall_s, self._why_estop())
        return self._queue.stop(wall_s) if stop_requested else []

    def _settle(self, wall_s: float) -> list[TaskEvent]:
        """Write down what became of the task, of the stop and of the charging."""
        outputs, queue = self._moment.outputs, self._queue
        self._is_stopping = self._is_stopping and not _has_ended(outputs.get(_STAND))
        if _has_ended(outputs.get(_ASK)):
            self._battery.note_failure()
        task = outputs.get(_TASK)
        if task is None:
            is_interrupted = queue.active is not None and queue.active.state == "running"
            return queue.pause(wall_s, why(self.root)) if is_interrupted else []
        events = queue.start(wall_s, task.reason)
        if task.state is SkillState.RUNNING:
            queue.note(task.reason, task.progress, task.time_left_s)
            return events
        self._skill = None
        is_done = task.state is SkillState.SUCCEEDED
        return events + queue.finish("succeeded" if is_done else "failed", wall_s, task.reason)

    def _stand(self, fault: Fault, events: list[TaskEvent], wall_s: float) -> Decision:
        """Fail the task that was under way, or about to be, and want nothing."""
        reason = f"a fault in my behaviour: {fault.reason}"
        task = self._queue.current
        if task is not None and (self._queue.active or self._skill_task_id == task.id):
            events += self._queue.finish("failed", wall_s, reason)
        self._skill = None
        activity = f"Standing still, because of {reason}."
        return self._count(Decision(None, None, Face.WORRIED, activity, tuple(events), 0, 0, fault))

    def _decision(self, events: list[TaskEvent]) -> Decision:
        wish, activity = self._moment.output, why(self.root)
        if wish is None:
            decision = Decision(None, None, Face.NEUTRAL, activity, tuple(events), 0, 0)
        else:
            goal = wish.goal if wish.state is SkillState.RUNNING else None
            decision = Decision(goal, wish.look_at_map_m, wish.face, activity, tuple(events), 0, 0)
        return self._count(decision)

    def _count(self, decision: Decision) -> Decision:
        self.recoveries += self._moment.n_recoveries
        self.help_requests += self._moment.n_help_requests
        return replace(decision, recoveries=self.recoveries, help_requests=self.help_requests)


def _why_idle() -> str:
    return "there is nothing to do"


def _has_ended(output: SkillOutput | None) -> bool:
    return output is not None and output.state is not SkillState.RUNNING
