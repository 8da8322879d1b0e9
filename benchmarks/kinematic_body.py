"""A body without physics: a real motor controller, lagging wheels, sensors by plane geometry.

It is the fast harness of the reactive layer: true pose, true clearance, every delay at will. Things
are vertical walls of a height; the lidar sees the tall ones, the depth camera all, and cliff
sensors see drops. Cost: about 0.2 ms per tick of 20 ms among a few walls.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kinematic_place import BodyDelays, SensorRays, Things, as_sensed, lidar_only_body
from benchmarks.plane_geometry import low_ray_ranges, ray_ranges, rectangle_clearance_m
from drivers.simulation.controller import MotorController
from homebody.geometry import SE2, FloatArray, points_in_polygon
from homebody.messages import (
    BodyDescription,
    Bump,
    Cliff,
    Command,
    DepthFrame,
    LidarPacket,
    Odometry,
    SensorFrame,
)

STEP_S = 0.005
_TRACK_M = 0.20
_ODOMETRY_STEPS = 2
_CLIFF_STEPS = 4


class KinematicBody:
    """Follows commands with a lag; every read gives what its sensors saw, each with its delay.

    Args:
        segments: Walls of the place, shape (M, 2, 2).
        noise_m: Standard deviation of every range.
        delays: Of every sensor and of the command.
        slip: By how much more the left and the right wheel turn than the floor passes.

    Attributes:
        pose, speed, yaw_rate: The truth.
        appearing: Things that are there from a time on; None before.
        first_seen_s: When a tick first read a range of what appeared.
    """

    def __init__(
        self,
        segments: FloatArray,
        start: SE2 | None = None,
        noise_m: float = 0.0,
        seed: int = 0,
        description: BodyDescription | None = None,
        *,
        delays: BodyDelays | None = None,
        drops: tuple[FloatArray, ...] = (),
        slip: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.description = as_sensed(description or lidar_only_body(), noise_m)
        self.delays = delays or BodyDelays()
        self.slip = slip
        self.pose = start or SE2.identity()
        self.speed = self.yaw_rate = 0.0
        self.applied: deque[Command] = deque(maxlen=64)
        self.error: Exception | None = None
        self.lidar_is_dead = False
        self.extra = SensorFrame()
        self.appearing: tuple[float, Things] | None = None
        self.first_seen_s = math.inf
        self._rng = np.random.default_rng(seed)
        self._noise_m = noise_m
        self._step_count = 0
        self._turn_part = 0
        lidar, depth = self.description.lidar, self.description.depth
        self._lidar_due_s = 1.0 / (lidar.rate_hz * lidar.n_packets) if lidar else math.inf
        self._depth_due_s = 1.0 / depth.rate_hz if depth else math.inf
        self._odometry_pose = SE2.identity()
        self._motors = MotorController(self.description, _TRACK_M, STEP_S)
        self._rays = SensorRays.of(self.description)
        self._waiting: deque[tuple[float, str, object, bool]] = deque()
        self._put(Things(segments, None, drops))

    def apply(self, command: Command) -> None:
        self.applied.append(command)

    def close(self) -> None:
        pass

    @property
    def time_s(self) -> float:
        return self._step_count * STEP_S

    def read(self, now_s: float) -> SensorFrame:
        while self.time_s < now_s - 1e-9:
            self._step()
        if self.error is not None:
            raise self.error
        arrived: dict[str, list[Any]] = {"odometry": [], "lidar": [], "depth": [], "cliff": []}
        later: deque[tuple[float, str, object, bool]] = deque()
        for item in self._waiting:
            arrival_s, kind, message, is_new = item
            if arrival_s > now_s:
                later.append(item)
                continue
            arrived[kind].append(message)
            if is_new:
                self.first_seen_s = min(self.first_seen_s, now_s)
        self._waiting = later
        cliff = arrived["cliff"][-1] if arrived["cliff"] else self.extra.cliff
        return dataclasses.replace(
            self.extra,
            odometry=tuple(arrived["odometry"]),
            lidar=tuple(arrived["lidar"]),
            depth=tuple(arrived["depth"]),
            cliff=cliff,
            bump=self.extra.bump or Bump(now_s, 0, False),
        )

    def clearance_m(self) -> float:
        """True distance from the footprint's rectangle to the nearest wall (0: touching)."""
        return float(
            rectangle_clearance_m(
                self.description.footprint_m, self.pose.as_array()[None], self._things.segments
            )[0]
        )

    def seen_of(self, segments: FloatArray, height_m: float) -> FloatArray:
        """What the sensor for things so high would see of them from here, as tiny segments."""
        lidar, depth, rays = self.description.lidar, self.description.depth, self._rays
        assert lidar is not None
        sensor, angles, slope = lidar.T_robot_lidar, rays.beams_rad, np.zeros(len(rays.beams_rad))
        if depth is not None and height_m < lidar.T_robot_lidar.translation_m[2]:
            sensor, angles, slope = depth.T_robot_depth, rays.azimuth_rad, rays.slope
        angles = self.pose.yaw_rad + angles
        x, y, z = sensor.translation_m.tolist()
        origin, heights = self.pose.apply(np.array([x, y])), np.full(len(segments), height_m)
        ranges = low_ray_ranges(origin, angles, slope, z, segments, heights)
        hit = np.isfinite(ranges) & (z + slope * np.where(np.isfinite(ranges), ranges, 0.0) > 0.0)
        ahead = np.stack([np.cos(angles[hit]), np.sin(angles[hit])], axis=1)
        at = origin + ranges[hit][:, None] * ahead
        return np.stack([at, at + 1e-4 * ahead], axis=1)

    def _put(self, things: Things) -> None:
        self._things = things
        heights = things.heights()
        lidar = self.description.lidar
        beam_m = float(lidar.T_robot_lidar.translation_m[2]) if lidar else 0.0
        self._tall = things.segments[heights > beam_m]

    # --- motion -------------------------------------------------------------------------------

    def _step(self) -> None:
        self._step_count += 1
        t = self.time_s
        if self.appearing is not None and t >= self.appearing[0]:
            self._put(self.appearing[1])
            self._news_s, self.appearing = self.appearing[0], None
        while self.applied and self.applied[0].issued_time_s + self.delays.command_s <= t:
            self._motors.apply(self.applied.popleft())
        left, right = self._motors.wheel_speeds(t)
        gain = STEP_S / max(self.delays.lag_s, STEP_S)
        self.speed += gain * (0.5 * (left + right) - self.speed)
        self.yaw_rate += gain * ((right - left) / _TRACK_M - self.yaw_rate)
        turns = (self.speed * STEP_S, self.yaw_rate * STEP_S)
        self._odometry_pose = _moved(self._odometry_pose, *turns)
        half = 0.5 * _TRACK_M * self.yaw_rate
        true_left = (self.speed - half) * (1.0 - self.slip[0])
        true_right = (self.speed + half) * (1.0 - self.slip[1])
        way, turn = 0.5 * (true_left + true_right), (true_right - true_left) / _TRACK_M
        self.pose = _moved(self.pose, way * STEP_S, turn * STEP_S)
        self._sense(t)

    # --- sensors ------------------------------------------------------------------------------

    _news_s = math.inf

    def _send(self, arrival_s: float, kind: str, message: object, has_hit: bool = False) -> None:
        self._waiting.append((arrival_s, kind, message, has_hit and self.time_s >= self._news_s))

    def _sense(self, t: float) -> None:
        d, body = self.delays, self.description
        if self._step_count % _ODOMETRY_STEPS == 0:
            odometry = Odometry(t, self._odometry_pose, self.speed, self.yaw_rate)
            self._send(t + d.odometry_s, "odometry", odometry)
        if body.lidar is not None and t >= self._lidar_due_s - 1e-9:
            self._lidar_due_s += 1.0 / (body.lidar.rate_hz * body.lidar.n_packets)
            self._scan(t)
        if body.depth is not None and t >= self._depth_due_s - 1e-9:
            self._depth_due_s += 1.0 / body.depth.rate_hz
            self._look(t)
        if body.cliff is not None and self._step_count % _CLIFF_STEPS == 0:
            at = self.pose.apply(body.cliff.points_robot_m)
            is_drop = self._over_drop(at)
            self._send(t + d.cliff_s, "cliff", Cliff(t, is_drop), bool(is_drop.any()))

    def _scan(self, t: float) -> None:
        lidar = self.description.lidar
        assert lidar is not None
        per = lidar.n_beams // lidar.n_packets
        turn, part = divmod(self._turn_part, lidar.n_packets)
        self._turn_part += 1
        if self.lidar_is_dead:
            return
        beams = slice(part * per, part * per + per)
        angles = self.pose.yaw_rad + self._rays.beams_rad[beams]
        origin = self.pose.apply(lidar.T_robot_lidar.translation_m[:2])
        ranges = ray_ranges(origin, angles, self._tall)
        has_hit = bool(np.isfinite(ranges).any())
        ranges += self._noise_m * self._rng.standard_normal(per)
        ranges = np.where(ranges > lidar.range_max_m, np.inf, ranges)
        packet = LidarPacket(turn, part * per, np.full(per, t), ranges)
        self._send(t + self.delays.lidar_s, "lidar", packet, has_hit)

    def _look(self, t: float) -> None:
        depth = self.description.depth
        assert depth is not None
        rays, things = self._rays, self._things
        azimuth = rays.azimuth_rad + self.pose.yaw_rad
        origin = self.pose.apply(depth.T_robot_depth.translation_m[:2])
        way = rays.floor_m
        if things.drops:
            is_near = way < depth.range_max_m
            reach = np.where(is_near, way, 0.0)
            at = origin + reach[:, None] * np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1)
            way = np.where(is_near & self._over_drop(at), np.inf, way)
        camera_m = float(depth.T_robot_depth.translation_m[2])
        hits = low_ray_ranges(
            origin, azimuth, rays.slope, camera_m, things.segments, things.heights()
        )
        has_hit = bool((hits < way).any())
        way = np.minimum(way, hits)
        ranges = way / rays.ground + self._noise_m * self._rng.standard_normal(len(way))
        ranges = np.where(ranges > depth.range_max_m, np.inf, ranges)
        frame = DepthFrame(t, ranges.reshape(depth.n_rows, depth.n_cols))
        self._send(t + self.delays.depth_s, "depth", frame, has_hit)

    def _over_drop(self, at_m: FloatArray) -> NDArray[np.bool_]:
        is_over = np.zeros(len(at_m), dtype=np.bool_)
        for outline in self._things.drops:
            is_over |= points_in_polygon(at_m, outline)
        return is_over


def constant_command(
    now_s: float, speed: float, yaw_rate: float, duration_s: float = 1.0
) -> Command:
    """A command of a constant twist, from now on."""
    t = np.linspace(0.0, duration_s, 11)
    n = len(t)
    return Command(
        now_s,
        now_s,
        t,
        np.full(n, speed),
        np.full(n, yaw_rate),
        np.zeros(n),
        np.zeros(n),
        reason="test",
    )


def _moved(pose: SE2, way_m: float, turn_rad: float) -> SE2:
    """The pose after a short arc."""
    middle = pose.yaw_rad + 0.5 * turn_rad
    x_m = pose.x_m + way_m * math.cos(middle)
    return SE2(x_m, pose.y_m + way_m * math.sin(middle), pose.yaw_rad + turn_rad)
