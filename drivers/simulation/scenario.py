"""What happens in a simulated run beside the robot's own doing: a scenario, read from TOML.

Doors open and shut, people walk, objects appear, sensors and processes fail, all at given times in
seconds since the world's start. docs: every field below is the file's field of the same name.
"""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from drivers.simulation.homes.home import Home, PersonRoute
from drivers.simulation.spline import CatmullRom
from homebody.errors import ScenarioError
from homebody.geometry import SE2
from homebody.settings import Settings, parse

Metres = Annotated[float, Field(ge=-1000.0, le=1000.0)]
Seconds = Annotated[float, Field(ge=0.0, le=1e6)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
SensorName = Literal[
    "odometry",
    "lidar",
    "depth",
    "people",
    "bump",
    "cliff",
    "battery",
    "dock",
    "head",
    "landmarks",
    "button",
]
FaultKind = Literal[
    "dead", "frozen", "nan", "zero", "max", "dropout", "delay", "swapped", "wrong_size"
]
# What a kind means for a sensor is told in `drivers.simulation.faults`.
_KINDS_OF_SOME: dict[str, tuple[str, ...]] = {
    "nan": ("odometry", "lidar", "depth", "people", "battery", "head"),
    "zero": ("odometry", "lidar", "depth", "cliff", "bump"),
    "max": ("odometry", "lidar", "depth", "cliff", "bump"),
    "wrong_size": ("lidar", "depth", "cliff"),
}


class Pose(Settings):
    """A pose in the home frame."""

    x_m: Metres
    y_m: Metres
    yaw_rad: float = Field(default=0.0, ge=-10.0, le=10.0)

    def se2(self) -> SE2:
        return SE2(self.x_m, self.y_m, self.yaw_rad)


class DoorEvent(Settings):
    """A door starts to open or shut."""

    name: Name
    action: Literal["open", "shut"]
    at_s: Seconds


class PersonPlan(Settings):
    """A person and their route; a name known to the home replaces that person's route."""

    name: Name
    waypoints_m: tuple[tuple[Metres, Metres], ...] = Field(min_length=1)
    speed_m_s: float = Field(default=0.9, gt=0.0, le=5.0)
    start_time_s: Seconds = 0.0
    is_looping: bool = False
    pause_s: Seconds = 0.0

    def route(self) -> PersonRoute:
        return PersonRoute(**self.model_dump())


class TimedPose(Pose):
    """A pose taken at a time."""

    at_s: Seconds


class ObjectPlan(Settings):
    """A box that appears at the first of its poses, moves to the others and may vanish."""

    name: Name
    size_m: tuple[float, float, float] = Field(description="length, width, height")
    poses: tuple[TimedPose, ...] = Field(min_length=1)
    vanish_at_s: Seconds | None = None

    @model_validator(mode="after")
    def _sizes_are_sane(self) -> ObjectPlan:
        if not all(0.01 <= side <= 10.0 for side in self.size_m):
            raise ValueError("every side of size_m between 0.01 and 10 m")
        return self


class CylinderPlan(Settings):
    """An upright cylinder that moves along a spline through keyframes (time [s], x, y [m])."""

    name: Name
    radius_m: float = Field(gt=0.01, le=10.0)
    height_m: float = Field(default=1.0, gt=0.01, le=10.0)
    keyframes: tuple[tuple[Seconds, Metres, Metres], ...] = Field(min_length=1)
    is_looping: bool = False

    @model_validator(mode="after")
    def _times_rise(self) -> CylinderPlan:
        times = [frame[0] for frame in self.keyframes]
        if times[0] != 0.0 or any(b <= a for a, b in itertools.pairwise(times)):
            raise ValueError("keyframes whose times rise from 0")
        return self

    def way(self) -> CatmullRom:
        return CatmullRom(np.array(self.keyframes), is_looping=self.is_looping)


class SensorFault(Settings):
    """What is wrong with a sensor for a while.

    `share` is of beams or messages lost (dropout), `extra_delay_s` is added (delay). frozen repeats
    the last good reading, swapped sends each second message before the one it should follow, nan,
    zero and max replace every number (max: the range of a sensor, 1000 m of odometry, a pressed
    bumper, drops under all cliff sensors), wrong_size leaves the last number out.
    """

    sensor: SensorName
    kind: FaultKind
    from_s: Seconds = 0.0
    to_s: Seconds = 1e6
    share: float = Field(default=1.0, ge=0.0, le=1.0)
    extra_delay_s: float = Field(default=0.0, ge=0.0, le=60.0)

    @model_validator(mode="after")
    def _kind_fits_sensor(self) -> SensorFault:
        allowed = _KINDS_OF_SOME.get(self.kind)
        if allowed is not None and self.sensor not in allowed:
            raise ValueError(f"{self.kind} only for {', '.join(allowed)}")
        if self.to_s <= self.from_s:
            raise ValueError("to_s later than from_s")
        return self


class ProcessFault(Settings):
    """A process is killed, or stopped and continued."""

    process: Literal["brain", "body", "broker", "web"]
    action: Literal["kill", "pause", "resume"]
    at_s: Seconds


class WheelFault(Settings):
    """Both wheels stand still whatever they are told (lock), or turn without moving it (spin)."""

    kind: Literal["lock", "spin"]
    from_s: Seconds = 0.0
    to_s: Seconds = 1e6


class WheelSlip(Settings):
    """The floor is another one for a while."""

    std: float = Field(ge=0.0, le=0.5)
    from_s: Seconds = 0.0
    to_s: Seconds = 1e6


class ButtonPress(Settings):
    """Somebody presses the emergency stop button on the robot, and lets it go."""

    from_s: Seconds
    to_s: Seconds = 1e6


class Scenario(Settings):
    """A whole scenario; empty by default."""

    start: Pose | None = None
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    battery: float = Field(default=1.0, ge=0.0, le=1.0, description="charge at the start")
    doors: tuple[DoorEvent, ...] = ()
    people: tuple[PersonPlan, ...] = ()
    objects: tuple[ObjectPlan, ...] = ()
    cylinders: tuple[CylinderPlan, ...] = ()
    relocations: tuple[TimedPose, ...] = ()
    sensor_faults: tuple[SensorFault, ...] = ()
    process_faults: tuple[ProcessFault, ...] = ()
    wheel_slip: tuple[WheelSlip, ...] = ()
    wheel_faults: tuple[WheelFault, ...] = ()
    button_presses: tuple[ButtonPress, ...] = ()

    def check_against(self, home: Home, source: object = "scenario") -> None:
        """Check that the home has what the scenario speaks of.

        Raises:
            ScenarioError: A door is unknown, or a place lies outside the home.
        """
        names = [door.name for door in home.doors]
        for index, event in enumerate(self.doors):
            if event.name not in names:
                allowed = ", ".join(sorted(set(names))) or "none, this home has no doors"
                raise ScenarioError(source, f"doors.{index}.name", event.name, allowed)
        for field, x_m, y_m in self._places():
            low_x, low_y, high_x, high_y = home.bounds_m
            if not (low_x <= x_m <= high_x and low_y <= y_m <= high_y):
                allowed = f"within x {low_x:g} to {high_x:g}, y {low_y:g} to {high_y:g}"
                raise ScenarioError(source, field, (x_m, y_m), allowed)

    def starting_at(self, pose: SE2) -> Scenario:
        """The same scenario with another start pose."""
        start = Pose(x_m=pose.x_m, y_m=pose.y_m, yaw_rad=pose.wrapped().yaw_rad)
        return self.model_copy(update={"start": start})

    def is_button_pressed(self, elapsed_s: float) -> bool:
        """Whether the emergency stop button is down at a time."""
        return any(press.from_s <= elapsed_s < press.to_s for press in self.button_presses)

    def routes(self, home: Home) -> tuple[PersonRoute, ...]:
        """The home's people with the scenario's routes in place of theirs, then its own."""
        planned = {plan.name: plan.route() for plan in self.people}
        known = {route.name for route in home.people}
        own = tuple(route for name, route in planned.items() if name not in known)
        return tuple(planned.get(route.name, route) for route in home.people) + own

    def _places(self) -> list[tuple[str, float, float]]:
        places = [] if self.start is None else [("start", self.start.x_m, self.start.y_m)]
        for i, pose in enumerate(self.relocations):
            places.append((f"relocations.{i}", pose.x_m, pose.y_m))
        for i, plan in enumerate(self.people):
            for j, (x, y) in enumerate(plan.waypoints_m):
                places.append((f"people.{i}.waypoints_m.{j}", x, y))
        for i, thing in enumerate(self.objects):
            for j, pose in enumerate(thing.poses):
                places.append((f"objects.{i}.poses.{j}", pose.x_m, pose.y_m))
        for i, cylinder in enumerate(self.cylinders):
            for j, (_, x, y) in enumerate(cylinder.keyframes):
                places.append((f"cylinders.{i}.keyframes.{j}", x, y))
        return places


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioError: The file cannot be read or holds a bad value.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ScenarioError(path, "the file", str(problem), "a readable TOML file") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError(path, "the file", str(problem), "valid TOML") from problem
    return parse(Scenario, data, path, ScenarioError)
