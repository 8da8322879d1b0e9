"""What a skill is: something the robot can do that takes a while, told one tick at a time.

A skill turns a wish into navigation goals and reads what became of them; it plans nothing and
drives nothing itself. The tree starts, steps and cancels it. Cost: a few microseconds a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from numpy.typing import ArrayLike

from homebody.geometry import SE2
from homebody.messages import Battery, Face
from homebody.ports import JobRunner
from navigation.goals import Goal, NavigationStatus
from navigation.types import MapSnapshot, TrackedPerson


class Rooms(Protocol):
    """What skills need to know about rooms; `navigation.rooms.RoomBook` knows it."""

    def names(self) -> Sequence[str]:
        """The known rooms, in the words people use."""
        ...

    def found(self) -> Sequence[str]:
        """Those among them that were seen on the map."""
        ...

    def room_at(self, x_m: float, y_m: float) -> str | None:
        """The room that holds a point of the map."""
        ...

    def standing_place(
        self, name: str, snapshot: MapSnapshot, reachable_from: ArrayLike | None = None
    ) -> tuple[float, float] | None:
        """A good place (x [m], y [m]) to stand in a room, None where there is no free one.

        Args:
            reachable_from: Only places with a way of seen, free space from this point, shape (2,).

        Raises:
            InputError: No room has that name.
        """
        ...


@dataclass(frozen=True, slots=True)
class SkillContext:
    """All that a skill may look at in one tick; everything in the map frame.

    Attributes:
        navigation: What became of the goal that was active in the last tick.
        T_map_dock: Where the robot stands when it is docked, None where no dock is known.
    """

    now_s: float
    T_map_robot: SE2
    localization_quality: float
    snapshot: MapSnapshot
    navigation: NavigationStatus
    rooms: Rooms
    T_map_dock: SE2 | None
    battery: Battery | None
    is_docked: bool
    people: tuple[TrackedPerson, ...]
    jobs: JobRunner
    speed_m_s: float


class SkillState(StrEnum):
    """How far a skill is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SkillOutput:
    """What a skill wants now, and why, in plain words.

    Attributes:
        goal: Where to drive; None: stand.
        look_at_map_m: A point (x, y) for the head; None: the head looks where the robot goes.
        progress: Share done, 0 to 1, None where it is not known.
        time_left_s: Estimated time until it is done, None where there is no estimate.
        n_recoveries: Attempts to get free that began in this very step.
        n_help_requests: Requests for help that were made in this very step.
    """

    state: SkillState
    reason: str
    goal: Goal | None = None
    look_at_map_m: tuple[float, float] | None = None
    face: Face = Face.NEUTRAL
    progress: float | None = None
    time_left_s: float | None = None
    n_recoveries: int = 0
    n_help_requests: int = 0


class Skill(Protocol):
    """Something the robot can do; may be started again after it has ended or was cancelled."""

    @property
    def name(self) -> str: ...

    def start(self, context: SkillContext) -> None:
        """Begin, or begin again after an interruption."""
        ...

    def step(self, context: SkillContext) -> SkillOutput:
        """Say what is wanted now; called once a tick until it has succeeded or failed."""
        ...

    def cancel(self) -> None:
        """Let go of everything; harmless when nothing is under way."""
        ...
