"""Small maps for the planner's tests, and slow, obvious references."""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np

from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, OCCUPIED, MapSnapshot


def walled(n_rows, n_cols):
    cells = np.full((n_rows, n_cols), FREE, dtype=np.uint8)
    cells[[0, -1]] = OCCUPIED
    cells[:, [0, -1]] = OCCUPIED
    return cells


def snapshot_of(cells, resolution_m=0.05, origin=(0.0, 0.0)):
    return MapSnapshot(GridSpec(*origin, resolution_m, *cells.shape), cells, 1)


def request_of(cells, start, goal, **more):
    return GlobalPlanRequest(
        snapshot=snapshot_of(cells), T_map_robot=SE2(*start, 0.0), goal_map_m=np.array(goal), **more
    )


def cells_passed(dr, dc):
    """What a move passes through beside its ends: none of these may be shut."""
    if 0 in (dr, dc):
        return []
    if abs(dr) == abs(dc):
        return [(dr, 0), (0, dc)]
    half = (int(dr / 2), int(dc / 2))
    return [half, (dr - half[0], dc - half[1])]


def slow_travel_times(slowness, resolution_m, source, may_leap=True):
    """Dijkstra with a heap over 16 (8) neighbours, each edge at the mean slowness of its ends."""
    reach = 2 if may_leap else 1
    span = range(-reach, reach + 1)
    moves = [(r, c) for r in span for c in span if math.gcd(r, c) == 1]
    padded = np.pad(slowness, 2, constant_values=np.inf)
    times = np.full(slowness.shape, np.inf)
    times[source] = 0.0
    heap = [(0.0, source)]
    while heap:
        time, (row, col) = heapq.heappop(heap)
        if time > times[row, col]:
            continue
        for dr, dc in moves:
            r, c = row + dr, col + dc
            under = [(dr, dc), *cells_passed(dr, dc)]
            if any(padded[row + 2 + i, col + 2 + j] == np.inf for i, j in under):
                continue
            edge = 0.5 * (slowness[row, col] + slowness[r, c])
            after = time + edge * math.hypot(dr, dc) * resolution_m
            if after < times[r, c]:
                times[r, c] = after
                heapq.heappush(heap, (after, (r, c)))
    return times


def slow_way_out(times, may_extend, resolution_m, reach_m, outward_s_m):
    """For each shut cell the nearest open one, of several the one with the least time."""
    out = times.copy()
    open_rc = np.argwhere(np.isfinite(times))
    for row, col in np.argwhere(~np.isfinite(times) & may_extend):
        away_m = np.hypot(*(open_rc - (row, col)).T) * resolution_m
        if len(away_m) and away_m.min() <= reach_m + 1e-9:
            nearest = open_rc[away_m <= away_m.min() + 1e-9]
            out[row, col] = times[nearest[:, 0], nearest[:, 1]].min() + outward_s_m * away_m.min()
    return out


def points_along(path_m, spacing_m=0.002):
    pieces = [
        np.linspace(a, b, max(2, math.ceil(float(np.linalg.norm(b - a)) / spacing_m)))
        for a, b in itertools.pairwise(path_m)
    ]
    return np.vstack(pieces)
