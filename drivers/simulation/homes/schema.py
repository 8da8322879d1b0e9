"""Homebody's own home file as a pydantic model: every field bounded, its unit in its name.

Docs of the format are the docstrings below; `default.toml` is the example to copy from.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from homebody.settings import Settings

Coordinate = Annotated[float, Field(ge=-1000.0, le=1000.0)]
Point = tuple[Coordinate, Coordinate]
Outline = Annotated[tuple[Point, ...], Field(min_length=3, max_length=500)]
Rectangle = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
Degrees = Annotated[float, Field(ge=-360.0, le=360.0)]
Length = Annotated[float, Field(gt=0.0, le=100.0)]
Height = Annotated[float, Field(ge=0.0, le=10.0)]


class PoseSettings(Settings):
    """A place and a heading, counter-clockwise from x."""

    x_m: Coordinate
    y_m: Coordinate
    yaw_deg: Degrees = 0.0


class WallSettings(Settings):
    """A wall along the line through `points_m`; doors and openings on it are cut out."""

    points_m: Annotated[tuple[Point, ...], Field(min_length=2, max_length=500)]
    thickness_m: Annotated[float, Field(ge=0.02, le=1.0)] = 0.1
    height_m: Annotated[float, Field(ge=0.1, le=10.0)] = 2.5
    is_closed: bool = False
    name: Name = "wall"


class DoorSettings(Settings):
    """A door; shut, its leaf goes from hinge to latch. Positive angles open counter-clockwise.

    A hinge on a face of the wall lets the leaf swing flat against it (175 degrees).
    """

    name: Name
    hinge_m: Point
    latch_m: Point
    open_deg: Annotated[float, Field(ge=-180.0, le=180.0)] = 90.0
    is_open: bool = True
    thickness_m: Annotated[float, Field(ge=0.01, le=0.2)] = 0.04

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if abs(self.open_deg) < 30.0:
            raise ValueError("open_deg of at least 30 degrees to either side")
        return self


class OpeningSettings(Settings):
    """A doorway without a door, between two points on a wall."""

    from_m: Point
    to_m: Point


class _Shape(Settings):
    """An area: either a rectangle (x low, y low, x high, y high) or an outline."""

    rectangle_m: Rectangle | None = None
    outline_m: Outline | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if (self.rectangle_m is None) == (self.outline_m is None):
            raise ValueError("one of rectangle_m and outline_m")
        if self.rectangle_m is not None:
            _check_rectangle(self.rectangle_m)
        return self

    def points_m(self) -> tuple[Point, ...]:
        """The outline, counter-clockwise for a rectangle."""
        if self.outline_m is not None:
            return self.outline_m
        assert self.rectangle_m is not None
        x0, y0, x1, y1 = self.rectangle_m
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


class RoomSettings(_Shape):
    """A room that tasks can name."""

    name: Name


class DropSettings(_Shape):
    """Stairs or another place without a floor."""


class BoxSettings(Settings):
    """Furniture: a rectangle, or a centre with size (along, across) and yaw."""

    name: Name
    z_high_m: Height
    z_low_m: Height = 0.0
    rectangle_m: Rectangle | None = None
    center_m: Point | None = None
    size_m: tuple[Length, Length] | None = None
    yaw_deg: Degrees = 0.0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.rectangle_m is None) == (self.center_m is None):
            raise ValueError("one of rectangle_m and center_m")
        if (self.center_m is None) != (self.size_m is None):
            raise ValueError("center_m and size_m together")
        if self.rectangle_m is not None:
            _check_rectangle(self.rectangle_m)
        _check_heights(self.z_low_m, self.z_high_m)
        return self


class TableSettings(Settings):
    """A top on four legs, which stand at the corners."""

    name: Name
    center_m: Point
    size_m: tuple[Length, Length]
    yaw_deg: Degrees = 0.0
    height_m: Annotated[float, Field(ge=0.1, le=2.0)] = 0.74
    top_thickness_m: Annotated[float, Field(ge=0.01, le=0.3)] = 0.04
    leg_width_m: Annotated[float, Field(ge=0.02, le=0.3)] = 0.05

    @model_validator(mode="after")
    def _legs_fit(self) -> Self:
        if min(self.size_m) < 2.0 * self.leg_width_m or self.height_m <= self.top_thickness_m:
            raise ValueError("a top larger than its legs and thinner than the table is high")
        return self


class RoundSettings(Settings):
    """Something round: a plant pot, a stool, a bin."""

    name: Name
    center_m: Point
    radius_m: Annotated[float, Field(ge=0.01, le=5.0)]
    z_high_m: Height
    z_low_m: Height = 0.0

    @model_validator(mode="after")
    def _has_height(self) -> Self:
        _check_heights(self.z_low_m, self.z_high_m)
        return self


class PersonSettings(Settings):
    """Somebody who walks a route."""

    name: Name
    waypoints_m: Annotated[tuple[Point, ...], Field(min_length=1, max_length=500)]
    speed_m_s: Annotated[float, Field(ge=0.05, le=3.0)] = 0.9
    start_time_s: Annotated[float, Field(ge=0.0, le=1e6)] = 0.0
    is_looping: bool = False
    pause_s: Annotated[float, Field(ge=0.0, le=1e6)] = 0.0


class HomeSettings(Settings):
    """A whole home; see each part."""

    name: Name
    start: PoseSettings
    dock: PoseSettings | None = None
    walls: Annotated[tuple[WallSettings, ...], Field(min_length=1, max_length=2000)]
    doors: Annotated[tuple[DoorSettings, ...], Field(max_length=200)] = ()
    openings: Annotated[tuple[OpeningSettings, ...], Field(max_length=200)] = ()
    rooms: Annotated[tuple[RoomSettings, ...], Field(max_length=200)] = ()
    boxes: Annotated[tuple[BoxSettings, ...], Field(max_length=2000)] = ()
    tables: Annotated[tuple[TableSettings, ...], Field(max_length=500)] = ()
    rounds: Annotated[tuple[RoundSettings, ...], Field(max_length=2000)] = ()
    drops: Annotated[tuple[DropSettings, ...], Field(max_length=100)] = ()
    people: Annotated[tuple[PersonSettings, ...], Field(max_length=100)] = ()


def _check_rectangle(rectangle: Rectangle) -> None:
    x0, y0, x1, y1 = rectangle
    if not (x0 < x1 and y0 < y1):
        raise ValueError("rectangle_m as x low, y low, x high, y high")


def _check_heights(z_low_m: float, z_high_m: float) -> None:
    if not z_low_m < z_high_m:
        raise ValueError("z_low_m below z_high_m")
