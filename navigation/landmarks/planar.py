"""From an alignment in space to a robot on a floor: pose, covariance, and whether that can be."""

from __future__ import annotations

import numpy as np

from homebody.geometry import SE3, FloatArray
from navigation.landmarks.alignment import Alignment

_PLANAR = np.array([0, 1, 5])  # x, y and the turn about z, of a small motion in space
_LEAST_COVARIANCE = np.diag([0.004**2, 0.004**2, 0.002**2])


def stands_on_floor(T_map_robot: SE3, height_max_m: float, tilt_max_rad: float) -> bool:
    """Whether a robot can have this pose: not in the air, and not tilted."""
    up = T_map_robot.rotation[2, 2]
    is_upright = np.arccos(np.clip(up, -1.0, 1.0)) < tilt_max_rad
    return bool(is_upright and abs(T_map_robot.translation_m[2]) < height_max_m)


def planar_covariance(found: Alignment, variance_times: float) -> FloatArray:
    """Of (x, y, yaw) in the robot's frame, shape (3, 3).

    Height and tilt are left free: a floor is less flat than landmarks are sure.
    """
    covariance = found.covariance[np.ix_(_PLANAR, _PLANAR)]
    return np.asarray(variance_times * covariance + _LEAST_COVARIANCE)
