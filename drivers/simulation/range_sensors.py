"""Lidar and depth camera: true ranges from rays, then noise, lost beams and faults.

A packet is cast at one pose, that of its capture time. The depth camera also sees the floor, in
closed form because the robot stays upright; over a drop the floor lies a metre deeper.
Cost: see rays.py; noise and the rest add 10 us to a lidar packet and 30 us to a depth frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from drivers.simulation.faults import SensorFaults
from drivers.simulation.rays import RayCaster
from homebody.geometry import SE2, FloatArray, points_in_polygon
from homebody.messages import DepthDescription, DepthFrame, LidarDescription, LidarPacket

DROP_DEPTH_M = 1.0
_NOISE_BLOCK = 4096


class _RangeNoise:
    """Gaussian noise, nan for lost beams; made for many messages at once."""

    def __init__(
        self, n_ranges: int, std_m: float, lost_share: float, rng: np.random.Generator
    ) -> None:
        self._std_m, self._lost_share, self._rng = std_m, lost_share, rng
        self._block = np.zeros((max(1, _NOISE_BLOCK // n_ranges), n_ranges))
        self._index = len(self._block)

    def apply(self, ranges_m: FloatArray) -> FloatArray:
        if self._index == len(self._block):
            self._refill()
        self._index += 1
        noise_m: FloatArray = self._block[self._index - 1]
        return ranges_m + noise_m

    def _refill(self) -> None:
        self._rng.standard_normal(out=self._block)
        self._block *= self._std_m
        self._block[self._rng.random(self._block.shape) < self._lost_share] = np.nan
        self._index = 0


@dataclass(frozen=True, slots=True)
class TrueTurn:
    """Newest true range of each beam [m], (n_beams,), and the robot's pose then, (n_beams, 3)."""

    ranges_m: FloatArray
    xyt_home: FloatArray


class Lidar:
    """A turning lidar; each call casts the next packet of the turn."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        description: LidarDescription,
        *,
        lost_share: float,
        rng: np.random.Generator,
        faults: SensorFaults,
    ) -> None:
        n_beams, n_packets = description.n_beams, description.n_packets
        if n_beams % n_packets:
            raise ValueError(f"n_packets is {n_packets}; allowed: divisors of n_beams {n_beams}")
        self._description = description
        self._per_packet = n_beams // n_packets
        angles = description.beam_angles_rad()
        beams = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(n_beams)])
        mount = description.T_robot_lidar
        self._casters = [
            RayCaster(model, data, rays, mount.translation_m, description.range_max_m)
            for rays in np.split(mount.rotate(beams), n_packets)
        ]
        self._noise = _RangeNoise(self._per_packet, description.noise_std_m, lost_share, rng)
        self._faults = faults
        self._packet = 0
        self._true_m = np.full(n_beams, np.nan)
        self._xyt = np.zeros((n_beams, 3))
        self._frozen_m = np.full(n_beams, np.nan)

    def capture(self, time_s: float, elapsed_s: float, pose: SE2) -> LidarPacket:
        """The next packet of the turn, cast from a pose."""
        turn, index = divmod(self._packet, len(self._casters))
        self._packet += 1
        first = index * self._per_packet
        part = slice(first, first + self._per_packet)
        true_m = self._casters[index].cast(
            pose.x_m, pose.y_m, math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
        )
        self._true_m[part] = true_m
        self._xyt[part] = (pose.x_m, pose.y_m, pose.yaw_rad)
        ranges_m = self._noise.apply(true_m)
        ranges_m[ranges_m < self._description.range_min_m] = np.nan
        active = self._faults.active(elapsed_s)
        if active:
            ranges_m = self._faults.spoil(
                active, ranges_m, self._frozen_m[part], self._description.range_max_m
            )
        else:
            self._frozen_m[part] = ranges_m
        return LidarPacket(turn, first, np.full(self._per_packet, time_s), ranges_m)

    def true_turn(self) -> TrueTurn:
        """What each beam truly met when it was cast last; nan before its first cast."""
        return TrueTurn(self._true_m.copy(), self._xyt.copy())


class DepthCamera:
    """A depth camera fixed to the body."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        description: DepthDescription,
        *,
        drops: tuple[FloatArray, ...],
        lost_share: float,
        rng: np.random.Generator,
        faults: SensorFaults,
    ) -> None:
        self._description = description
        mount = description.T_robot_depth
        rays = mount.rotate(description.directions()).reshape(-1, 3)
        self._drops = drops
        self._drop_boxes = [np.concatenate([d.min(axis=0), d.max(axis=0)]) for d in drops]
        self._is_down = rays[:, 2] < 0.0
        down = np.maximum(-rays[:, 2], 1e-9)
        self._floor_m: FloatArray = mount.translation_m[2] / down
        self._deep_m: FloatArray = (mount.translation_m[2] + DROP_DEPTH_M) / down
        self._caster = RayCaster(
            model,
            data,
            rays,
            mount.translation_m,
            description.range_max_m,
            reach_m=np.hypot(rays[:, 0], rays[:, 1]) * self._floor_m,
            pits_m=np.array(self._drop_boxes).reshape(-1, 4),
        )
        self._noise = _RangeNoise(len(rays), description.noise_std_m, lost_share, rng)
        self._faults = faults
        self._frozen_m = np.full((description.n_rows, description.n_cols), np.nan)

    def capture(self, time_s: float, elapsed_s: float, pose: SE2) -> DepthFrame:
        """A frame from a pose."""
        d = self._description
        solid_m = self._caster.cast(
            pose.x_m, pose.y_m, math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
        )
        true_m = np.minimum(solid_m, self._floor())
        true_m[true_m > d.range_max_m] = np.inf
        ranges_m = self._noise.apply(true_m).reshape(d.n_rows, d.n_cols)
        active = self._faults.active(elapsed_s)
        if active:
            ranges_m = self._faults.spoil(active, ranges_m, self._frozen_m, d.range_max_m)
        else:
            self._frozen_m = ranges_m
        return DepthFrame(time_s, ranges_m)

    def _floor(self) -> FloatArray:
        """Distance of the floor along each ray, shape (N,), from where the rays were cast."""
        point, vectors = self._caster.point_home_m, self._caster.vectors_home
        floor_m = self._floor_m
        for outline, (low_x, low_y, high_x, high_y) in zip(
            self._drops, self._drop_boxes, strict=True
        ):
            away_x = max(low_x - point[0], point[0] - high_x)
            away_y = max(low_y - point[1], point[1] - high_y)
            if max(away_x, away_y) > self._description.range_max_m:
                continue
            meets = point[:2] + vectors[:, :2] * self._floor_m[:, None]
            over = np.flatnonzero(
                self._is_down
                & (meets >= (low_x, low_y)).all(axis=1)
                & (meets <= (high_x, high_y)).all(axis=1)
            )
            over = over[points_in_polygon(meets[over], outline)]
            floor_m = floor_m.copy()
            floor_m[over] = self._deep_m[over]
        return floor_m
