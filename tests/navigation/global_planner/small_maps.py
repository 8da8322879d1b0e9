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


def slow_travel_times(slowness, resolution_m, source):
    """Dijkstra with a heap over 16 neighbours, each edge at the mean slowness of its ends."""
    moves = [(r, c) for r in range(-2, 3) for c in range(-2, 3) if math.gcd(r, c) == 1]
    times = np.full(slowness.shape, np.inf)
    times[source] = 0.0
    heap = [(0.0, source)]
    while heap:
        time, (row, col) = heapq.heappop(heap)
        if time > times[row, col]:
            continue
        for dr, dc in moves:
            r, c = row + dr, col + dc
            if not (0 <= r < slowness.shape[0] and 0 <= c < slowness.shape[1]):
                continue
            edge = 0.5 * (slowness[row, col] + slowness[r, c])
            after = time + edge * math.hypot(dr, dc) * resolution_m
            if after < times[r, c]:
                times[r, c] = after
                heapq.heappush(heap, (after, (r, c)))
    return times


def points_along(path_m, spacing_m=0.002):
    pieces = [
        np.linspace(a, b, max(2, math.ceil(float(np.linalg.norm(b - a)) / spacing_m)))
        for a, b in itertools.pairwise(path_m)
    ]
    return np.vstack(pieces)
