"""Which scans go into the map: after some way, some turn or some time, and not while spinning."""

from __future__ import annotations

import math

from homebody.geometry import SE2, wrap_angle
from navigation.slam.config import KeyframeConfig


class KeyframePolicy:
    """Remembers the last scan that was taken."""

    def __init__(self, config: KeyframeConfig) -> None:
        self._config = config
        self._last: tuple[float, SE2] | None = None

    def wants(self, time_s: float, T_map_robot: SE2, yaw_rate_rad_s: float) -> bool:
        """Whether a scan taken now is worth mapping."""
        if self._last is None:
            return True
        config, (last_s, T_map_last) = self._config, self._last
        age_s = time_s - last_s
        turn_rad = abs(wrap_angle(T_map_robot.yaw_rad - T_map_last.yaw_rad))
        if abs(yaw_rate_rad_s) > config.yaw_rate_max_rad_s and age_s < config.wait_max_s:
            return False
        return (
            math.dist((T_map_robot.x_m, T_map_robot.y_m), (T_map_last.x_m, T_map_last.y_m))
            > config.distance_m
            or turn_rad > config.turn_rad
            or age_s >= config.period_s
        )

    def took(self, time_s: float, T_map_robot: SE2) -> None:
        """A scan was mapped."""
        self._last = (time_s, T_map_robot)
