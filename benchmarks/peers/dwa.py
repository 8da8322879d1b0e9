"""A plain dynamic window approach, with the defaults of ROS navigation.

Fox, Burgard, Thrun, "The dynamic window approach to collision avoidance" (1997), in the form of
`dwa_local_planner`: constant speed and yaw rate over the simulated time, among those that the
acceleration reaches in one control period; the cost is the distance from the global path, the
distance of the path's local goal and the highest price of the costmap under the footprint.
Cost: 3 ms per cycle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray, wrap_angle
from homebody.grid import GridSpec
from homebody.messages import MotionLimits
from navigation.local_planner.footprint import boundary_points

_LETHAL = 254.0


@dataclass(frozen=True, slots=True)
class DwaSettings:
    """As in `dwa_local_planner` and `costmap_2d`, but for the speed, which BARN varies."""

    speed_max_m_s: float = 0.5
    speed_min_m_s: float = 0.0
    yaw_rate_max_rad_s: float = 1.57
    n_speeds: int = 6
    n_yaw_rates: int = 20
    simulated_s: float = 2.0
    step_s: float = 0.1
    period_s: float = 0.06
    path_bias: float = 32.0
    goal_bias: float = 24.0
    obstacle_bias: float = 0.01
    lookahead_m: float = 2.0
    inflation_m: float = 0.30
    inflation_falls_per_m: float = 10.0
    escape_yaw_rate_rad_s: float = 0.6


@dataclass(frozen=True, slots=True)
class Costmap:
    """Prices 0 to 254 of being at a cell (H, W); 254: something stands there."""

    spec: GridSpec
    price: NDArray[np.float32]

    @classmethod
    def inflated(
        cls, spec: GridSpec, distance_m: NDArray[np.float32], inscribed_m: float, dwa: DwaSettings
    ) -> Costmap:
        """From the distance (H, W) of each cell to the nearest obstacle."""
        beyond_m = distance_m - inscribed_m
        price = 252.0 * np.exp(-dwa.inflation_falls_per_m * np.maximum(beyond_m, 0.0))
        price[distance_m > dwa.inflation_m] = 0.0
        price[distance_m <= 0.0] = _LETHAL
        return cls(spec, price.astype(np.float32))

    def at(self, points_m: FloatArray) -> NDArray[np.float32]:
        """Prices at points (..., 2); beyond the edge those of the edge."""
        spec, per_m = self.spec, np.float32(1.0 / self.spec.resolution_m)
        col = ((points_m[..., 0] - spec.origin_x_m) * per_m).astype(np.int32)
        row = ((points_m[..., 1] - spec.origin_y_m) * per_m).astype(np.int32)
        np.clip(col, 0, spec.n_cols - 1, out=col)
        np.clip(row, 0, spec.n_rows - 1, out=row)
        return np.asarray(self.price.ravel()[row * spec.n_cols + col])


class Dwa:
    """Chooses a twist in each control period."""

    def __init__(
        self, footprint_m: FloatArray, limits: MotionLimits, settings: DwaSettings
    ) -> None:
        self._rim_m = boundary_points(footprint_m, 0.07).astype(np.float32)
        self._limits = limits
        self._settings = settings
        n_steps = round(settings.simulated_s / settings.step_s)
        self._time_s = settings.step_s * np.arange(1, n_steps + 1)

    def step(
        self, pose: SE2, twist: tuple[float, float], path_m: FloatArray, costmap: Costmap
    ) -> tuple[float, float]:
        """Speed [m/s] and yaw rate [rad/s] to go on with.

        Args:
            twist: The present one.
            path_m: Global path from about here, shape (N, 2).
        """
        speed, yaw_rate = self._window(twist)
        xyt = self._arcs(pose, speed, yaw_rate)
        price = self._price(xyt, costmap)
        goal_m = self._local_goal(pose, path_m)
        end_m = xyt[:, -1, :2]
        to_path_m = np.linalg.norm(end_m[:, None] - path_m[None], axis=2).min(axis=1)
        to_goal_m = np.linalg.norm(end_m - goal_m, axis=1)
        s = self._settings
        cost = s.path_bias * to_path_m + s.goal_bias * to_goal_m + s.obstacle_bias * price
        cost[price >= _LETHAL] = np.inf
        best = int(np.argmin(cost))
        if not math.isfinite(cost[best]):
            return self._escape(pose, goal_m)
        return float(speed[best]), float(yaw_rate[best])

    def _window(self, twist: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
        """What can be reached within a period, and standing and turning in place, shape (K,)."""
        s, m = self._settings, self._limits
        reach = (m.accel_max_m_s2 * s.period_s, m.yaw_accel_max_rad_s2 * s.period_s)
        low_v = min(max(twist[0] - reach[0], s.speed_min_m_s), s.speed_max_m_s)
        high_v = max(min(twist[0] + reach[0], s.speed_max_m_s), low_v)
        low_w = min(max(twist[1] - reach[1], -s.yaw_rate_max_rad_s), s.yaw_rate_max_rad_s)
        high_w = max(min(twist[1] + reach[1], s.yaw_rate_max_rad_s), low_w)
        speeds = np.linspace(low_v, high_v, s.n_speeds)
        yaw_rates = np.append(
            np.linspace(low_w, high_w, s.n_yaw_rates), min(max(0.0, low_w), high_w)
        )
        v, w = np.meshgrid(speeds, yaw_rates)
        return v.ravel(), w.ravel()

    def _arcs(self, pose: SE2, speed: FloatArray, yaw_rate: FloatArray) -> FloatArray:
        """Poses (K, T, 3) along arcs."""
        half = 0.5 * yaw_rate[:, None] * self._time_s
        chord = speed[:, None] * self._time_s * np.sinc(half / np.pi)
        yaw = pose.yaw_rad + half
        return np.stack(
            [pose.x_m + chord * np.cos(yaw), pose.y_m + chord * np.sin(yaw), yaw + half], axis=-1
        )

    def _price(self, xyt: FloatArray, costmap: Costmap) -> FloatArray:
        """The highest price under the footprint's rim or centre along each arc, (K,)."""
        xyt = xyt.astype(np.float32)
        cos, sin = np.cos(xyt[..., 2])[..., None], np.sin(xyt[..., 2])[..., None]
        x, y = self._rim_m.T
        rim = np.stack(
            [xyt[..., :1] + cos * x - sin * y, xyt[..., 1:2] + sin * x + cos * y], axis=-1
        )
        touched = costmap.at(rim).max(axis=(1, 2)) >= _LETHAL
        price = costmap.at(xyt[..., :2]).max(axis=1).astype(np.float64)
        return np.where(touched, _LETHAL, price)

    def _local_goal(self, pose: SE2, path_m: FloatArray) -> FloatArray:
        """Where the path leaves the surroundings."""
        away_m = np.linalg.norm(path_m - (pose.x_m, pose.y_m), axis=1)
        nearest = int(np.argmin(away_m))
        outside = np.flatnonzero(away_m[nearest:] > self._settings.lookahead_m)
        return np.asarray(path_m[nearest + outside[0]] if len(outside) else path_m[-1])

    def _escape(self, pose: SE2, goal_m: FloatArray) -> tuple[float, float]:
        """Nothing is free: turn in place toward the path, as the recovery does."""
        bearing = wrap_angle(math.atan2(goal_m[1] - pose.y_m, goal_m[0] - pose.x_m) - pose.yaw_rad)
        return 0.0, math.copysign(self._settings.escape_yaw_rate_rad_s, bearing)
