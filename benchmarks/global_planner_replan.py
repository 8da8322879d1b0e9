"""Planning again after a small change of the map, with what is left of the last plan and without.

On each home the robot drives its longest query. At places along it a box of 20 cm has appeared: in
its way 1 m ahead, then somewhere else on the floor. Both plans must be equal in every bit.
"""

from __future__ import annotations

import math
import time

import numpy as np

from benchmarks.common import Row
from homebody.geometry import SE2, FloatArray
from navigation.global_planner.memory import FieldMemory
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, OCCUPIED, GlobalPlan, MapSnapshot

_N_CHANGES = 8
_AHEAD_M = 1.0  # the box is found when the robot is so near to it
_BOX_CELLS = 4
_LISTS = ("replan_ms", "anew_ms", "replan_equal", "replan_repaired")


def replan_rows(request: GlobalPlanRequest, rng: np.random.Generator) -> Row:
    """Times [ms] of each plan after a change, and whether all plans were equal."""
    row: Row = {f"{kind}{key}": [] for kind in ("", "aside_") for key in _LISTS}
    memory = FieldMemory()
    first = plan(request, memory)
    if not first.is_found or first.length_m < 2.0 * _AHEAD_M:
        return row
    plan(request, memory)
    snapshot = request.snapshot
    floor_m = snapshot.spec.centres_m(np.argwhere(snapshot.cells == FREE))
    for at_m in np.linspace(0.1, 0.7, _N_CHANGES) * first.length_m:
        here, ahead = (_point_at(first.path_map_m, at_m + d) for d in (0.0, _AHEAD_M))
        aside = floor_m[rng.integers(len(floor_m))]
        for kind, box in (("", ahead + 0.15), ("aside_", aside)):
            if math.dist(box, here) > _AHEAD_M / 2.0 and math.dist(box, request.goal_map_m) > 0.5:
                snapshot = _with_box(snapshot, box)
                _again(row, kind, _asked(request, snapshot, here), memory)
    return row


def _again(row: Row, kind: str, request: GlobalPlanRequest, memory: FieldMemory) -> None:
    n_repaired = memory.n_repaired
    again, replan_ms = _timed(request, memory)
    anew, anew_ms = _timed(request, None)
    row[f"{kind}replan_ms"].append(replan_ms)
    row[f"{kind}anew_ms"].append(anew_ms)
    row[f"{kind}replan_repaired"].append(memory.n_repaired > n_repaired)
    row[f"{kind}replan_equal"].append(_is_equal(again, anew))


def _timed(request: GlobalPlanRequest, memory: FieldMemory | None) -> tuple[GlobalPlan, float]:
    """A plan and the processor's time for it [ms]: the machine is shared."""
    began_s = time.thread_time()
    found = plan(request, memory)
    return found, 1e3 * (time.thread_time() - began_s)


def _asked(
    request: GlobalPlanRequest, snapshot: MapSnapshot, here: FloatArray
) -> GlobalPlanRequest:
    return GlobalPlanRequest(
        snapshot,
        SE2(float(here[0]), float(here[1]), 0.0),
        request.goal_map_m,
        inscribed_radius_m=request.inscribed_radius_m,
        circumscribed_radius_m=request.circumscribed_radius_m,
    )


def _with_box(snapshot: MapSnapshot, at_m: FloatArray) -> MapSnapshot:
    cells = snapshot.cells.copy()
    row, col = snapshot.spec.cell_rc(float(at_m[0]), float(at_m[1]))
    cells[max(row, 0) : row + _BOX_CELLS, max(col, 0) : col + _BOX_CELLS] = OCCUPIED
    return MapSnapshot(snapshot.spec, cells, snapshot.revision + 1)


def _point_at(path_m: FloatArray, at_m: float) -> FloatArray:
    legs_m = np.linalg.norm(np.diff(path_m, axis=0), axis=1)
    travelled_m = np.concatenate([[0.0], np.cumsum(legs_m)])
    return np.array([np.interp(at_m, travelled_m, path_m[:, axis]) for axis in (0, 1)])


def _is_equal(a: GlobalPlan, b: GlobalPlan) -> bool:
    if a.cost_to_go is None or b.cost_to_go is None:
        return a.reason == b.reason
    is_same = np.array_equal(a.cost_to_go.time_s, b.cost_to_go.time_s)
    return is_same and np.array_equal(a.path_map_m, b.path_map_m)
