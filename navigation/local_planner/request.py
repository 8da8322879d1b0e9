"""What the local planner is asked in one cycle; everything in the map frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from homebody.geometry import FloatArray
from navigation.goals import Goal
from navigation.types import (
    CostToGo,
    LocalMap,
    LocalPlan,
    MotionState,
    Mover,
    PoseToGo,
    Target,
    TrackedPerson,
)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """One planning cycle.

    Attributes:
        start_time_s: When the plan takes effect.
        state: The motion predicted for that moment.
        cost_to_go: Guidance to a point or pose goal; None: no way is known.
        goal: None: stand, and step aside where standing would be dangerous.
        speed_limit_m_s: A cap from the caller; `inf`: the body's own limits only.
        pose_covariance: Of (x, y, yaw), shape (3, 3), where the map cannot be taken as seen from
            the robot; None: no uncertainty of the pose.
        pose_to_go: Guidance with headings, where the flat one leads into corners.
        movers: What moves and is no person.
        target: Whom a target goal speaks of, None while nobody knows where they are.
        ranges_age_s: How old the newest good ranges are when the plan is made.
    """

    start_time_s: float
    state: MotionState
    local_map: LocalMap
    cost_to_go: CostToGo | None = None
    goal: Goal | None = None
    people: tuple[TrackedPerson, ...] = ()
    speed_limit_m_s: float = math.inf
    pose_covariance: FloatArray | None = None
    pose_to_go: PoseToGo | None = None
    movers: tuple[Mover, ...] = ()
    target: Target | None = None
    ranges_age_s: float = 0.0


class Planner(Protocol):
    """Ten times a second the motion of the next seconds."""

    def step(self, request: PlanRequest) -> LocalPlan:
        """Plan from the predicted state on."""
        ...
