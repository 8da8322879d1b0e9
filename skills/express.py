"""Where the head looks and what the face shows when no skill has a wish of its own.

At rest the robot turns its eyes to whoever is near, or looks slowly from side to side; on the way
the head is left to the head planner, which leads the body into its turns.
"""

from __future__ import annotations

import math

from homebody.messages import Face
from skills.base import SkillContext, SkillOutput, SkillState

_NEAR_M = 3.0
_SWEEP_RAD = 0.9
_SWEEP_PERIOD_S = 12.0
_LOOK_AHEAD_M = 2.0


class ExpressSkill:
    """Stands and looks about; never ends by itself."""

    name = "express"

    def start(self, context: SkillContext) -> None:
        """Nothing to begin."""

    def step(self, context: SkillContext) -> SkillOutput:
        person = nearest_person(context, _NEAR_M)
        if person is not None:
            reason, face, look_at = "looking at the person near me", Face.HAPPY, person
        elif context.is_docked:
            reason, face, look_at = "resting on the dock", Face.ASLEEP, None
        else:
            reason, face, look_at = "looking about", Face.NEUTRAL, _sweep(context)
        return SkillOutput(SkillState.RUNNING, reason, look_at_map_m=look_at, face=face)

    def cancel(self) -> None:
        """Nothing to let go of."""


def nearest_person(context: SkillContext, range_m: float = math.inf) -> tuple[float, float] | None:
    """Where the nearest person within `range_m` stands; None: nobody is there."""
    places = [(float(p.position_map_m[0]), float(p.position_map_m[1])) for p in context.people]
    here = (context.T_map_robot.x_m, context.T_map_robot.y_m)
    nearest = min(places, key=lambda xy: math.dist(xy, here), default=None)
    return nearest if nearest is not None and math.dist(nearest, here) <= range_m else None


def _sweep(context: SkillContext) -> tuple[float, float]:
    """A point that wanders from side to side ahead of the robot."""
    phase = 2.0 * math.pi * context.now_s / _SWEEP_PERIOD_S
    bearing_rad = context.T_map_robot.yaw_rad + _SWEEP_RAD * math.sin(phase)
    return (
        context.T_map_robot.x_m + _LOOK_AHEAD_M * math.cos(bearing_rad),
        context.T_map_robot.y_m + _LOOK_AHEAD_M * math.sin(bearing_rad),
    )
