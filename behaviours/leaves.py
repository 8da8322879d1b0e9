"""The leaves of the tree: conditions, and skills that are started, polled and cancelled.

No leaf does any work of its own. What a tick looks at is handed to all leaves in one `Moment`,
written by the tree before the tick; what the chosen skill wants is left in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from skills.base import Skill, SkillContext, SkillOutput, SkillState

_STATUS = {
    SkillState.RUNNING: Status.RUNNING,
    SkillState.SUCCEEDED: Status.SUCCESS,
    SkillState.FAILED: Status.FAILURE,
}

Reason = Callable[[], str]


@dataclass(slots=True)
class Moment:
    """One tick: what it looks at, and what the skill that has the robot wants.

    Attributes:
        output: Of the last skill that was stepped without failing.
        n_recoveries, n_help_requests: Of all skills stepped in this tick.
    """

    context: SkillContext | None = None
    output: SkillOutput | None = None
    n_recoveries: int = 0
    n_help_requests: int = 0
    outputs: dict[str, SkillOutput] = field(default_factory=dict)

    def begin(self, context: SkillContext) -> None:
        self.context = context
        self.output = None
        self.n_recoveries = 0
        self.n_help_requests = 0
        self.outputs.clear()

    def take(self, leaf: str, output: SkillOutput) -> None:
        """Keep what a skill wants; a failed one wants nothing any more."""
        self.outputs[leaf] = output
        self.n_recoveries += output.n_recoveries
        self.n_help_requests += output.n_help_requests
        if output.state is not SkillState.FAILED:
            self.output = output


class Check(Behaviour):
    """A condition: SUCCESS with the reason while there is one, FAILURE without.

    Args:
        reason: Says why the condition holds, an empty text where it does not.
    """

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(name)
        self._reason = reason

    def update(self) -> Status:
        self.feedback_message = self._reason()
        return Status.SUCCESS if self.feedback_message else Status.FAILURE


class RunSkill(Behaviour):
    """Starts, polls and cancels a skill.

    Args:
        source: Gives the skill to run: the same one as long as it is to go on.
    """

    def __init__(self, name: str, source: Callable[[], Skill], moment: Moment) -> None:
        super().__init__(name)
        self._source = source
        self._moment = moment
        self._skill: Skill | None = None

    def initialise(self) -> None:
        assert self._moment.context is not None
        self._let_go()
        skill = self._source()
        self._skill = skill
        skill.start(self._moment.context)

    def update(self) -> Status:
        if self._skill is not self._source():
            self.initialise()
        assert self._skill is not None
        assert self._moment.context is not None
        output = self._skill.step(self._moment.context)
        self.feedback_message = output.reason
        self._moment.take(self.name, output)
        return _STATUS[output.state]

    def terminate(self, new_status: Status) -> None:
        if new_status is Status.INVALID:
            self._let_go()
            self.feedback_message = ""
        else:
            self._skill = None

    def _let_go(self) -> None:
        """Cancel what is under way; forgotten first, so that a failing cancel is not repeated."""
        skill, self._skill = self._skill, None
        if skill is not None:
            skill.cancel()
