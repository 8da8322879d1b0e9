"""A path that looks as if drawn with a ruler: the searched cells, pulled tight.

From each corner the furthest point is taken to which the straight way is open and no slower than
the searched one (string pulling after Botea et al. 2004, with time instead of length).
Cost: 2 ms for a path of 10 m.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.ground import Ground
from navigation.global_planner.lines import cells_along

_CANDIDATES = 12
_REACH_POINTS = (16, 160)  # how many cells ahead are tried, least and most


def without_clipped_corners(ground: Ground, cells_rc: IntArray) -> IntArray | None:
    """Lead knight's moves of a path (N, 2) round the shut cells that they clip.

    A knight's move passes two cells between its ends; where one of them is shut the path gets the
    other one. None where both are: the search has leapt over something.
    """
    half = np.trunc(0.5 * np.diff(cells_rc, axis=0)).astype(np.intp)
    first, second = cells_rc[:-1] + half, cells_rc[1:] - half
    is_first_open = ground.is_open[first[:, 0], first[:, 1]]
    is_second_open = ground.is_open[second[:, 0], second[:, 1]]
    is_knight = half.any(axis=1)
    if (is_knight & ~is_first_open & ~is_second_open).any():
        return None
    clips = np.flatnonzero(is_knight & ~(is_first_open & is_second_open))
    between = np.where(is_first_open[clips, None], first[clips], second[clips])
    return np.insert(cells_rc, clips + 1, between, axis=0)


def pulled_tight(ground: Ground, cells_rc: IntArray, time_s: FloatArray, slack: float) -> IntArray:
    """Corners of a path along `cells_rc` (N, 2), as indices into it, first and last included.

    Args:
        time_s: Cost-to-go at each of the cells, shape (N,), falling.
        slack: Share of extra time that a straight piece may take.
    """
    points_m = ground.spec.centres_m(cells_rc)
    last = len(points_m) - 1
    least, reach = _REACH_POINTS
    corners = [0]
    while corners[-1] < last:  # each corner depends on the one before
        here = corners[-1]
        furthest = min(last, here + reach)
        ahead = np.unique(np.linspace(here + 1, furthest, _CANDIDATES).astype(np.intp))
        under_rc, length_m = cells_along(ground.spec, points_m[here], points_m[ahead])
        slowness = ground.slowness_s_m[under_rc[..., 0], under_rc[..., 1]]
        straight_s = np.where(length_m > 0.0, slowness, 0.0) * length_m
        allowed_s = (time_s[here] - time_s[ahead]) * (1.0 + slack) + 1e-3
        is_good = straight_s.sum(axis=1) <= allowed_s
        is_good[0] = True  # the searched step itself
        corners.append(int(ahead[np.flatnonzero(is_good)[-1]]))
        reach = min(max(least, 3 * (corners[-1] - here)), _REACH_POINTS[1])
    return np.array(corners, dtype=np.intp)


def length_of(path_m: FloatArray) -> float:
    """Length [m] of a polyline, shape (N, 2)."""
    return float(np.linalg.norm(np.diff(path_m, axis=0), axis=1).sum())
