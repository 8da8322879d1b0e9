"""All sensors of a body: which are to be believed now, what is wrong with the others, in words.

What cannot be used is withheld, so that everybody below does what they do for a dead sensor. It
runs in the body process, before reactive layer and brain. Cost: 0.1 ms per tick of the body.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TypeVar

from homebody.messages import (
    Battery,
    BodyDescription,
    Bump,
    Cliff,
    DepthFrame,
    DockContact,
    EstopButton,
    HeadState,
    LidarPacket,
    Odometry,
    PersonDetections,
    SensorFrame,
)
from navigation.sensor_health.config import SensorHealthConfig
from navigation.sensor_health.flow import Flow
from navigation.sensor_health.sensors import (
    WORDS,
    depth_judge,
    flow_of,
    lidar_judge,
    sensors_of,
)
from navigation.sensor_health.wheels import WheelJudge

_WRONG_SIZE_S = 0.5
_NO_FLOOR_S = 0.5
_START_S = 2.0  # no sensor is missed before
_MOVING_M_S, _MOVING_RAD_S = 0.05, 0.1

SmallT = TypeVar(
    "SmallT", PersonDetections | None, Bump | None, Cliff | None, Battery | None,
    DockContact | None, HeadState | None, EstopButton | None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Health:
    """What may be used of a frame, and what is wrong.

    Attributes:
        frame: Without what cannot be used.
        bad: Why a sensor cannot be used, by its name.
        flaws: What is wrong with sensors that can be used.
    """

    frame: SensorFrame
    bad: dict[str, str] = field(default_factory=dict)
    flaws: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything in plain words."""
        return (*dict.fromkeys(self.bad.values()), *self.flaws)


