"""How long to wait at what is shut before going round: as long as waiting earns more than it costs.

With several possible rates of opening the chance of it opening in the next second falls while
nothing happens, so the best rule is to wait until it is worth less than the second. Equations (14)
to (16) of docs/maths/doors.md.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray

_HALVINGS = 40


def opening_hazard(weights: FloatArray, rates_per_s: FloatArray, waited_s: float) -> float:
    """Chance per second of opening now, after waiting in vain. Equation (14)."""
    left = weights * np.exp(-rates_per_s * waited_s)
    total = float(left.sum())
    return float(left @ rates_per_s) / total if total > 0.0 else 0.0


def patience_s(
    weights: FloatArray, rates_per_s: FloatArray, saved_s: float, most_s: float
) -> float:
    """How long to wait where an opening would save `saved_s`. Equation (15).

    Args:
        weights: How likely each rate of opening is, shape (R,).
        most_s: Never longer than this.
    """
    if saved_s <= 0.0 or opening_hazard(weights, rates_per_s, 0.0) * saved_s <= 1.0:
        return 0.0
    if opening_hazard(weights, rates_per_s, most_s) * saved_s >= 1.0:
        return most_s
    low, high = 0.0, most_s
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if opening_hazard(weights, rates_per_s, middle) * saved_s > 1.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def passer_by_patience_s(saved_s: float, typical_s: float, shape: float, most_s: float) -> float:
    """The same for somebody who stands in the way: stays of a Lomax distribution. Equation (16).

    Args:
        typical_s, shape: After `t` seconds they go at the rate shape / (typical_s + t).
    """
    return float(np.clip(shape * saved_s - typical_s, 0.0, most_s))
