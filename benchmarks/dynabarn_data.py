"""The DynaBARN worlds: an arena of 20 x 20 m in which cylinders move along looped splines.

Nair, Jiang, Hou, Xu, Li, Xiao, Stone, "DynaBARN: benchmarking metric ground navigation in dynamic
environments" (SSRR 2022); the public original is github.com/Daffan/the-barn-challenge.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from drivers.simulation.homes.home import Home
from drivers.simulation.scenario import CylinderPlan, Scenario
from homebody.errors import InputError
from homebody.geometry import SE2
from homebody.settings import Settings, as_input_error

_HALF_SIDE_M = 10.0
_MARGIN_M = 5.0
_GOLDEN = 0.6180339887498949


class _World(Settings):
    obstacles: tuple[str, ...]
    radius: tuple[float, ...] = ()
    static_models: tuple[str, ...] = ()


class _Trajectory(Settings):
    duration: float
    keyframes: tuple[tuple[float, float, float], ...]


class _File(Settings):
    robot_start: tuple[float, float, float]
    robot_goal_relative: tuple[float, float]
    obstacle_radius_m: Annotated[float, Field(gt=0.0, le=5.0)]
    worlds: dict[str, _World]
    trajectories: dict[str, _Trajectory]


@dataclass(frozen=True, slots=True)
class DynaBarnWorld:
    identity: str
    start: SE2
    goal_xy_m: tuple[float, float]
    scenario: Scenario

    @property
    def name(self) -> str:
        return f"dynabarn-{self.identity:0>2}"

    @property
    def reference_m(self) -> float:
        """The straight way, as nothing stands still in it."""
        return abs(self.goal_xy_m[0] - self.start.x_m)

    def home(self) -> Home:
        """An open floor: the arena is where the cylinders stay, and no wall is around it."""
        half = _HALF_SIDE_M + _MARGIN_M
        return Home(self.name, (), (-half, -half, half, half), self.start)


def load_worlds(data: Path) -> list[DynaBarnWorld]:
    """All worlds of every `dynabarn.json` below a folder, mixed.

    Raises:
        InputError: A file is no set of DynaBARN worlds.
    """
    worlds = [world for path in sorted(data.rglob("dynabarn.json")) for world in _read(path)]
    return sorted(worlds, key=lambda world: (_order(world.identity), world.identity))


def _order(identity: str) -> float:
    return int(identity) * _GOLDEN % 1.0 if identity.isdigit() else 1.0


def _read(path: Path) -> list[DynaBarnWorld]:
    try:
        file = _File.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as problem:
        raise as_input_error(problem, path, InputError) from problem
    except ValueError as problem:
        raise InputError(path, "syntax", str(problem), "JSON") from problem
    x_m, y_m, yaw_rad = file.robot_start
    ahead_m, aside_m = file.robot_goal_relative
    return [
        DynaBarnWorld(
            identity,
            SE2(x_m, y_m, yaw_rad),
            (x_m + ahead_m, y_m + aside_m),
            Scenario(cylinders=_cylinders(path, file, world)),
        )
        for identity, world in file.worlds.items()
    ]


def _cylinders(path: Path, file: _File, world: _World) -> tuple[CylinderPlan, ...]:
    missing = sorted(set(world.obstacles) - set(file.trajectories))
    if missing:
        raise InputError(path, "obstacles", ", ".join(missing), "names of trajectories")
    return tuple(
        CylinderPlan(
            name=f"{name} {index}"[:64],
            radius_m=file.obstacle_radius_m,
            keyframes=file.trajectories[name].keyframes,
            is_looping=True,
        )
        for index, name in enumerate(world.obstacles)
    )
