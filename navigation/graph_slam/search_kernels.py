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
def best_shift(
    points_m: FloatArray,
    levels: UInt8Array,
    origin_m: FloatArray,
    resolution_m: float,
    guess: FloatArray,
    yaws: FloatArray,
    reach_cells: int,
    penalty: FloatArray,
    exclude: FloatArray,
    score_min: float,
    nodes_max: int,
) -> tuple[float, FloatArray, int]:
    """Best score, pose (3,) and nodes looked at, over yaws (Y,) and shifts of up to `reach_cells`.

    Depth first, the more promising first (Hess et al., "Real-time loop closure in 2D lidar SLAM",
    2016, algorithm 3). Level h of `levels` (L, H, W) holds at each cell the maximum over the
    2^h x 2^h cells from it on, an upper bound of all shifts in that block.

    Args:
        points_m: Hits in the robot frame, shape (N, 2).
        guess: Pose (3,) in the frame of the field.
        penalty: Taken from the score per cell^2 and rad^2 away from the guess, shape (2,).
        exclude: Pose (3,), distance [m] and angle [rad] of a place that is not looked for, (5,).
        score_min: Lower scores are not looked for; the result is then -1.
        nodes_max: Bound on the work; the best so far is returned.
    """
    n, top = len(points_m), len(levels) - 1
    rows = np.empty((len(yaws), n), dtype=np.int32)
    cols = np.empty((len(yaws), n), dtype=np.int32)
    for k in range(len(yaws)):
        c, s = math.cos(yaws[k]), math.sin(yaws[k])
        for i in range(n):
            x = guess[0] + c * points_m[i, 0] - s * points_m[i, 1]
            y = guess[1] + s * points_m[i, 0] + c * points_m[i, 1]
            cols[k, i] = math.floor((x - origin_m[0]) / resolution_m)
            rows[k, i] = math.floor((y - origin_m[1]) / resolution_m)
    size = 1 << top
    n_side = (2 * reach_cells) // size + 1
    n_top = len(yaws) * n_side * n_side
    scores = np.empty(n_top)
    for k in range(len(yaws)):
        turn = penalty[1] * (yaws[k] - guess[2]) ** 2
        for a in range(n_side):
            dr = a * size - reach_cells
            for b in range(n_side):
                dc = b * size - reach_cells
                away = penalty[0] * (_least_square(dr, size) + _least_square(dc, size))
                score = _shifted_mean(levels[top], rows[k], cols[k], dr, dc) - turn - away
                scores[(k * n_side + a) * n_side + b] = score
    order = np.argsort(-scores)
    best, best_pose = score_min, guess.copy()
    is_found = False
    n_nodes = n_top
    stack = np.empty((4 * (top + 1) + 4, 4), dtype=np.int32)
    stack_score = np.empty(len(stack))
    children = np.empty((4, 2), dtype=np.int32)
    child_score = np.empty(4)
    for place in order:
        if scores[place] <= best or n_nodes > nodes_max:
            break
        k = place // (n_side * n_side)
        stack[0, 0] = top
        stack[0, 1] = (place // n_side) % n_side * size - reach_cells
        stack[0, 2] = place % n_side * size - reach_cells
        stack_score[0] = scores[place]
        depth = 1
        turn = penalty[1] * (yaws[k] - guess[2]) ** 2
        while depth > 0:
            depth -= 1
            if stack_score[depth] <= best:
                continue
            height, dr, dc = stack[depth, 0], stack[depth, 1], stack[depth, 2]
            if height == 0:
                x, y = guess[0] + dc * resolution_m, guess[1] + dr * resolution_m
                turned = (yaws[k] - exclude[2] + math.pi) % (2.0 * math.pi) - math.pi
                near = math.hypot(x - exclude[0], y - exclude[1]) < exclude[3]
                if near and abs(turned) < exclude[4]:
                    continue
                if abs(dr) <= reach_cells and abs(dc) <= reach_cells:
                    best, is_found = stack_score[depth], True
                    best_pose[0], best_pose[1], best_pose[2] = x, y, yaws[k]
                continue
            half = 1 << (height - 1)
            for child in range(4):
                r, c2 = dr + (child >> 1) * half, dc + (child & 1) * half
                children[child, 0], children[child, 1] = r, c2
                away = penalty[0] * (_least_square(r, half) + _least_square(c2, half))
                mean = _shifted_mean(levels[height - 1], rows[k], cols[k], r, c2)
                child_score[child] = mean - turn - away
            n_nodes += 4
            for child in np.argsort(child_score):  # the best is popped first
                if child_score[child] > best:
                    stack[depth, 0] = height - 1
                    stack[depth, 1], stack[depth, 2] = children[child, 0], children[child, 1]
                    stack_score[depth] = child_score[child]
                    depth += 1
    return (best if is_found else -1.0), best_pose, n_nodes
