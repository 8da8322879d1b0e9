"""Measures of motion and of contact that do not depend on the world they are taken in.

Jerk is the second derivative of the true speed by a Savitzky-Golay filter over 0.1 s (a parabola
through 5 samples at 50 Hz), RMS while moving. The log dimensionless jerk beside it is that of
Balasubramanian et al., "On the analysis of movement smoothness" (2015), over the time in motion.
Cost: 3 us per sample.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from operator import mul

from scipy.signal import savgol_coeffs

from drivers.simulation.touch import Touch

MOVING_SPEED_M_S = 0.05
MOVING_YAW_RATE_RAD_S = 0.1
MERGE_S = 0.5
CLOSING_SPEED_M_S = 0.05
_WINDOW_S = 0.1
_POLYNOMIAL_ORDER = 2


class JerkMeter:
    """Jerk of the speed and of the yaw rate, taken at a fixed rate."""

    def __init__(self, rate_hz: float) -> None:
        window = max(_POLYNOMIAL_ORDER + 1, round(_WINDOW_S * rate_hz))
        window += 1 - window % 2
        coefficients = savgol_coeffs(
            window, _POLYNOMIAL_ORDER, deriv=2, delta=1.0 / rate_hz, use="dot"
        )
        self._coefficients: list[float] = coefficients.tolist()
        self._middle = window // 2
        self._period_s = 1.0 / rate_hz
        self._speed: deque[float] = deque(maxlen=window)
        self._yaw_rate: deque[float] = deque(maxlen=window)
        self._n = 0
        self._sum = self._angular_sum = 0.0
        self._speed_peak = 0.0

    def add(self, speed_m_s: float, yaw_rate_rad_s: float) -> None:
        """Take the next sample."""
        self._speed.append(speed_m_s)
        self._yaw_rate.append(yaw_rate_rad_s)
        if len(self._speed) < len(self._coefficients):
            return
        speed, yaw_rate = abs(self._speed[self._middle]), abs(self._yaw_rate[self._middle])
        if speed <= MOVING_SPEED_M_S and yaw_rate <= MOVING_YAW_RATE_RAD_S:
            return
        self._n += 1
        self._speed_peak = max(self._speed_peak, speed)
        self._sum += self._derivative(self._speed) ** 2
        self._angular_sum += self._derivative(self._yaw_rate) ** 2

    def cut(self) -> None:
        """The next sample does not continue the motion so far."""
        self._speed.clear()
        self._yaw_rate.clear()

    @property
    def jerk_rms_m_s3(self) -> float:
        return math.sqrt(self._sum / self._n) if self._n else 0.0

    @property
    def angular_jerk_rms_rad_s3(self) -> float:
        return math.sqrt(self._angular_sum / self._n) if self._n else 0.0

    @property
    def log_dimensionless_jerk(self) -> float:
        """-ln(T^3 / v_peak^2 * integral of jerk^2); larger is smoother, nan without motion."""
        if not self._n or self._sum <= 0.0 or self._speed_peak <= 0.0:
            return math.nan
        duration_s = self._n * self._period_s
        integral = self._sum * self._period_s
        return -math.log(duration_s**3 / self._speed_peak**2 * integral)

    def _derivative(self, samples: deque[float]) -> float:
        return sum(map(mul, self._coefficients, samples), start=0.0)


@dataclass(frozen=True, slots=True)
class _Motion:
    time_s: float
    speed_m_s: float
    yaw_rate_rad_s: float


class CollisionCounter:
    """Merges touches into collisions and says which of them the robot caused.

    Touches within 0.5 s of each other are one collision. The robot caused it if at one of its
    touches the touched point of the body had closed in, by the robot's own motion, at more than
    0.05 m/s within the last 0.5 s.
    """

    def __init__(self) -> None:
        self.n_collisions = 0
        self.n_caused = 0
        self._motion: deque[_Motion] = deque()
        self._last_touch_s = -math.inf
        self._is_caused = False

    def add_motion(self, time_s: float, speed_m_s: float, yaw_rate_rad_s: float) -> None:
        """The robot's true motion, in order of time."""
        self._motion.append(_Motion(time_s, speed_m_s, yaw_rate_rad_s))
        while self._motion[0].time_s < time_s - 2.0 * MERGE_S:
            self._motion.popleft()

    def add_touch(self, touch: Touch) -> None:
        """A touch, in order of time, after the motion that led to it."""
        if touch.time_s - self._last_touch_s > MERGE_S:
            self.n_collisions += 1
            self._is_caused = False
        self._last_touch_s = touch.time_s
        if not self._is_caused and self._closing_speed_m_s(touch) > CLOSING_SPEED_M_S:
            self._is_caused = True
            self.n_caused += 1

    def _closing_speed_m_s(self, touch: Touch) -> float:
        recent = [m for m in self._motion if touch.time_s - MERGE_S <= m.time_s <= touch.time_s]
        (px, py), (nx, ny) = touch.point_robot_m, touch.outward_robot
        closing = [
            (m.speed_m_s - m.yaw_rate_rad_s * py) * nx + m.yaw_rate_rad_s * px * ny for m in recent
        ]
        return max(closing, default=0.0)


class ErrorMeter:
    """Largest and RMS error of a position estimate."""

    def __init__(self) -> None:
        self._n = 0
        self._sum = 0.0
        self.max_m = 0.0

    def add(self, error_m: float) -> None:
        self._n += 1
        self._sum += error_m**2
        self.max_m = max(self.max_m, error_m)

    @property
    def rms_m(self) -> float:
        return math.sqrt(self._sum / self._n) if self._n else 0.0
