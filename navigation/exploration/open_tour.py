"""A good order to visit places in, from the first one on and not back: an open tour.

Nearest neighbour, then 2-opt (reverse a stretch) and Or-opt (move up to three places elsewhere,
also reversed) until nothing improves: Lin (1965), Or (1976). What is minimised is the time of the
end plus each place's weight times the time of its visit, so that what weighs much comes early (the
weighted repairman's problem, Afrati et al. 1986). Cost: 0.1 ms for 10 places, 50 ms for 50.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.compiled import compiled

_SEGMENT_MAX = 3
_GAIN_MIN = 1e-9


def open_tour(leg_s: FloatArray, weight: FloatArray | None = None) -> IntArray:
    """An order (N,) of the places that begins with place 0.

    Args:
        leg_s: From each place (row) to each other (column), shape (N, N), finite.
        weight: Of each place's visit, shape (N,); none: the shortest tour is wanted.
    """
    n = len(leg_s)
    weights = np.zeros(n) if weight is None else np.asarray(weight, dtype=np.float64)
    order = _nearest_neighbour(np.asarray(leg_s, dtype=np.float64))
    return np.asarray(_improved(np.asarray(leg_s, dtype=np.float64), weights, order))


def _nearest_neighbour(leg_s: FloatArray) -> IntArray:
    order, left = [0], list(range(1, len(leg_s)))
    while left:
        nearest = min(left, key=lambda place: float(leg_s[order[-1], place]))
        left.remove(nearest)
        order.append(nearest)
    return np.array(order, dtype=np.intp)


@compiled
def tour_cost(leg_s: FloatArray, weight: FloatArray, order: IntArray) -> float:
    """Time of the end plus the weighted times of all visits."""
    time_s, cost = 0.0, 0.0
    for k in range(1, len(order)):
        time_s += leg_s[order[k - 1], order[k]]
        cost += weight[order[k]] * time_s
    return cost + time_s


@compiled
def _improved(leg_s: FloatArray, weight: FloatArray, order: IntArray) -> IntArray:
    best = tour_cost(leg_s, weight, order)
    is_better = True
    while is_better:
        is_better = False
        for first in range(1, len(order)):
            for last in range(first, len(order)):
                trial = order.copy()
                trial[first : last + 1] = order[first : last + 1][::-1]
                cost = tour_cost(leg_s, weight, trial)
                if cost < best - _GAIN_MIN:
                    order, best, is_better = trial, cost, True
                if last - first >= _SEGMENT_MAX:
                    continue
                for to in range(1, len(order) - (last - first)):
                    for is_reversed in (False, True):
                        trial = _moved(order, first, last, to, is_reversed)
                        cost = tour_cost(leg_s, weight, trial)
                        if cost < best - _GAIN_MIN:
                            order, best, is_better = trial, cost, True
    return order


@compiled
def _moved(
    order: NDArray[np.intp], first: int, last: int, to: int, is_reversed: bool
) -> NDArray[np.intp]:
    """The order with a stretch taken out and put in again at a place of what remains."""
    stretch = order[first : last + 1].copy()
    if is_reversed:
        stretch = stretch[::-1].copy()
    out = np.empty_like(order)
    n, at = len(stretch), 0
    for k in range(len(order)):
        if to <= k < to + n:
            out[k] = stretch[k - to]
            continue
        if at == first:
            at = last + 1
        out[k] = order[at]
        at += 1
    return out
