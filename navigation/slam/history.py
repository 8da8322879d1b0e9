"""Where the robot was a moment ago: dead reckoning of the last seconds, in the map frame.

Sensors speak of their capture time; this answers for it by interpolation. Cost: 10 us per query.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import SE2, FloatArray

_MIN_STEP_S = 1e-4


class PoseHistory:
    """Odometry poses in time order, kept for `memory_s`."""

    def __init__(self, memory_s: float = 2.0) -> None:
        self._memory_s = memory_s
        self._time_s = np.zeros(0)
        self._xyt = np.zeros((0, 3))
        self.T_map_odom = SE2.identity()

    def add(self, time_s: FloatArray, xyt: FloatArray) -> None:
        """Add poses of the robot in the odometry frame, (n,) and (n, 3), in any order."""
        if not len(time_s):
            return
        times = np.concatenate((self._time_s, time_s))
        order = np.argsort(times, kind="stable")
        times = times[order]
        keep = times >= times[-1] - self._memory_s
        keep[1:] &= times[1:] - times[:-1] > _MIN_STEP_S
        self._time_s = times[keep]
        self._xyt = np.concatenate((self._xyt, xyt))[order[keep]]
        if (np.abs(np.diff(self._xyt[:, 2])) > np.pi).any():
            self._xyt[:, 2] = np.unwrap(self._xyt[:, 2])

    def odom_at(self, time_s: float) -> SE2 | None:
        """Pose in the odometry frame at a time; the nearest known one outside the memory."""
        if not len(self._time_s):
            return None
        return SE2(*(float(np.interp(time_s, self._time_s, column)) for column in self._xyt.T))

    def at(self, time_s: float) -> SE2 | None:
        """Pose in the map frame at a time, by today's correction of the odometry."""
        T_odom_robot = self.odom_at(time_s)
        return None if T_odom_robot is None else self.T_map_odom @ T_odom_robot