class SensorHealth:
    """Watches the sensors of one body; `step` each tick of its loop."""

    def __init__(self, body: BodyDescription, config: SensorHealthConfig | None = None) -> None:
        self._config = c = config or SensorHealthConfig()
        self._body = body
        self._flows = {name: flow_of(name, body, c) for name in sensors_of(body)}
        self._lidar = lidar_judge(body, c)
        self._depth = depth_judge(body, c)
        self._wheels = WheelJudge(body.limits, c.stuck_s, c.stuck_hold_s)
        self._malformed: dict[str, tuple[str, float]] = {}
        self._bad: dict[str, tuple[str, float]] = {}
        self._began_s: float | None = None
        self._is_moving = False
        self._no_floor_s = -math.inf

    @property
    def is_unproven(self) -> bool:
        """Whether the wheels stood when they should have moved, and have not moved since."""
        return self._wheels.was_stuck

    def step(self, frame: SensorFrame, applied: tuple[float, float], now_s: float) -> Health:
        """Judge a frame.

        Args:
            applied: The twist that the wheels were told last.
        """
        if self._began_s is None:
            self._began_s = now_s
        odometry = self._usable_odometry(frame.odometry, now_s)
        self._wheels.told(applied, now_s)
        lidar = self._usable_packets(frame.lidar, now_s)
        depth = self._usable_frames(frame.depth, now_s)
        small = {name: self._small(name, getattr(frame, name), now_s) for name in _SMALL}
        bad = self._judge(now_s)
        kept = dataclasses.replace(
            frame,
            odometry=odometry,
            lidar=() if "lidar" in bad else lidar,
            depth=() if "depth" in bad else depth,
            **{name: None if name in bad else value for name, value in small.items()},
        )
        return Health(kept, bad, self._flaws(bad, now_s))

    # --- what comes ---------------------------------------------------------------------------

    def _usable_odometry(self, samples: tuple[Odometry, ...], now_s: float) -> tuple[Odometry, ...]:
        flow, kept = self._flows["odometry"], []
        for sample in samples:
            if flow.take(sample.capture_time_s, now_s):
                given = self._wheels.take(sample)
                if given is not None:
                    kept.append(given)
        if kept:
            newest = kept[-1]
            self._is_moving = (
                abs(newest.speed_m_s) > _MOVING_M_S or abs(newest.yaw_rate_rad_s) > _MOVING_RAD_S
            )
        return tuple(kept)

    def _usable_packets(
        self, packets: tuple[LidarPacket, ...], now_s: float
    ) -> tuple[LidarPacket, ...]:
        if self._lidar is None or self._body.lidar is None:
            return packets
        kept = []
        for packet in packets:
            n, first = len(packet.ranges_m), packet.first_beam
            is_inside = first >= 0 and first + n <= self._body.lidar.n_beams
            if not (n > 0 and len(packet.capture_time_s) == n and is_inside):
                self._note_size("lidar", "packets", now_s)
            elif self._flows["lidar"].take(float(packet.capture_time_s[-1]), now_s):
                self._lidar.take(first, packet.ranges_m, self._is_moving)
                kept.append(packet)
        return tuple(kept)

    def _usable_frames(
        self, frames: tuple[DepthFrame, ...], now_s: float
    ) -> tuple[DepthFrame, ...]:
        depth = self._body.depth
        if self._depth is None or depth is None:
            return frames
        kept = []
        for frame in frames:
            if frame.ranges_m.shape != (depth.n_rows, depth.n_cols):
                self._note_size("depth", "frames", now_s)
            elif self._flows["depth"].take(frame.capture_time_s, now_s):
                self._depth.take(0, frame.ranges_m.ravel(), self._is_moving)
                kept.append(frame)
        return tuple(kept)

    def _small(self, name: str, value: SmallT, now_s: float) -> SmallT:
        """A message of one of the other sensors, if it can be used."""
        if value is None or name not in self._flows:
            return value
        problem = self._nonsense(value)
        if problem:
            self._malformed[name] = (f"{WORDS[name]} {problem}", now_s)
            return None
        if isinstance(value, Cliff) and value.is_drop.all():
            self._no_floor_s = now_s
        return value if self._flows[name].take(value.capture_time_s, now_s) else None

    def _nonsense(self, value: object) -> str:
        if isinstance(value, Cliff):
            sensors = self._body.cliff
            n = 0 if sensors is None else len(sensors.points_robot_m)
            return "" if value.is_drop.shape == (n,) else "sends messages of the wrong size"
        if isinstance(value, Battery):
            return "" if 0.0 <= value.charge <= 1.0 else "tells a charge outside 0 to 1"
        if isinstance(value, HeadState):
            return _if_not_finite(value.pan_rad, value.tilt_rad)
        if isinstance(value, Bump):
            return _if_not_finite(value.angle_robot_rad)
        if isinstance(value, PersonDetections):
            numbers = [
                x for p in value.people for x in (*p.position_robot_m, *p.covariance_m2.flat)
            ]
            return _if_not_finite(*numbers)
        return ""

    def _note_size(self, name: str, what: str, now_s: float) -> None:
        self._malformed[name] = (f"{WORDS[name]} sends {what} of the wrong size", now_s)

    # --- what it means ------------------------------------------------------------------------

    def _judge(self, now_s: float) -> dict[str, str]:
        """Why each bad sensor is bad; it stays so until there was no complaint for a while."""
        for name, flow in self._flows.items():
            words = self._complaint(name, flow, now_s)
            if words:
                kept = self._bad.get(name)
                # The word stays while the trouble lasts, unless silence turns out to be worse.
                self._bad[name] = (words if kept is None else _graver(kept[0], words), now_s)
            elif name in self._bad and now_s - self._bad[name][1] > self._config.good_after_s:
                del self._bad[name]
        return self._told(now_s)

    def _complaint(self, name: str, flow: Flow, now_s: float) -> str:
        words, noted_s = self._malformed.get(name, ("", -math.inf))
        if now_s - noted_s < _WRONG_SIZE_S:
            return words
        if words := flow.unusable(now_s):
            return words
        if name == "lidar" and self._lidar is not None:
            return self._lidar.unusable()
        if name == "depth" and self._depth is not None:
            return self._depth.unusable()
        return self._wheels.unusable(now_s) if name == "odometry" else ""

    def _told(self, now_s: float) -> dict[str, str]:
        """All bad sensors; where none speaks the cause is not with them."""
        bad = {name: words for name, (words, _) in self._bad.items()}
        assert self._began_s is not None
        if now_s - self._began_s < _START_S:
            bad = {name: words for name, words in bad.items() if self._has_spoken(name)}
        silent = [name for name, flow in self._flows.items() if flow.is_silent(now_s)]
        if len(silent) > 2 and len(silent) >= len(self._flows) - 1:
            return dict.fromkeys(silent, "no sensor speaks: is the base connected?")
        return bad

    def _has_spoken(self, name: str) -> bool:
        return math.isfinite(self._flows[name].captured_s)

    def _flaws(self, bad: dict[str, str], now_s: float) -> tuple[str, ...]:
        texts = [flow.flaw(now_s) for name, flow in self._flows.items() if name not in bad]
        if now_s - self._no_floor_s < _NO_FLOOR_S:
            texts.append(f"{WORDS['cliff']} sees no floor at all: is the robot lifted?")
        for name, judge in (("lidar", self._lidar), ("depth", self._depth)):
            if judge is not None and name not in bad:
                texts.append(judge.flaw())
        return tuple(text for text in texts if text)


_SMALL = ("people", "bump", "cliff", "battery", "dock", "head", "button")


def _if_not_finite(*values: float) -> str:
    return "" if all(map(math.isfinite, values)) else "tells a number that is not finite"


def _graver(kept: str, new: str) -> str:
    """What is told of a sensor: the first word, but more than silence when more is known."""
    return new if kept.endswith("is silent") else kept
