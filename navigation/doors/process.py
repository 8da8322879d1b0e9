"""A door as a two-state Markov chain in continuous time whose target follows the time of day.

The chance of being open is drawn to a daily profile at a rate: dp/dt = rate (profile(t) - p). Each
linear piece of the profile has a closed form. Equations (1) to (4) of docs/maths/doors.md.
Cost: 20 us for a day ahead.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray

DAY_S = 86_400.0
N_HOURS = 6  # knots of the profile, evenly over the day
_KNOT_S = DAY_S / N_HOURS
_FORGOTTEN = 40.0  # exp(-40) of a memory is none


def hat_weights(time_s: float) -> tuple[int, int, float]:
    """The knots before and after a time of day and the share of the latter. Equation (2)."""
    at = (time_s / _KNOT_S - 0.5) % N_HOURS
    low = min(int(at), N_HOURS - 1)
    return low, (low + 1) % N_HOURS, at - low


def profile_at(profile: FloatArray, time_s: float) -> float:
    """The profile (N_HOURS,) at a time, linear between its knots, the last next to the first."""
    low, high, share = hat_weights(time_s)
    return float((1.0 - share) * profile[low] + share * profile[high])


def relaxed(
    p_open: float, profile: FloatArray, rates_per_s: FloatArray, from_s: float, to_s: float
) -> FloatArray:
    """Chance of being open at `to_s` for each rate (R,), given that at `from_s`. Equation (4)."""
    p = np.full(rates_per_s.shape, p_open)
    if to_s <= from_s:
        return p
    slowest = float(rates_per_s.min())
    from_s = max(from_s, to_s - _FORGOTTEN / slowest, to_s - 30.0 * DAY_S)
    here_s = from_s
    while here_s < to_s:
        next_s = min(to_s, _next_knot_s(here_s))
        span_s = next_s - here_s
        low, high = profile_at(profile, here_s), profile_at(profile, next_s)
        lag = (high - low) / span_s / rates_per_s
        p = high - lag + (p - low + lag) * np.exp(-rates_per_s * span_s)
        here_s = next_s
    return p


def _next_knot_s(time_s: float) -> float:
    """The first knot later than a time; never the time itself, whatever the rounding."""
    knot_s = (math.floor(time_s / _KNOT_S - 0.5) + 1.5) * _KNOT_S
    return knot_s if knot_s > time_s else knot_s + _KNOT_S
