"""The compiled loops of the search over poses: clearance of the footprint, Dijkstra, reading.

Twenty-four headings, 15 degrees apart; a straight step along one ends in the centre of a cell that
lies within 4 degrees of it. Cost: see `pose_field`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.types import Float32Array

_HEAP_SIZE = 1 << 15  # to begin with

# whole cells (column, row) along each heading, counter-clockwise from +x
_QUARTER = np.array([(1, 0), (3, 1), (2, 1), (1, 1), (1, 2), (1, 3)], dtype=np.intp)
_LEFT = np.array([[0, 1], [-1, 0]])
STEPS = np.concatenate([_QUARTER @ np.linalg.matrix_power(_LEFT, k) for k in range(4)])
N_HEADINGS = len(STEPS)
HEADINGS_RAD: FloatArray = 2.0 * np.pi / N_HEADINGS * np.arange(N_HEADINGS, dtype=np.float64)


@compiled
def bilinear(values: Float32Array, col: float, row: float) -> float:
    """The field (H, W) between cell centres; beyond its edge the value of the edge."""
    n_rows, n_cols = values.shape
    col, row = min(max(col, 0.0), n_cols - 1.001), min(max(row, 0.0), n_rows - 1.001)
    c, r = int(col), int(row)
    u, v = col - c, row - r
    low = values[r, c] * (1.0 - u) + values[r, c + 1] * u
    high = values[r + 1, c] * (1.0 - u) + values[r + 1, c + 1] * u
    return float(low * (1.0 - v) + high * v)


@compiled
def clearance_at(
    distance_m: Float32Array,
    col: float,
    row: float,
    cos_sin: tuple[float, float],
    discs: FloatArray,
    boundary: FloatArray,
    half_gap_m: float,
    far_m: float,
) -> float:
    """Clearance [m] of the footprint at one pose, at most `far_m`; negative: overlap.

    Distances change by no more than the way between two points, so where one is far from anything
    the next ones along the boundary need not be read.

    Args:
        distance_m: Field (H, W); `col` and `row` the robot's place in it.
        discs: Within the footprint: x, y [cells], radius [m], shape (D, 3).
        boundary: Points on it in order [cells], shape (B, 2), `half_gap_m` from the middle between.
    """
    cos, sin = cos_sin
    inside = far_m
    for d in range(len(discs)):
        x, y = discs[d, 0], discs[d, 1]
        here = bilinear(distance_m, col + cos * x - sin * y, row + sin * x + cos * y)
        inside = min(inside, here - discs[d, 2])
    if inside < -half_gap_m:
        return inside
    nearest = math.sqrt(inside * inside + half_gap_m * half_gap_m) + half_gap_m
    b = 0
    while b < len(boundary):
        x, y = boundary[b, 0], boundary[b, 1]
        here = bilinear(distance_m, col + cos * x - sin * y, row + sin * x + cos * y)
        b += 1 + max(0, int((here - nearest) / (2.0 * half_gap_m)))
        nearest = min(nearest, here)
    if nearest > half_gap_m:  # a thing may stand between two of the points
        return min(inside, math.sqrt(nearest * nearest - half_gap_m * half_gap_m))
    return min(inside, nearest - half_gap_m)


@compiled
def pose_clearance(
    distance_m: Float32Array,
    fine_per_cell: int,
    shape: tuple[int, int],
    headings_rad: FloatArray,
    discs: FloatArray,
    boundary: FloatArray,
    sizes_m: tuple[float, float, float],
    least_far_m: tuple[float, float],
) -> Float32Array:
    """The footprint's clearance [m] at every pose (N, H, W): at the best place across the heading.

    The robot is not bound to the middle of a cell, so half of one to both sides counts too.

    Args:
        distance_m: To the nearest thing, on cells `fine_per_cell` times as fine.
        discs, boundary: Of the footprint, see `clearance_at`.
        sizes_m: Radius of the circle around the footprint, half the gap between boundary points,
            clearance from which on no place beside is looked at.
        least_far_m: Less than the one is told as nothing, more than the other as that.
    """
    n_rows, n_cols = shape
    circle_m, half_gap_m, beside_m = sizes_m
    least_m, far_m = least_far_m
    inner_m = discs[:, 2].min()
    aside = 0.5 * fine_per_cell
    clearance = np.empty((len(headings_rad), n_rows, n_cols), dtype=np.float32)
    for i in range(n_rows):
        for j in range(n_cols):
            col = (j + 0.5) * fine_per_cell - 0.5
            row = (i + 0.5) * fine_per_cell - 0.5
            centre_m = bilinear(distance_m, col, row)
            if centre_m - circle_m >= far_m:
                clearance[:, i, j] = far_m
                continue
            clearance[:, i, j] = 0.0
            if centre_m - inner_m < least_m - 0.02:
                continue
            for h in range(len(headings_rad)):
                cos, sin = math.cos(headings_rad[h]), math.sin(headings_rad[h])
                most = clearance_at(
                    distance_m, col, row, (cos, sin), discs, boundary, half_gap_m, far_m
                )
                if abs(most) < beside_m:
                    for k in (-aside, aside):
                        c, r = col - k * sin, row + k * cos
                        here = clearance_at(
                            distance_m, c, r, (cos, sin), discs, boundary, half_gap_m, far_m
                        )
                        most = max(most, here)
                clearance[h, i, j] = max(most, 0.0)
    return clearance


@compiled
def with_room(values: NDArray[Any], n: int) -> NDArray[Any]:
    """The same if there is room for four more than n, else one twice as long (N,)."""
    if n + 4 <= len(values):
        return values
    longer = np.empty(2 * len(values), dtype=values.dtype)
    longer[: len(values)] = values
    return longer


@compiled
def push(
    heap_key: Float32Array, heap_item: NDArray[np.int32], n: int, key: float, item: int
) -> int:
    """Add to a binary heap of n entries; returns the new number."""
    k = n
    while k > 0:
        parent = (k - 1) // 2
        if heap_key[parent] <= key:
            break
        heap_key[k], heap_item[k] = heap_key[parent], heap_item[parent]
        k = parent
    heap_key[k], heap_item[k] = key, item
    return n + 1


@compiled
def pop(heap_key: Float32Array, heap_item: NDArray[np.int32], n: int) -> int:
    """Take the least entry off a binary heap of n; it is left at index n - 1, returned."""
    least_key, least_item = heap_key[0], heap_item[0]
    n -= 1
    key, item = heap_key[n], heap_item[n]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= n:
            break
        if child + 1 < n and heap_key[child + 1] < heap_key[child]:
            child += 1
        if heap_key[child] >= key:
            break
        heap_key[k], heap_item[k] = heap_key[child], heap_item[child]
        k = child
    heap_key[k], heap_item[k] = key, item
    heap_key[n], heap_item[n] = least_key, least_item
    return n


@compiled
def came_from(
    pose: int,
    move: int,
    shape: tuple[int, int, int],
    steps_rc: NDArray[np.intp],
    straight_s: FloatArray,
    turn_s: FloatArray,
) -> tuple[int, float]:
    """The pose that one of four moves brings to a pose, -1 outside, and the time of the move.

    Moves are driving forward, backward, turning right and left.
    """
    n_cells = shape[1] * shape[2]
    h, cell = pose // n_cells, pose % n_cells
    if move < 2:
        back = 1 if move == 0 else -1
        r = cell // shape[2] - back * steps_rc[h, 1]
        c = cell % shape[2] - back * steps_rc[h, 0]
        if r < 0 or r >= shape[1] or c < 0 or c >= shape[2]:
            return -1, 0.0
        return h * n_cells + r * shape[2] + c, straight_s[move, h]
    g = (h + (1 if move == 2 else shape[0] - 1)) % shape[0]
    return g * n_cells + cell, turn_s[h if move == 2 else g]


@compiled
def times_to_go(
    price: Float32Array,
    seed_s: Float32Array,
    steps_rc: NDArray[np.intp],
    straight_s: FloatArray,
    turn_s: FloatArray,
    stop: tuple[int, float],
) -> Float32Array:
    """Least time [s] from every pose (N, H, W) to a seed, `inf` where there is no way.

    Dijkstra backward from the seeds: whoever is at a pose came there by driving forward or
    backward along the heading, or by turning in place to one of its neighbours.

    Args:
        price: Factor on the time of what begins or ends at a pose, `inf` where it is shut.
        seed_s: Time from the seeds on, `inf` elsewhere.
        steps_rc: Cells (column, row) that a step along each heading covers, shape (N, 2).
        straight_s: Time of such a step forward and backward, shape (2, N).
        turn_s: Time from each heading to the next one, shape (N,).
        stop: Flat index of a pose, and how much further [s] than it the search goes; poses
            beyond are as far as that.
    """
    flat_price, flat_seed = price.reshape(-1), seed_s.reshape(-1)
    time_s = np.full(len(flat_price), np.inf, dtype=np.float32)
    heap_key = np.empty(_HEAP_SIZE, dtype=np.float32)
    heap_item = np.empty(_HEAP_SIZE, dtype=np.int32)
    n, end_s = 0, np.inf
    for pose in range(len(time_s)):
        if flat_seed[pose] < np.inf and flat_price[pose] < np.inf:
            time_s[pose] = flat_seed[pose]
            heap_key, heap_item = with_room(heap_key, n), with_room(heap_item, n)
            n = push(heap_key, heap_item, n, time_s[pose], pose)
    while n > 0:
        n = pop(heap_key, heap_item, n)
        key, pose = heap_key[n], heap_item[n]
        if key > end_s:
            break
        if key > time_s[pose]:
            continue
        if pose == stop[0]:
            end_s = key + stop[1]
        heap_key, heap_item = with_room(heap_key, n), with_room(heap_item, n)
        for move in range(4):
            other, cost_s = came_from(pose, move, price.shape, steps_rc, straight_s, turn_s)
            if other < 0:
                continue
            price_here = np.float32(0.5) * (flat_price[pose] + flat_price[other])
            new_s = np.float32(key + price_here * cost_s)
            if new_s < time_s[other]:
                time_s[other] = new_s
                n = push(heap_key, heap_item, n, float(new_s), other)
    if end_s < np.inf:
        for pose in range(len(time_s)):
            if flat_price[pose] < np.inf:
                time_s[pose] = min(time_s[pose], end_s)
    return time_s.reshape(price.shape)


@compiled
def read_poses(
    time_s: Float32Array,
    x: Float32Array,
    y: Float32Array,
    yaw: Float32Array,
    place: tuple[float, float, float],
) -> Float32Array:
    """Time to go at poses (K, T), between cells and headings; beyond the lattice as at its edge.

    Args:
        time_s: Finite, shape (N, H, W).
        place: Cells per metre, and column and row of x = y = 0.
    """
    n_headings = time_s.shape[0]
    per_rad = n_headings / (2.0 * math.pi)
    out = np.empty(x.shape, dtype=np.float32)
    for k in range(x.shape[0]):
        for t in range(x.shape[1]):
            col, row = x[k, t] * place[0] + place[1], y[k, t] * place[0] + place[2]
            along = (yaw[k, t] % (2.0 * math.pi)) * per_rad
            h = min(int(along), n_headings - 1)
            share = along - h
            low = bilinear(time_s[h], col, row)
            high = bilinear(time_s[(h + 1) % n_headings], col, row)
            out[k, t] = low * (1.0 - share) + high * share
    return out
