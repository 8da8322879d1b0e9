"""Search for a pose by trying: every yaw and shift of a window, scored on the likelihood field.

Olson, "Real-time correlative scan matching" (2009): scores on a coarse field that is an upper
bound of the fine one (maximum over blocks), then fine scores around the best few only.
Cost, 90 beams: 5 ms for +-0.3 m and +-0.3 rad; 0.1 s for +-3 m and any yaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from navigation.slam.likelihood import LikelihoodField


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pose and the mean likelihood of the hits there."""

    T_map_robot: SE2
    score: float


def correlative_search(
    points_robot_m: FloatArray,
    field: LikelihoodField,
    T_map_guess: SE2,
    *,
    reach_m: float,
    reach_rad: float,
    n_best: int = 3,
) -> list[Candidate]:
    """The best poses, apart from one another, within a window about a guess; best first.

    Args:
        points_robot_m: Hits in the robot frame, shape (N, 2).
        field: Must reach as far as the hits do from anywhere in the window.
    """
    resolution_m = field.spec.resolution_m
    range_m = max(1.0, float(np.percentile(np.linalg.norm(points_robot_m, axis=1), 90)))
    block = 1 if reach_m <= 8 * resolution_m else 4
    coarse = field.values if block == 1 else _block_maximum(field.values, block)
    yaw_step = max(1.5 * block * resolution_m / range_m, 0.01)
    yaws = T_map_guess.yaw_rad + _offsets(reach_rad, yaw_step)
    shifts = _offsets(reach_m, block * resolution_m)
    scores = _scores(points_robot_m, LikelihoodField(field.spec, coarse), T_map_guess, yaws, shifts)
    found = _peaks(scores, yaws, shifts, T_map_guess, 3 * n_best if block > 1 else n_best)
    if block == 1:
        return found
    refined = [
        correlative_search(
            points_robot_m,
            field,
            c.T_map_robot,
            reach_m=block * resolution_m,
            reach_rad=yaw_step,
            n_best=1,
        )[0]
        for c in found
    ]
    return sorted(refined, key=lambda c: -c.score)[:n_best]


def _offsets(reach: float, step: float) -> FloatArray:
    n = int(np.ceil(reach / step))
    return np.asarray(np.arange(-n, n + 1) * step, dtype=np.float64)


def _block_maximum(values: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    """At each cell the maximum over the cells within a block of it."""
    kernel = np.ones((block + 1, block + 1), dtype=np.uint8)
    return np.asarray(cv2.dilate(values, kernel), dtype=np.float32)


def _scores(
    points_m: FloatArray,
    field: LikelihoodField,
    T_map_guess: SE2,
    yaws: FloatArray,
    shifts: FloatArray,
) -> NDArray[np.float32]:
    """Mean likelihood, shape (yaws, shifts in y, shifts in x).

    One slice of the field per point and yaw would be exact; whole-cell shifts of each point's cell
    are within half a cell of it and need no interpolation.
    """
    spec, values = field.spec, field.values
    n_rows, n_cols = values.shape
    c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    x = T_map_guess.x_m + c * points_m[:, 0] - s * points_m[:, 1]
    y = T_map_guess.y_m + s * points_m[:, 0] + c * points_m[:, 1]
    col = np.floor((x - spec.origin_x_m) / spec.resolution_m).astype(np.int32)
    row = np.floor((y - spec.origin_y_m) / spec.resolution_m).astype(np.int32)
    steps = np.rint(shifts / spec.resolution_m).astype(np.int32)
    reach = int(steps.max(initial=0))
    is_inside = (row >= reach) & (row < n_rows - reach) & (col >= reach) & (col < n_cols - reach)
    base = np.where(is_inside, row * n_cols + col, reach * n_cols + reach)
    offset = (steps[:, None] * n_cols + steps).ravel()
    flat = values.ravel()
    scores = np.empty((len(yaws), len(offset)), dtype=np.float32)
    for k, (cells, inside) in enumerate(zip(base, is_inside, strict=True)):
        scores[k] = flat.take(cells[inside] + offset[:, None]).sum(axis=1)
    shape = (len(yaws), len(steps), len(steps))
    return scores.reshape(shape) * np.float32(1.0 / max(len(points_m), 1))


def _peaks(
    scores: NDArray[np.float32],
    yaws: FloatArray,
    shifts: FloatArray,
    T_map_guess: SE2,
    n_best: int,
) -> list[Candidate]:
    """The best cells of the score volume, each suppressing its neighbours."""
    remaining = scores.copy()
    found: list[Candidate] = []
    for _ in range(n_best):
        k, i, j = (int(n) for n in np.unravel_index(int(np.argmax(remaining)), remaining.shape))
        score = float(remaining[k, i, j])
        if score <= 0.0 and found:
            break
        pose = SE2(T_map_guess.x_m + shifts[j], T_map_guess.y_m + shifts[i], float(yaws[k]))
        found.append(Candidate(pose, score))
        remaining[max(k - 2, 0) : k + 3, max(i - 2, 0) : i + 3, max(j - 2, 0) : j + 3] = -1.0
    return found
