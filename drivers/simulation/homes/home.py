"""What a home is, whatever file it came from: solid boxes and cylinders, doors, rooms, a dock.

Coordinates are metres in the home frame, which is also the map frame when the robot starts at the
configured start pose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from homebody.geometry import SE2, FloatArray

WALL_HEIGHT_M = 2.5


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box: centre, yaw, half sizes and the heights between which it is solid."""

    x_m: float
    y_m: float
    half_length_m: float
    half_width_m: float
    yaw_rad: float = 0.0
    z_low_m: float = 0.0
    z_high_m: float = WALL_HEIGHT_M
    name: str = "wall"


@dataclass(frozen=True, slots=True)
class Cylinder:
    """An upright cylinder, such as a table leg or a plant pot."""

    x_m: float
    y_m: float
    radius_m: float
    z_low_m: float = 0.0
    z_high_m: float = 0.7
    name: str = "leg"


@dataclass(frozen=True, slots=True)
class Door:
    """A hinged door: its leaf goes from the hinge to `latch_m` when shut.

    `open_angle_rad` is how far it swings about the hinge (positive counter-clockwise).
    """

    name: str
    hinge_m: tuple[float, float]
    latch_m: tuple[float, float]
    open_angle_rad: float = math.pi / 2
    is_open: bool = True
    thickness_m: float = 0.04


@dataclass(frozen=True, slots=True)
class NamedRoom:
    """A room with its outline, shape (P, 2)."""

    name: str
    outline_m: FloatArray


@dataclass(frozen=True, slots=True)
class PersonRoute:
    """A person who walks through waypoints (x, y), then stands, or walks for ever."""

    name: str
    waypoints_m: tuple[tuple[float, float], ...]
    speed_m_s: float = 0.9
    start_time_s: float = 0.0
    is_looping: bool = False
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Home:
    """A home as the simulator needs it.

    Attributes:
        bounds_m: (x low, y low, x high, y high) of the whole home.
        start: Where the robot starts unless a scenario or the command line says otherwise.
        drops: Outlines (P, 2) of stairs and other places without a floor.
        resolution_m: Size of the cells it was made of, for homes that came as a picture.
    """

    name: str
    boxes: tuple[Box, ...]
    bounds_m: tuple[float, float, float, float]
    start: SE2
    cylinders: tuple[Cylinder, ...] = ()
    doors: tuple[Door, ...] = ()
    rooms: tuple[NamedRoom, ...] = ()
    drops: tuple[FloatArray, ...] = ()
    dock: SE2 | None = None
    people: tuple[PersonRoute, ...] = ()
    resolution_m: float = field(default=0.05)

    def room(self, name: str) -> NamedRoom | None:
        """The room of that name, whatever its case."""
        wanted = name.strip().casefold()
        return next((r for r in self.rooms if r.name.casefold() == wanted), None)


def corners_m(box: Box) -> FloatArray:
    """Corners of a box in the plane, counter-clockwise, shape (4, 2)."""
    x, y = box.half_length_m, box.half_width_m
    local = np.array([[x, y], [-x, y], [-x, -y], [x, -y]])
    return SE2(box.x_m, box.y_m, box.yaw_rad).apply(local)
