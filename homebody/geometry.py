"""Rigid transforms in the plane and in space, as small immutable values.

Names follow `T_to_from`, so that adjacent labels cancel: ``T_map_robot @ T_robot_lidar``.
Source: Sola et al., "A micro Lie theory for state estimation in robotics" (2018), for exp and log.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_SMALL_ANGLE_RAD = 1e-6


def wrap_angle(angle_rad: float) -> float:
    """Wrap one angle to [-pi, pi)."""
    return (angle_rad + math.pi) % (2.0 * math.pi) - math.pi


def wrap_angles(angles_rad: ArrayLike) -> FloatArray:
    """Wrap an array of angles to [-pi, pi); any shape."""
    return (np.asarray(angles_rad, dtype=np.float64) + np.pi) % (2.0 * np.pi) - np.pi


@dataclass(frozen=True, slots=True)
class SE2:
    """A pose or transform in the plane: position [m] and yaw [rad], not wrapped."""

    x_m: float
    y_m: float
    yaw_rad: float

    @classmethod
    def identity(cls) -> SE2:
        return cls(0.0, 0.0, 0.0)

    @classmethod
    def from_array(cls, xyt: ArrayLike) -> SE2:
        """From (x [m], y [m], yaw [rad]), shape (3,)."""
        x, y, yaw = (float(c) for c in np.asarray(xyt, dtype=np.float64))
        return cls(x, y, yaw)

    @classmethod
    def exp(cls, twist: ArrayLike) -> SE2:
        """The transform reached by following (vx [m], vy [m], w [rad]) for unit time."""
        vx, vy, w = (float(c) for c in np.asarray(twist, dtype=np.float64))
        a, b = _left_jacobian_terms(w)
        return cls(a * vx - b * vy, b * vx + a * vy, w)

    def log(self) -> FloatArray:
        """The twist (vx, vy, w), shape (3,), whose `exp` is this transform (yaw wrapped)."""
        w = wrap_angle(self.yaw_rad)
        a, b = _left_jacobian_terms(w)
        scale = 1.0 / (a * a + b * b)
        vx = (a * self.x_m + b * self.y_m) * scale
        vy = (-b * self.x_m + a * self.y_m) * scale
        return np.array([vx, vy, w])

    def __matmul__(self, other: SE2) -> SE2:
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return SE2(
            self.x_m + c * other.x_m - s * other.y_m,
            self.y_m + s * other.x_m + c * other.y_m,
            self.yaw_rad + other.yaw_rad,
        )

    def inverse(self) -> SE2:
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return SE2(
            -c * self.x_m - s * self.y_m,
            s * self.x_m - c * self.y_m,
            -self.yaw_rad,
        )

    def apply(self, points_m: ArrayLike) -> FloatArray:
        """Transform points, shape (..., 2), into the `to` frame."""
        points = np.asarray(points_m, dtype=np.float64)
        return points @ self.rotation().T + self.translation()

    def rotation(self) -> FloatArray:
        """Rotation matrix, shape (2, 2)."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return np.array([[c, -s], [s, c]])

    def translation(self) -> FloatArray:
        """Translation [m], shape (2,)."""
        return np.array([self.x_m, self.y_m])

    def as_array(self) -> FloatArray:
        """(x [m], y [m], yaw [rad]), shape (3,)."""
        return np.array([self.x_m, self.y_m, self.yaw_rad])

    def wrapped(self) -> SE2:
        """The same transform with yaw in [-pi, pi)."""
        return SE2(self.x_m, self.y_m, wrap_angle(self.yaw_rad))

    def distance_m(self, other: SE2) -> float:
        """Distance between the two origins."""
        return math.hypot(self.x_m - other.x_m, self.y_m - other.y_m)

    def interpolate(self, other: SE2, fraction: float) -> SE2:
        """The transform a `fraction` of the way along the arc of constant twist to `other`."""
        return self @ SE2.exp(fraction * (self.inverse() @ other).log())


@dataclass(frozen=True, slots=True)
class SE3:
    """A pose or transform in space: rotation matrix (3, 3) and translation [m] (3,), read-only."""

    rotation: FloatArray
    translation_m: FloatArray

    def __post_init__(self) -> None:
        for name, shape in (("rotation", (3, 3)), ("translation_m", (3,))):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; allowed: {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def identity(cls) -> SE3:
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_xyz_rpy(cls, xyz_m: ArrayLike, rpy_rad: ArrayLike = (0.0, 0.0, 0.0)) -> SE3:
        """From a position [m] and roll, pitch, yaw [rad] about fixed x, y, z axes."""
        roll, pitch, yaw = (float(c) for c in np.asarray(rpy_rad, dtype=np.float64))
        cr, sr = math.cos(roll), math.sin(roll)
        cp, sp = math.cos(pitch), math.sin(pitch)
        cy, sy = math.cos(yaw), math.sin(yaw)
        rotation = np.array(
            [
                [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
                [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
                [-sp, cp * sr, cp * cr],
            ]
        )
        return cls(rotation, np.asarray(xyz_m, dtype=np.float64))

    @classmethod
    def from_se2(cls, pose: SE2, z_m: float = 0.0) -> SE3:
        return cls.from_xyz_rpy((pose.x_m, pose.y_m, z_m), (0.0, 0.0, pose.yaw_rad))

    def __matmul__(self, other: SE3) -> SE3:
        return SE3(
            self.rotation @ other.rotation,
            self.rotation @ other.translation_m + self.translation_m,
        )

    def inverse(self) -> SE3:
        return SE3(self.rotation.T, -self.rotation.T @ self.translation_m)

    def apply(self, points_m: ArrayLike) -> FloatArray:
        """Transform points, shape (..., 3), into the `to` frame."""
        return np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.translation_m

    def rotate(self, vectors: ArrayLike) -> FloatArray:
        """Rotate directions, shape (..., 3), into the `to` frame."""
        return np.asarray(vectors, dtype=np.float64) @ self.rotation.T

    def matrix(self) -> FloatArray:
        """Homogeneous matrix, shape (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.translation_m
        return matrix

    def to_se2(self) -> SE2:
        """The planar part: x, y and yaw."""
        yaw = math.atan2(self.rotation[1, 0], self.rotation[0, 0])
        return SE2(float(self.translation_m[0]), float(self.translation_m[1]), yaw)


def _left_jacobian_terms(w: float) -> tuple[float, float]:
    """sin(w)/w and (1 - cos(w))/w, with their limits at zero."""
    if abs(w) < _SMALL_ANGLE_RAD:
        return 1.0 - w * w / 6.0, 0.5 * w
    return math.sin(w) / w, (1.0 - math.cos(w)) / w


def points_in_polygon(points_m: FloatArray, polygon_m: FloatArray) -> NDArray[np.bool_]:
    """Which points, shape (N, 2), lie inside a simple polygon, shape (P, 2) (crossing number)."""
    x, y = points_m[:, 0, None], points_m[:, 1, None]
    x0, y0 = polygon_m[:, 0], polygon_m[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    spans = (y0 > y) != (y1 > y)
    height = np.where(y1 == y0, 1.0, y1 - y0)
    crosses = spans & (x < (x1 - x0) * (y - y0) / height + x0)
    return np.asarray(crosses.sum(axis=1) % 2 == 1)
