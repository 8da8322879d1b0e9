"""Whether the wheels' odometry can be believed: finite, without jumps, and moving as commanded.

A jump is taken out: what is handed on goes on where it was, so that nobody below is carried away by
a base that has restarted its counting. Cost: 8 us a sample.
"""

from __future__ import annotations

import dataclasses
import math

from homebody.geometry import SE2, wrap_angle
from homebody.messages import MotionLimits, Odometry

_JUMP_SPARE = 2.0  # times what the body can do
_JUMP_SPARE_M_S, _JUMP_SPARE_RAD_S = 0.5, 1.5
_JUMP_HOLD_S = 0.6
_STUCK_SHARE = 0.1
_WAY_MIN_M, _TURN_MIN_RAD = 0.02, 0.06
_INVALID_HOLD_S = 0.3


class _Tally:
    """Leaky sums of a way and a turn, unsigned."""

    __slots__ = ("turn_rad", "way_m")

    def __init__(self) -> None:
        self.way_m = self.turn_rad = 0.0

    def add(self, way_m: float, turn_rad: float, keep: float) -> None:
        self.way_m = keep * self.way_m + abs(way_m)
        self.turn_rad = keep * self.turn_rad + abs(turn_rad)

    def is_much_less_than(self, other: _Tally) -> bool:
        is_way = other.way_m > _WAY_MIN_M and self.way_m < _STUCK_SHARE * other.way_m
        is_turn = other.turn_rad > _TURN_MIN_RAD and self.turn_rad < _STUCK_SHARE * other.turn_rad
        return is_way or is_turn


class WheelJudge:
    """Judges odometry against itself and against what the wheels were told.

    Args:
        limits: Of the body; a faster odometry has jumped.
        memory_s: Over which commanded and measured motion are compared.
        hold_s: After so long the wheels are tried again.
    """

    def __init__(self, limits: MotionLimits, memory_s: float, hold_s: float) -> None:
        self._speed_m_s = _JUMP_SPARE * limits.speed_max_m_s + _JUMP_SPARE_M_S
        self._yaw_rate_rad_s = _JUMP_SPARE * limits.yaw_rate_max_rad_s + _JUMP_SPARE_RAD_S
        self._memory_s, self._hold_s = memory_s, hold_s
        self._raw: Odometry | None = None
        self._given: Odometry | None = None
        self._fix: SE2 | None = None
        self._told, self._measured, self._claimed = _Tally(), _Tally(), _Tally()
        self._told_at_s: float | None = None
        self._invalid_s = self._jumped_s = self._stuck_s = -math.inf
        self._stuck_words = ""

    def take(self, sample: Odometry) -> Odometry | None:
        """The sample to hand on, without jumps; None for one that is no measurement."""
        if not _is_finite(sample):
            self._invalid_s = max(self._invalid_s, sample.capture_time_s)
            return None
        if self._raw is not None and self._given is not None:
            self._compare(sample, self._raw, self._given)
        self._raw = sample
        if self._fix is not None:
            sample = dataclasses.replace(sample, T_odom_robot=self._fix @ sample.T_odom_robot)
        self._given = sample
        return sample

    def told(self, twist: tuple[float, float], now_s: float) -> None:
        """What the wheels are told, every tick."""
        passed_s = 0.0 if self._told_at_s is None else min(max(0.0, now_s - self._told_at_s), 0.1)
        self._told_at_s = now_s
        keep = math.exp(-passed_s / self._memory_s)
        self._told.add(twist[0] * passed_s, twist[1] * passed_s, keep)
        # Without a sample for a while nothing was measured: silence is judged elsewhere.
        if self._is_held(now_s) or self._raw is None:
            return
        if self._measured.is_much_less_than(self._claimed):
            self._hold("the odometry claims to move but its pose stays the same", now_s)
        elif self._measured.is_much_less_than(self._told):
            self._hold(
                "the wheels do not move as commanded: they are locked, or the odometry is frozen",
                now_s,
            )

    def unusable(self, now_s: float) -> str:
        """Why it cannot be driven by; empty when it can."""
        if now_s - self._invalid_s < _INVALID_HOLD_S:
            return "the odometry gives numbers that are not finite"
        if now_s - self._jumped_s < _JUMP_HOLD_S:
            return "the odometry has jumped"
        return self._stuck_words if self._is_held(now_s) else ""

    @property
    def was_stuck(self) -> bool:
        """Whether it has not moved yet since it was found stuck: to be tried slowly."""
        return bool(self._stuck_words)

    def _hold(self, words: str, now_s: float) -> None:
        self._stuck_s, self._stuck_words = now_s, words
        self._told, self._claimed = _Tally(), _Tally()

    def _is_held(self, now_s: float) -> bool:
        return bool(self._stuck_words) and now_s - self._stuck_s < self._hold_s

    def _compare(self, new: Odometry, old: Odometry, given: Odometry) -> None:
        passed_s = max(new.capture_time_s - old.capture_time_s, 1e-3)
        way_m = new.T_odom_robot.distance_m(old.T_odom_robot)
        turn_rad = abs(wrap_angle(new.T_odom_robot.yaw_rad - old.T_odom_robot.yaw_rad))
        room_s = max(passed_s, 0.02)
        if way_m > self._speed_m_s * room_s or turn_rad > self._yaw_rate_rad_s * room_s:
            self._jumped_s = new.capture_time_s
            self._stuck_words = ""
            self._fix = given.T_odom_robot @ new.T_odom_robot.inverse()
            return
        keep = math.exp(-passed_s / self._memory_s)
        self._measured.add(way_m, turn_rad, keep)
        self._claimed.add(new.speed_m_s * passed_s, new.yaw_rate_rad_s * passed_s, keep)
        moved = self._measured
        is_moving = moved.way_m > 0.5 * _WAY_MIN_M or moved.turn_rad > 0.5 * _TURN_MIN_RAD
        if is_moving and not self._is_held(new.capture_time_s):
            self._stuck_words = ""


def _is_finite(sample: Odometry) -> bool:
    pose = sample.T_odom_robot
    total = pose.x_m + pose.y_m + pose.yaw_rad + sample.speed_m_s + sample.yaw_rate_rad_s
    return math.isfinite(total)
