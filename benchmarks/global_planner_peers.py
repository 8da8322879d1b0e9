"""The peers, each given a cost per cell (H, W), `inf` where shut, at least 1; and how to time them.

A path is cells (N, 2) of (row, column), or nothing where the peer finds none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pyastar2d
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from benchmarks.global_planner_data import Cell
from homebody.geometry import FloatArray

T = TypeVar("T")


def pyastar_path(costs: NDArray[np.float32], start_rc: Cell, goal_rc: Cell) -> FloatArray | None:
    """A* over 8 neighbours where a step costs the cell that it enters, diagonal or not."""
    path = pyastar2d.astar_path(costs, start_rc, goal_rc, allow_diagonal=True)
    return None if path is None else np.asarray(path, dtype=np.float64)


def skimage_path(costs: NDArray[np.float32], start_rc: Cell, goal_rc: Cell) -> FloatArray | None:
    """Dijkstra over 8 neighbours until the goal is reached."""
    search = MCP_Geometric(np.where(np.isfinite(costs), costs, -1.0))
    times, _ = search.find_costs([start_rc], [goal_rc])
    if not np.isfinite(times[goal_rc]):
        return None
    return np.asarray(search.traceback(goal_rc), dtype=np.float64)


def timed(work: Callable[[], T], n_runs: int) -> tuple[T, float]:
    """The result and the median time [ms] of some runs."""
    times_ms = []
    for _ in range(n_runs):
        start_s = time.perf_counter()
        result = work()
        times_ms.append(1e3 * (time.perf_counter() - start_s))
    return result, float(np.median(times_ms))


def length_of(points: FloatArray) -> float:
    """Length of a polyline (N, 2)."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
