"""The last step of getting out of trouble: say in words what is wrong, wait a while, go on.

It ends by itself, so that a robot nobody hears does not ask for ever; its caller tries once more.
"""

from __future__ import annotations

from homebody.messages import Face
from skills.base import SkillContext, SkillOutput, SkillState
from skills.express import nearest_person


class AskForHelpSkill:
    """Stands, says what is wrong and shows it on the face for `patience_s`."""

    name = "ask for help"

    def __init__(self, trouble: str, patience_s: float) -> None:
        self._trouble = trouble
        self._patience_s = patience_s
        self._start_s = 0.0
        self._is_said = False

    def start(self, context: SkillContext) -> None:
        self._start_s = context.now_s
        self._is_said = False

    def step(self, context: SkillContext) -> SkillOutput:
        is_new, self._is_said = not self._is_said, True
        is_over = not is_new and context.now_s - self._start_s >= self._patience_s
        return SkillOutput(
            SkillState.SUCCEEDED if is_over else SkillState.RUNNING,
            f"asking for help: {self._trouble}",
            look_at_map_m=nearest_person(context),
            face=Face.ASKING,
            n_help_requests=1 if is_new else 0,
        )

    def cancel(self) -> None:
        """Nothing to let go of."""
