"""The actuator limits of the body, put behind a peer so that all planners drive the same body.

What a planner wants is followed as fast as the limits on acceleration and jerk allow: in every
short step the ramp of equations (1) to (3) of docs/maths/local_planner.md toward the speed wanted
next is begun anew. Cost: 1 ms for a plan of 3 s.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from homebody.messages import MotionLimits
from navigation.local_planner.kernels import fill_ramp
from navigation.local_planner.request import Planner, PlanRequest
from navigation.types import LocalPlan

_STEP_S = 0.05
_KEEP_M_S, _KEEP_RAD_S = 0.15, 0.4  # a body further from its last plan than this starts anew
_MAX_AGE_S = 1.0

Axis = tuple[float, float]  # speed and acceleration


class Limited:
    """A planner whose plans are bent to what the body can follow."""

    def __init__(self, planner: Planner, limits: MotionLimits) -> None:
        self._planner = planner
        self._bounds = (
            (limits.accel_max_m_s2, limits.jerk_max_m_s3),
            (limits.yaw_accel_max_rad_s2, limits.yaw_jerk_max_rad_s3),
        )
        self._last: tuple[float, FloatArray, FloatArray] | None = None

    def step(self, request: PlanRequest) -> LocalPlan:
        """The peer's plan, as nearly as it can be driven."""
        wanted = self._planner.step(request)
        time_s = np.arange(0.0, wanted.time_s[-1] + 1e-9, _STEP_S)
        targets = [
            np.interp(time_s + _STEP_S, wanted.time_s, values)
            for values in (wanted.speed_m_s, wanted.yaw_rate_rad_s)
        ]
        starts = self._start(request)
        both = [
            followed(start, target, *bound)
            for start, target, bound in zip(starts, targets, self._bounds, strict=True)
        ]
        speeds, accels = (np.stack([axis[i] for axis in both], axis=1) for i in (0, 1))
        self._last = (request.start_time_s, speeds, accels)
        return LocalPlan(
            start_time_s=request.start_time_s,
            time_s=time_s,
            xyt_map=_poses(request, speeds),
            speed_m_s=speeds[:, 0].copy(),
            yaw_rate_rad_s=speeds[:, 1].copy(),
            is_stopping=wanted.is_stopping,
            reason=wanted.reason,
        )

    def _start(self, request: PlanRequest) -> tuple[Axis, Axis]:
        """The last plan's own motion where the body follows it, as ours does."""
        state = request.state
        measured = ((state.speed_m_s, 0.0), (state.yaw_rate_rad_s, 0.0))
        if self._last is None:
            return measured
        begun_s, speeds, accels = self._last
        late_s = request.start_time_s - begun_s
        if not 0.0 <= late_s <= _MAX_AGE_S:
            return measured
        place = np.arange(len(speeds)) * _STEP_S
        v, w = (float(np.interp(late_s, place, speeds[:, i])) for i in (0, 1))
        if abs(v - state.speed_m_s) > _KEEP_M_S or abs(w - state.yaw_rate_rad_s) > _KEEP_RAD_S:
            return measured
        a, alpha = (float(np.interp(late_s, place, accels[:, i])) for i in (0, 1))
        return (v, a), (w, alpha)


def followed(
    start: Axis, targets: FloatArray, accel_max: float, jerk_max: float
) -> tuple[FloatArray, FloatArray]:
    """Speeds and accelerations (T,) that chase the targets (T,) within the limits."""
    speed, accel = start
    speeds, accels = np.empty(len(targets)), np.empty(len(targets))
    for i, target in enumerate(targets.tolist()):
        speeds[i], accels[i] = speed, accel
        speed, accel = _after_step(speed, accel, target, accel_max, jerk_max)
    return speeds, accels


def _after_step(
    speed: float, accel: float, target: float, accel_max: float, jerk_max: float
) -> Axis:
    """One step along the fastest ramp to the target."""
    durations = np.zeros(3)
    code = fill_ramp(speed, accel, target, accel_max, jerk_max, durations)
    turn = round(code / 10.0)
    left_s = _STEP_S
    for duration_s, jerk in zip(
        durations.tolist(), (turn * jerk_max, 0.0, -(code - 10.0 * turn) * jerk_max), strict=True
    ):
        dt = min(duration_s, left_s)
        speed += (accel + 0.5 * jerk * dt) * dt
        accel += jerk * dt
        left_s -= dt
    if left_s > 0.0:
        return target, 0.0
    return speed, accel


def _poses(request: PlanRequest, speeds: FloatArray) -> FloatArray:
    """Poses (T, 3) of speeds and yaw rates (T, 2)."""
    pose = request.state.T_map_robot
    middle = 0.5 * (speeds[1:] + speeds[:-1]) * _STEP_S
    yaw = pose.yaw_rad + np.concatenate([[0.0], np.cumsum(middle[:, 1])])
    heading = yaw[:-1] + 0.5 * middle[:, 1]
    x = pose.x_m + np.concatenate([[0.0], np.cumsum(middle[:, 0] * np.cos(heading))])
    y = pose.y_m + np.concatenate([[0.0], np.cumsum(middle[:, 0] * np.sin(heading))])
    return np.stack([x, y, yaw], axis=1)


def plan_of_twists(
    request: PlanRequest, twists: FloatArray, step_s: float, reason: str
) -> LocalPlan:
    """A plan of speeds and yaw rates (T, 2), each from its step on."""
    time_s: FloatArray = step_s * np.arange(len(twists), dtype=np.float64)
    is_stopping = bool(np.abs(twists).max() < 0.02) if len(twists) else True
    xyt = np.repeat(request.state.T_map_robot.as_array()[None], len(twists), axis=0)
    return LocalPlan(
        request.start_time_s, time_s, xyt, twists[:, 0].copy(), twists[:, 1].copy(),
        is_stopping=is_stopping, reason=reason,
    )  # fmt: skip


def towards(
    request: PlanRequest, speed_m_s: float, yaw_rate_rad_s: float, reason: str
) -> LocalPlan:
    """A plan that holds one twist for a second."""
    if not (math.isfinite(speed_m_s) and math.isfinite(yaw_rate_rad_s)):
        speed_m_s = yaw_rate_rad_s = 0.0
    return plan_of_twists(request, np.tile((speed_m_s, yaw_rate_rad_s), (21, 1)), 0.05, reason)
