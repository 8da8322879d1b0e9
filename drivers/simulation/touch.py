"""Bumper, cliff sensors, battery and dock contact: the sensors that answer yes, no or how much."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drivers.simulation.config import BatteryConfig
from homebody.geometry import SE2, FloatArray, points_in_polygon, wrap_angle
from homebody.messages import Battery, Bump, Cliff, CliffDescription, DockContact

_RELEASE_S = 0.05
_DOCK_DISTANCE_M = 0.06
_DOCK_ANGLE_RAD = 0.2
_DOCK_SPEED_M_S = 0.02


@dataclass(frozen=True, slots=True)
class Touch:
    """The robot touched something at `time_s`: mean point and direction, in the robot frame."""

    time_s: float
    point_robot_m: tuple[float, float]
    outward_robot: tuple[float, float]


class Bumper:
    """Counts touches; a touch ends when nothing has been felt for a moment."""

    def __init__(self) -> None:
        self._count = 0
        self._angle_rad = 0.0
        self._last_s = -math.inf

    def feel(self, touch: Touch) -> bool:
        """Take a touch in; whether it is a new one."""
        is_new = touch.time_s - self._last_s > _RELEASE_S
        if is_new:
            self._count += 1
            self._angle_rad = math.atan2(touch.point_robot_m[1], touch.point_robot_m[0])
        self._last_s = touch.time_s
        return is_new

    def capture(self, time_s: float) -> Bump:
        is_pressed = time_s - self._last_s <= _RELEASE_S
        return Bump(time_s, self._count, is_pressed, self._angle_rad)


class CliffSensors:
    """Points at the body's edge that look for a floor."""

    def __init__(self, description: CliffDescription, drops: tuple[FloatArray, ...]) -> None:
        self._points = np.asarray(description.points_robot_m, dtype=np.float64)
        self._drops = drops
        self._boxes = [(*d.min(axis=0).tolist(), *d.max(axis=0).tolist()) for d in drops]
        self._reach_m = float(np.linalg.norm(self._points, axis=1).max(initial=0.0))

    def capture(self, time_s: float, pose: SE2) -> Cliff:
        is_drop = np.zeros(len(self._points), dtype=np.bool_)
        for outline in self._drops_near(pose):
            is_drop |= points_in_polygon(pose.apply(self._points), outline)
        return Cliff(time_s, is_drop)

    def _drops_near(self, pose: SE2) -> list[FloatArray]:
        low_x, low_y = pose.x_m - self._reach_m, pose.y_m - self._reach_m
        high_x, high_y = pose.x_m + self._reach_m, pose.y_m + self._reach_m
        return [
            outline
            for outline, (x0, y0, x1, y1) in zip(self._drops, self._boxes, strict=True)
            if x0 < high_x and x1 > low_x and y0 < high_y and y1 > low_y
        ]


class Accumulator:
    """The battery's charge."""

    def __init__(self, config: BatteryConfig, charge: float) -> None:
        self._config = config
        self.charge = charge
        self._is_charging = False

    def step(self, elapsed_s: float, travel_m: float, is_docked: bool) -> None:
        """Drain or charge for a while."""
        config = self._config
        self._is_charging = is_docked
        used = config.drain_per_hour * elapsed_s / 3600.0 + config.drain_per_metre * travel_m
        gained = config.charge_per_hour * elapsed_s / 3600.0 if is_docked else 0.0
        self.charge = min(1.0, max(0.0, self.charge - used + gained))

    def capture(self, time_s: float) -> Battery:
        return Battery(time_s, self.charge, self._is_charging)


class DockPlate:
    """Says whether the robot stands on its dock."""

    def __init__(self, dock: SE2 | None) -> None:
        self._dock = dock

    def is_docked(self, pose: SE2, speed_m_s: float) -> bool:
        return (
            self._dock is not None
            and abs(speed_m_s) < _DOCK_SPEED_M_S
            and pose.distance_m(self._dock) <= _DOCK_DISTANCE_M
            and abs(wrap_angle(pose.yaw_rad - self._dock.yaw_rad)) <= _DOCK_ANGLE_RAD
        )

    def capture(self, time_s: float, pose: SE2, speed_m_s: float) -> DockContact:
        return DockContact(time_s, self.is_docked(pose, speed_m_s))
