"""The compiled loop of the guidance toward a moving target. Equations (32) and (33)."""

from __future__ import annotations

import numpy as np

from navigation.compiled import compiled
from navigation.types import Float32Array

_NEAR_M = np.float32(0.4)
_BACK_SHARE = np.float32(0.5)  # backing off is worth half of coming nearer
_WITHIN_SHARE = np.float32(0.08)  # within the slack: enough to stop in time, too little to back up
_ZERO = np.float32(0.0)


@compiled
def fill_target_times(
    x: Float32Array,
    y: Float32Array,
    places: Float32Array,
    shape: Float32Array,
    per_m_s: np.float32,
    has_field: bool,
    time_s: Float32Array,
) -> None:
    """Times that remain (K, T), in place of the field's times where there is a field.

    Args:
        places: Where the place is at each time, shape (2, T).
        shape: Ring, slack and dead distance [m], shape (3,).
    """
    ring, slack, dead = shape[0], shape[1], shape[2]
    n_samples, n_times = x.shape
    for k in range(n_samples):
        for i in range(n_times):
            dx, dy = x[k, i] - places[0, i], y[k, i] - places[1, i]
            excess = np.sqrt(dx * dx + dy * dy) - ring
            outside, inside = max(excess, _ZERO), max(-excess - slack, _ZERO)
            within = max(-excess, _ZERO)
            near = _WITHIN_SHARE * within * within / (within + dead)
            near += np.sqrt(outside * outside + dead * dead) - dead
            near += _BACK_SHARE * (np.sqrt(inside * inside + dead * dead) - dead)
            if has_field:
                far_s = max(time_s[k, i] - (ring + _NEAR_M) * per_m_s, _ZERO)
                time_s[k, i] = far_s + min(near, _NEAR_M) * per_m_s
            else:
                time_s[k, i] = near * per_m_s
