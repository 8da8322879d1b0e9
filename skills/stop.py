"""Standing still: no goal, until the wheels are at rest."""

from __future__ import annotations

from homebody.messages import Face
from skills.base import SkillContext, SkillOutput, SkillState

_STANDING_M_S = 0.02


class StopSkill:
    """Wants nothing but to stand; succeeds when the robot does."""

    name = "stop"

    def start(self, context: SkillContext) -> None:
        """Nothing to begin."""

    def step(self, context: SkillContext) -> SkillOutput:
        if abs(context.speed_m_s) < _STANDING_M_S:
            return SkillOutput(SkillState.SUCCEEDED, "standing still")
        return SkillOutput(SkillState.RUNNING, "coming to a stop")

    def cancel(self) -> None:
        """Nothing to let go of."""


class HoldSkill:
    """Stands for as long as it is asked to."""

    name = "hold"

    def start(self, context: SkillContext) -> None:
        """Nothing to begin."""

    def step(self, context: SkillContext) -> SkillOutput:
        is_still = abs(context.speed_m_s) < _STANDING_M_S
        reason = "standing still" if is_still else "coming to a stop"
        return SkillOutput(SkillState.RUNNING, reason, face=Face.WORRIED)

    def cancel(self) -> None:
        """Nothing to let go of."""
