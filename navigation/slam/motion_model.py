"""How uncertain dead reckoning makes a pose: covariance of one increment, in the map frame.

Standard deviations grow with the way driven and the angle turned (Thrun et al., "Probabilistic
Robotics", 2005, section 5.4, as a Gaussian). Cost: 20 us.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle
from navigation.slam.config import OdometryNoiseConfig


class OdometryNoise:
    """Propagates a pose and its covariance along odometry."""

    def __init__(self, config: OdometryNoiseConfig) -> None:
        self._config = config

    def increment_covariance(self, increment: SE2) -> FloatArray:
        """Covariance (3, 3) of an increment in the frame of its start."""
        c = self._config
        way_m = math.hypot(increment.x_m, increment.y_m)
        turn_rad = abs(wrap_angle(increment.yaw_rad))
        sigma_m = c.floor_m + c.m_per_m * way_m + c.m_per_rad * turn_rad
        sigma_rad = c.floor_rad + c.rad_per_m * way_m + c.rad_per_rad * turn_rad
        return np.diag([sigma_m**2, sigma_m**2, sigma_rad**2])

    def propagate(self, covariance: FloatArray, T_map_robot: SE2, increment: SE2) -> FloatArray:
        """Covariance (3, 3) in the map frame after moving from `T_map_robot` by `increment`."""
        way = T_map_robot.rotation() @ increment.translation()
        jacobian = np.eye(3)
        jacobian[0, 2], jacobian[1, 2] = -way[1], way[0]
        turn = np.eye(3)
        turn[:2, :2] = T_map_robot.rotation()
        noise = turn @ self.increment_covariance(increment) @ turn.T
        return np.asarray(jacobian @ covariance @ jacobian.T + noise)
