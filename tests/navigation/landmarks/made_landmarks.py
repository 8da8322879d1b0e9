"""A made world of landmarks for tests: points on the walls of a room, and a camera that errs."""

from __future__ import annotations

import numpy as np

from homebody.geometry import SE2, SE3
from navigation.landmarks.config import PointNoiseConfig
from navigation.landmarks.observation import Band, Sighting

NOISE = PointNoiseConfig(bearing_rad=0.002, range_floor_m=0.005, range_per_m=0.002)
# optical frame (z ahead, x right, y down) in a robot's frame, 0.4 m above the floor
T_ROBOT_CAMERA = SE3(
    np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.array([0.1, 0.0, 0.4])
)
TANGENT_X, TANGENT_Y, RANGE_M = 0.65, 0.5, 6.0


class World:
    """Landmarks on the four walls of a box."""

    def __init__(self, rng, n=1500, size=(8.0, 6.0), low=(0.0, 0.0)):
        side = rng.integers(0, 4, n)
        along = rng.random(n)
        x = np.where(side < 2, along * size[0], np.where(side == 2, 0.0, size[0]))
        y = np.where(side >= 2, along * size[1], np.where(side == 0, 0.0, size[1]))
        self.points_m = np.column_stack((x + low[0], y + low[1], rng.uniform(0.0, 2.4, n)))
        self.bits = rng.integers(0, 256, (2, n, 32), dtype=np.uint8)  # visible and infrared

    def sight(
        self, T_map_camera, rng, *, bit_noise=0.05, missed=0.2, wrong=0.05, band=Band.VISIBLE
    ):
        """What a camera reports, and which landmarks those are, (n,)."""
        at = T_map_camera.inverse().apply(self.points_m)
        depth = np.maximum(at[:, 2], 1e-6)
        is_seen = (at[:, 2] > 0.3) & (np.abs(at[:, 0]) < TANGENT_X * depth)
        is_seen &= (np.abs(at[:, 1]) < TANGENT_Y * depth) & (np.linalg.norm(at, axis=1) < RANGE_M)
        is_seen &= rng.random(len(at)) > missed
        which = np.flatnonzero(is_seen)
        points = at[which]
        range_m = np.linalg.norm(points, axis=1, keepdims=True)
        ahead = points / range_m
        off = rng.normal(0.0, 1.0, points.shape)
        off -= (off * ahead).sum(axis=1, keepdims=True) * ahead
        points = points + off * NOISE.bearing_rad * range_m
        sigma = NOISE.range_floor_m + NOISE.range_per_m * range_m**2
        points = points + ahead * sigma * rng.normal(0.0, 1.0, range_m.shape)
        flips = np.packbits(rng.random((len(which), 256)) < bit_noise, axis=1)
        looks = np.where(rng.random(len(which)) < wrong, rng.permutation(which), which)
        return Sighting.of(points, self.bits[band.value, looks] ^ flips, NOISE, band), which


def camera_at(x_m, y_m, yaw_rad):
    """Of a robot that stands there."""
    return SE3.from_se2(SE2(x_m, y_m, yaw_rad)) @ T_ROBOT_CAMERA


def apart(one, other):
    """Distance [m] and turn [rad] between two poses in space."""
    between = one.inverse() @ other
    turn = np.arccos(np.clip((np.trace(between.rotation) - 1.0) / 2.0, -1.0, 1.0))
    return float(np.linalg.norm(between.translation_m)), float(turn)
