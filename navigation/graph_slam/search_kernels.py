"""The inner loop of the search over poses, compiled: scores by whole cells, best first with bounds.

Arrays are C-contiguous; nothing is checked here. An exhaustive reference is in the tests.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled

UInt8Array = NDArray[np.uint8]


@compiled
def _shifted_mean(
    level: UInt8Array, rows: NDArray[np.int32], cols: NDArray[np.int32], dr: int, dc: int
) -> float:
    """Mean of the cells shifted by whole cells; zero outside."""
    n_rows, n_cols = level.shape
    total = 0
    for i in range(len(rows)):
        r, c = rows[i] + dr, cols[i] + dc
        if r >= 0 and c >= 0 and r < n_rows and c < n_cols:
            total += level[r, c]
    return total / (255.0 * len(rows))


@compiled
def _least_square(first: int, size: int) -> float:
    """Smallest square of the whole numbers first ... first + size - 1."""
    if first > 0:
        return float(first * first)
    last = first + size - 1
    return float(last * last) if last < 0 else 0.0


@compiled
def _cells_of(
    points_m: FloatArray,
    yaws: FloatArray,
    guess: FloatArray,
    origin_m: FloatArray,
    resolution_m: float,
) -> NDArray[np.int32]:
    """Row and column of each point (N, 2) at the guess's place and each yaw, (2, Y, N)."""
    cells = np.empty((2, len(yaws), len(points_m)), dtype=np.int32)
    for k in range(len(yaws)):
        c, s = math.cos(yaws[k]), math.sin(yaws[k])
        for i in range(len(points_m)):
            x = guess[0] + c * points_m[i, 0] - s * points_m[i, 1]
            y = guess[1] + s * points_m[i, 0] + c * points_m[i, 1]
            cells[0, k, i] = math.floor((y - origin_m[1]) / resolution_m)
            cells[1, k, i] = math.floor((x - origin_m[0]) / resolution_m)
    return cells


@compiled
def _is_excluded(x_m: float, y_m: float, yaw_rad: float, exclude: FloatArray) -> bool:
    """Whether a pose is within distance and angle of one of the excluded (E, 5)."""
    for e in range(len(exclude)):
        turned = (yaw_rad - exclude[e, 2] + math.pi) % (2.0 * math.pi) - math.pi
        near = math.hypot(x_m - exclude[e, 0], y_m - exclude[e, 1]) < exclude[e, 3]
        if near and abs(turned) < exclude[e, 4]:
            return True
    return False


@compiled
def _top_scores(
    level: UInt8Array,
    cells: NDArray[np.int32],
    turns: FloatArray,
    reach: int,
    size: int,
    away: float,
) -> FloatArray:
    """Bounds of the blocks of shifts that cover the window, for each yaw, (Y * n * n,)."""
    n_side = (2 * reach) // size + 1
    scores = np.empty(len(turns) * n_side * n_side)
    for k in range(len(turns)):
        for a in range(n_side):
            dr = a * size - reach
            for b in range(n_side):
                dc = b * size - reach
                taken = turns[k] + away * (_least_square(dr, size) + _least_square(dc, size))
                mean = _shifted_mean(level, cells[0, k], cells[1, k], dr, dc)
                scores[(k * n_side + a) * n_side + b] = mean - taken
    return scores


@compiled
def _descend(
    levels: UInt8Array,
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    block: tuple[int, int, float],
    best: float,
    turn: float,
    away: float,
    frame: FloatArray,
    reach: int,
    exclude: FloatArray,
) -> tuple[float, int, int, int]:
    """Best score above `best` within a top block, its shift in rows and columns, and nodes seen.

    Args:
        block: First row and column shift, and its bound.
        frame: Guess x, y, this yaw and the resolution, (4,), to tell excluded poses.
    """
    top = len(levels) - 1
    stack = np.empty((4 * (top + 1) + 4, 3), dtype=np.int32)
    bounds = np.empty(len(stack))
    score = np.empty(4)
    stack[0, 0], stack[0, 1], stack[0, 2], bounds[0] = top, block[0], block[1], block[2]
    depth, n_nodes, best_row, best_col = 1, 0, 0, 0
    while depth > 0:
        depth -= 1
        height, dr, dc = stack[depth, 0], stack[depth, 1], stack[depth, 2]
        if bounds[depth] <= best:
            continue
        if height == 0:
            x, y = frame[0] + dc * frame[3], frame[1] + dr * frame[3]
            inside = abs(dr) <= reach and abs(dc) <= reach
            if inside and not _is_excluded(x, y, frame[2], exclude):
                best, best_row, best_col = bounds[depth], dr, dc
            continue
        half = 1 << (height - 1)
        for child in range(4):
            r, c = dr + (child >> 1) * half, dc + (child & 1) * half
            taken = turn + away * (_least_square(r, half) + _least_square(c, half))
            score[child] = _shifted_mean(levels[height - 1], rows, cols, r, c) - taken
        n_nodes += 4
        for child in np.argsort(score):  # the best is popped first
            if score[child] > best:
                stack[depth, 0] = height - 1
                stack[depth, 1] = dr + (child >> 1) * half
                stack[depth, 2] = dc + (child & 1) * half
                bounds[depth] = score[child]
                depth += 1
    return best, best_row, best_col, n_nodes


@compiled
def best_shift(
    points_m: FloatArray,
    levels: UInt8Array,
    origin_m: FloatArray,
    resolution_m: float,
    guess: FloatArray,
    yaws: FloatArray,
    reach: int,
    penalty: tuple[float, float],
    exclude: FloatArray,
    score_min: float,
    nodes_max: int,
) -> tuple[float, FloatArray, int]:
    """Best score, pose (3,) and nodes looked at, over yaws (Y,) and shifts of up to `reach` cells.

    Depth first, the more promising first (Hess et al., "Real-time loop closure in 2D lidar SLAM",
    2016, algorithm 3). Level h of `levels` (L, H, W) holds at each cell the maximum over the
    2^h x 2^h cells from it on, an upper bound of all shifts in that block.

    Args:
        points_m: Hits in the robot frame, shape (N, 2).
        guess: Pose (3,) in the frame of the field.
        penalty: Taken from the score per cell^2 and per rad^2 away from the guess.
        exclude: Poses, distances [m] and angles [rad] that are not looked for, (E, 5).
        score_min: Lower scores are not looked for; the result is then -1.
        nodes_max: Bound on the work; the best so far is returned.
    """
    cells = _cells_of(points_m, yaws, guess, origin_m, resolution_m)
    turns = penalty[1] * (yaws - guess[2]) ** 2
    top = len(levels) - 1
    size = 1 << top
    n_side = (2 * reach) // size + 1
    scores = _top_scores(levels[top], cells, turns, reach, size, penalty[0])
    best, pose, n_nodes = score_min, guess.copy(), len(scores)
    frame = np.array([guess[0], guess[1], 0.0, resolution_m])
    is_found = False
    for place in np.argsort(-scores):
        if scores[place] <= best or n_nodes > nodes_max:
            break
        k = place // (n_side * n_side)
        frame[2] = yaws[k]
        row = (place // n_side) % n_side * size - reach
        block = (row, place % n_side * size - reach, scores[place])
        score, dr, dc, n = _descend(
            levels, cells[0, k], cells[1, k], block, best, turns[k], penalty[0], frame, reach,
            exclude,
        )  # fmt: skip
        n_nodes += n
        if score > best:
            best, is_found = score, True
            pose[0], pose[1] = guess[0] + dc * resolution_m, guess[1] + dr * resolution_m
            pose[2] = yaws[k]
    return (best if is_found else -1.0), pose, n_nodes
