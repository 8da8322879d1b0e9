"""Where the robot will be when a plan takes effect: the commands already sent, replayed.

From the newest odometry on, the body is taken to follow what it was told, with the difference
between measured and commanded twist dying away as its speed loops close. Cost: about 60 us.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from homebody.geometry import SE2
from homebody.messages import Command, Odometry
from navigation.types import MotionState

_STEP_S = 0.01
_DIFFERENCE_S = 0.04


class MotionPredictor:
    """Remembers the commands that were sent and replays them.

    Args:
        response_s: Time constant with which the body's twist reaches the commanded one.
        memory_s: How long sent commands are kept.
    """

    def __init__(self, response_s: float = 0.15, memory_s: float = 1.0) -> None:
        self._response_s = response_s
        self._memory_s = memory_s
        self._sent: deque[Command] = deque()

    def sent(self, command: Command) -> None:
        """Note a command that goes out."""
        self._sent.append(command)
        while self._sent[0].start_time_s < command.start_time_s - self._memory_s:
            self._sent.popleft()

    def predict(self, T_map_robot: SE2, odometry: Odometry, time_s: float) -> MotionState:
        """The motion state at `time_s`, from the pose and twist at the odometry's capture."""
        start_s = odometry.capture_time_s
        speed_0, yaw_rate_0 = self._commanded(start_s)
        error = (odometry.speed_m_s - speed_0, odometry.yaw_rate_rad_s - yaw_rate_0)
        n_steps = max(1, math.ceil((time_s - start_s) / _STEP_S))
        dt_s = max(0.0, time_s - start_s) / n_steps
        pose = T_map_robot
        for i in range(n_steps):
            speed, yaw_rate = self._expected(start_s, error, start_s + (i + 0.5) * dt_s)
            pose = pose @ SE2.exp((speed * dt_s, 0.0, yaw_rate * dt_s))
        speed, yaw_rate = self._expected(start_s, error, time_s)
        accel, yaw_accel = self._acceleration(time_s)
        return MotionState(pose, speed, yaw_rate, accel, yaw_accel)

    def _expected(
        self, start_s: float, error: tuple[float, float], time_s: float
    ) -> tuple[float, float]:
        speed, yaw_rate = self._commanded(time_s)
        left = math.exp(-max(0.0, time_s - start_s) / self._response_s)
        return speed + error[0] * left, yaw_rate + error[1] * left

    def _commanded(self, time_s: float) -> tuple[float, float]:
        for command in reversed(self._sent):
            if command.start_time_s <= time_s:
                return command.twist_at(time_s)
        return 0.0, 0.0

    def _acceleration(self, time_s: float) -> tuple[float, float]:
        before = np.array(self._commanded(time_s - _DIFFERENCE_S))
        accel, yaw_accel = (np.array(self._commanded(time_s)) - before) / _DIFFERENCE_S
        return float(accel), float(yaw_accel)
