"""The kinds of task that can be asked for: the arguments of each, and the skill that does it.

A request is checked against its kind's pydantic model when it arrives, so that a bad one is refused
at once with the field, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import StringConstraints, model_validator

from homebody.errors import MessageError
from homebody.messages import BodyDescription
from homebody.payloads import Metres, Radians
from homebody.settings import Settings, parse
from navigation.exploration.config import ExplorationConfig
from navigation.global_planner.config import GlobalPlannerConfig
from skills.base import Skill
from skills.config import SkillsConfig
from skills.dock import DockSkill
from skills.explore import ExploreSkill
from skills.explore_asking import Decide
from skills.go_to import GoToSkill, Place

RoomName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
ArgsT = TypeVar("ArgsT", bound=Settings)


class ExploreArgs(Settings):
    """`explore`: no arguments."""


class DockArgs(Settings):
    """`dock`: no arguments."""


class GoToArgs(Settings):
    """`go_to`: a point of the map [m], with a heading [rad] if it matters, or a room's name."""

    x: Metres | None = None
    y: Metres | None = None
    yaw: Radians | None = None
    room: RoomName | None = None

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        has_point = self.x is not None and self.y is not None
        has_part = self.x is not None or self.y is not None or self.yaw is not None
        if (self.room is None and not has_point) or (self.room is not None and has_part):
            raise ValueError("either x and y (and yaw), or room")
        return self

    def target(self) -> Place | str:
        """The place, or the room's name."""
        if self.room is not None:
            return self.room
        assert self.x is not None
        assert self.y is not None
        return Place(self.x, self.y, self.yaw)


@dataclass(frozen=True, slots=True)
class TaskType(Generic[ArgsT]):
    """One kind of task: the model of its arguments and how its skill is made."""

    args_model: type[ArgsT]
    make_skill: Callable[[ArgsT], Skill]

    def skill(self, args: Mapping[str, Any]) -> Skill:
        """The skill for arguments that were checked before."""
        return self.make_skill(self.args_model.model_validate(dict(args)))


TaskTypes = Mapping[str, TaskType[Any]]


def task_types(
    body: BodyDescription,
    decide: Decide,
    config: SkillsConfig,
    exploration: ExplorationConfig | None = None,
    planner: GlobalPlannerConfig | None = None,
) -> TaskTypes:
    """Every kind of task the robot knows.

    Args:
        decide: Chooses the next viewpoint of an exploration; run as a job.
        exploration, planner: What `decide` is told to go by.
    """
    return {
        "explore": TaskType(
            ExploreArgs, lambda _: ExploreSkill(decide, body, config, exploration, planner)
        ),
        "go_to": TaskType(GoToArgs, lambda args: GoToSkill(args.target(), body, config)),
        "dock": TaskType(DockArgs, lambda _: DockSkill(body, config)),
    }


def check_args(types: TaskTypes, type_name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as their model understands them, without those that were not given.

    Raises:
        MessageError: Unknown kind of task or bad arguments, naming field, value and allowed.
    """
    kind = types.get(type_name)
    if kind is None:
        raise MessageError("task/set", "type", type_name, "one of " + ", ".join(sorted(types)))
    model: Settings = parse(
        kind.args_model, dict(args), f"task/set ({type_name}) args", MessageError
    )
    return model.model_dump(exclude_none=True, mode="json")
