"""Onto the dock, and resting there until the battery is full enough."""

from __future__ import annotations

from homebody.messages import Face
from skills.base import Skill, SkillContext, SkillOutput, SkillState


class ChargeSkill:
    """Docks with the given skill, then stays; succeeds when the charge reaches `full`.

    Args:
        dock: The skill that drives onto the dock.
        full: Charge, 0 to 1, that is enough.
    """

    name = "charge"

    def __init__(self, dock: Skill, full: float) -> None:
        self._dock = dock
        self._full = full
        self._was_docked = False

    def start(self, context: SkillContext) -> None:
        self._was_docked = context.is_docked
        self._dock.start(context)

    def step(self, context: SkillContext) -> SkillOutput:
        charge = context.battery.charge if context.battery else None
        if charge is not None and charge >= self._full:
            return SkillOutput(SkillState.SUCCEEDED, "charged", face=Face.HAPPY)
        if not context.is_docked:
            return self._drive(context)
        self._was_docked = True
        share = f" ({charge:.0%})" if charge is not None else ""
        reason = f"charging on the dock{share}"
        return SkillOutput(SkillState.RUNNING, reason, face=Face.ASLEEP, progress=charge)

    def cancel(self) -> None:
        self._dock.cancel()

    def _drive(self, context: SkillContext) -> SkillOutput:
        """Onto the dock, also when it was pushed off while charging."""
        if self._was_docked:
            self.start(context)
        return self._dock.step(context)
