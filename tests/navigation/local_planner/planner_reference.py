"""The NumPy forms of the planner's compiled kernels: slow, obvious, for all candidates at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from homebody.geometry import FloatArray
from navigation.local_planner.jerk_limited import Profile
from navigation.local_planner.kernels import PHASES_PER_STAGE


def ramp(
    speed: FloatArray,
    accel: FloatArray,
    target: FloatArray,
    accel_max: ArrayLike,
    jerk_max: ArrayLike,
) -> tuple[FloatArray, FloatArray]:
    """Durations (3, K) and jerks (3, K) of the fastest ramps to the target speeds (K,).

    Equations (1) to (3). An acceleration outside the limit is led back to it first.
    """
    a_max, j_max = np.asarray(accel_max), np.asarray(jerk_max)
    coasting = speed + accel * np.abs(accel) / (2.0 * j_max)
    sign = np.where(target >= coasting, 1.0, -1.0)
    rise = sign * (target - speed)
    peak = np.minimum(np.sqrt(np.maximum(rise * j_max + 0.5 * accel**2, 0.0)), a_max)
    change = sign * peak - accel
    first_s = np.abs(change) / j_max
    last_s = peak / j_max
    left = rise - sign * 0.5 * (accel + sign * peak) * first_s - 0.5 * peak * last_s
    hold_s = np.maximum(left, 0.0) / np.maximum(peak, 1e-9)
    durations = np.stack([first_s, hold_s, last_s])
    jerks = np.stack([np.sign(change) * j_max, np.zeros_like(peak), -sign * j_max])
    return durations, jerks


def profile(
    speed: FloatArray,
    accel: FloatArray,
    targets: FloatArray,
    *,
    switch_s: FloatArray,
    accel_max: FloatArray,
    jerk_max: FloatArray,
    relief: FloatArray | None = None,
) -> Profile:
    """Join ramps to the targets (S, K), each left for the next at its switch time (S - 1, K).

    Args:
        relief: Jerk with which an acceleration that comfort forbids is first brought to zero,
            shape (K,); zero where there is nothing to relieve.
    """
    n_stages, n_samples = targets.shape
    n_knots = PHASES_PER_STAGE * n_stages + 1
    knot_s, jerk = np.zeros((n_knots, n_samples)), np.zeros((n_knots, n_samples))
    v, a = speed, accel
    now_s = np.zeros(n_samples)
    if relief is not None and relief.any():
        jerk[0] = relief
        now_s = np.abs(a) / np.where(relief == 0.0, np.inf, np.abs(relief))
        change = relief * now_s
        v, a = v + (a + 0.5 * change) * now_s, a + change
    for stage in range(n_stages):
        durations, jerks = ramp(v, a, targets[stage], accel_max, jerk_max)
        first = 1 + PHASES_PER_STAGE * stage
        jerk[first : first + 3] = jerks
        np.cumsum(durations, axis=0, out=knot_s[first + 1 : first + 4])
        knot_s[first : first + 4] += now_s
        if stage < n_stages - 1:
            now_s = np.maximum(switch_s[stage], now_s)
            np.minimum(knot_s[first : first + 4], now_s, out=knot_s[first : first + 4])
            v, a = _after(v, a, jerks, knot_s[first : first + 4], now_s)
    return Profile(speed, accel, knot_s, np.diff(jerk, axis=0, prepend=0.0))


def _after(
    v: FloatArray, a: FloatArray, jerks: FloatArray, knot_s: FloatArray, end_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Speed and acceleration at the end of a stage whose phases begin at the knots (4, K)."""
    first_s, hold_s, last_s = np.diff(knot_s, axis=0)
    change = jerks[0] * first_s
    v = v + (a + 0.5 * change) * first_s
    a = a + change
    change = jerks[2] * last_s
    v = v + a * (hold_s + last_s) + 0.5 * change * last_s
    a = a + change
    return v + a * (end_s - knot_s[3]), a


def motion_at(profiles: Profile, time_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(distance, speed) as sums of truncated powers over the knots, (K, T). Equation (4)."""
    late = np.maximum(time_s - profiles.knot_s[:, :, None], 0.0)
    step, v, a = profiles.jerk_step[:, :, None], profiles.speed[:, None], profiles.accel[:, None]
    distance = v * time_s + a * time_s**2 / 2.0 + (step * late**3 / 6.0).sum(axis=0)
    return distance, v + a * time_s + (step * late**2 / 2.0).sum(axis=0)
