"""What is true in the world at one moment: the sensors measure it, the referee judges by it."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.simulation.people import PersonState
from homebody.geometry import SE2


@dataclass(frozen=True, slots=True)
class Moment:
    """The robot and the people at one physics step.

    Attributes:
        elapsed_s: Time since the world's start; `time_s` is on the robot's clock.
        left_m, right_m: Travel of the wheels as the encoders count it.
    """

    step: int
    time_s: float
    elapsed_s: float
    pose: SE2
    speed_m_s: float
    yaw_rate_rad_s: float
    pan_rad: float
    tilt_rad: float
    left_m: float
    right_m: float
    people: tuple[PersonState, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth as tests, the referee and the panel of a simulation may see it.

    Attributes:
        T_home_robot: Pose in the home frame.
        speed_m_s: Along the robot's x axis.
        clearance_m: From the footprint to the nearest solid thing.
        touch_count: Touches since the start.
        relocation_count: How often somebody carried the robot elsewhere.
        doors_rad: Angle of each door from shut, in the home's order.
    """

    time_s: float
    T_home_robot: SE2
    speed_m_s: float
    yaw_rate_rad_s: float
    pan_rad: float
    tilt_rad: float
    is_touching: bool
    touch_count: int
    clearance_m: float
    battery: float
    is_docked: bool
    relocation_count: int
    people: tuple[PersonState, ...]
    doors_rad: tuple[float, ...]
