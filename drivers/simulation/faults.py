"""Applies a scenario's sensor faults to what a sensor has measured.

One object per sensor with its own generator: without a fault it costs one comparison and draws no
random number, so that a fault in one sensor leaves every other measurement as it was.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TypeVar

import numpy as np

from drivers.simulation.scenario import SensorFault, SensorName
from homebody.geometry import SE2, FloatArray
from homebody.messages import (
    Battery,
    Bump,
    Cliff,
    DepthFrame,
    HeadState,
    LidarPacket,
    Odometry,
    PersonDetections,
)

_FAR_M = 1000.0
_FILLS = ("nan", "zero", "max")

MessageT = TypeVar("MessageT")


class SensorFaults:
    """The faults of one sensor over time (seconds since the world's start)."""

    def __init__(
        self, sensor: SensorName, faults: tuple[SensorFault, ...], rng: np.random.Generator
    ) -> None:
        self._faults = tuple(fault for fault in faults if fault.sensor == sensor)
        self._rng = rng

    def active(self, elapsed_s: float) -> tuple[SensorFault, ...]:
        """Faults in force at a time."""
        if not self._faults:
            return ()
        return tuple(f for f in self._faults if f.from_s <= elapsed_s < f.to_s)

    def is_lost(self, active: tuple[SensorFault, ...], has_ranges: bool) -> bool:
        """Whether this message never leaves the sensor."""
        return any(
            f.kind == "dead"
            or (f.kind == "dropout" and not has_ranges and self._rng.random() < f.share)
            for f in active
        )

    def spoil(
        self,
        active: tuple[SensorFault, ...],
        ranges_m: FloatArray,
        frozen_m: FloatArray,
        range_max_m: float,
    ) -> FloatArray:
        """Ranges as a faulty sensor gives them, same shape; `frozen_m` are its last good ones."""
        for fault in active:
            if fault.kind == "frozen":
                ranges_m = frozen_m.copy()
            elif fault.kind == "dropout":
                lost = self._rng.random(ranges_m.shape) < fault.share
                ranges_m = np.where(lost, np.nan, ranges_m)
            elif fault.kind in ("nan", "zero", "max"):
                value = {"nan": np.nan, "zero": 0.0, "max": range_max_m}[fault.kind]
                ranges_m = np.full(ranges_m.shape, value)
        return ranges_m


def extra_delay_s(active: tuple[SensorFault, ...]) -> float:
    """Delay that the faults add."""
    if not active:
        return 0.0
    return sum(f.extra_delay_s for f in active if f.kind == "delay")


def is_frozen(active: tuple[SensorFault, ...]) -> bool:
    """Whether the last good reading is repeated."""
    return any(f.kind == "frozen" for f in active)


def is_swapped(active: tuple[SensorFault, ...]) -> bool:
    """Whether every second message passes the one before it."""
    return any(f.kind == "swapped" for f in active)


def spoiled(message: MessageT, active: tuple[SensorFault, ...]) -> MessageT:
    """A message as a faulty sensor sends it; the ranges in it are spoilt where they are made."""
    for fault in active:
        if fault.kind == "wrong_size":
            message = _cut(message)
        elif fault.kind in _FILLS:
            message = _filled(message, fault.kind)
    return message


def _cut(message: MessageT) -> MessageT:
    """The last number is missing."""
    if isinstance(message, LidarPacket | DepthFrame):
        return dataclasses.replace(message, ranges_m=message.ranges_m[:-1])
    if isinstance(message, Cliff):
        return dataclasses.replace(message, is_drop=message.is_drop[:-1])
    return message


def _filled(message: MessageT, kind: str) -> MessageT:
    value = {"nan": math.nan, "zero": 0.0, "max": _FAR_M}[kind]
    if isinstance(message, Odometry):
        pose = SE2(value, value, 0.0 if kind == "max" else value)
        return dataclasses.replace(
            message, T_odom_robot=pose, speed_m_s=value, yaw_rate_rad_s=value
        )
    if isinstance(message, Bump):
        return dataclasses.replace(message, count=0, is_pressed=kind == "max")
    if isinstance(message, Cliff):
        return dataclasses.replace(message, is_drop=np.full(message.is_drop.shape, kind == "max"))
    if isinstance(message, Battery):
        return dataclasses.replace(message, charge=value)
    if isinstance(message, HeadState):
        return dataclasses.replace(message, pan_rad=value, tilt_rad=value)
    if isinstance(message, PersonDetections):
        people = tuple(
            dataclasses.replace(p, position_robot_m=np.full(2, value)) for p in message.people
        )
        return dataclasses.replace(message, people=people)
    return message
