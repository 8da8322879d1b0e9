"""From room to room in a home at 5 cm, for the default body and its footprint."""

from __future__ import annotations

import itertools
import math
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.common import Row
from benchmarks.global_planner_data import Case, Cell, load_map, room_cells
from benchmarks.global_planner_peers import length_of, pyastar_path, skimage_path, timed
from benchmarks.global_planner_replan import replan_rows
from benchmarks.global_planner_validity import ShutCells
from homebody.errors import HomeError
from homebody.geometry import SE2, FloatArray
from homebody.messages import default_body
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import Ground, survey
from navigation.global_planner.path_only import plan_path, shortest_corners
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import OCCUPIED, MapSnapshot

_N_QUERIES = 24
_N_ROOMS_LEAST = 4
_N_RUNS = 3
_SLIVER = -1e-6  # a path that only meets the corner of a cell has not been in it
_LISTS = (
    "solved", "valid", "length", "field_length", "straight", "field_ms", "path_ms", "search_ms",
    "kernel_ms", "pyastar_ms", "pyastar_length", "pyastar_valid", "skimage_ms", "skimage_length",
    "skimage_valid",
)  # fmt: skip


def run_home(case: Case) -> Row:
    """Lengths as multiples of the straight line, times, and how many ways are valid."""
    snapshot = load_map(case.path)
    rng = np.random.default_rng(case.seed)
    some_m = snapshot.spec.centres_m(np.argwhere(snapshot.cells == 0)[:1])
    if not len(some_m):
        raise HomeError(case.path, "floor", 0, "some that the robot can reach")
    own = _own_ground(snapshot, _request(snapshot, some_m[0], some_m[0]))
    cells = room_cells(snapshot, own, rng, _N_ROOMS_LEAST)
    pairs = [(a, b) for a, b in itertools.permutations(cells, 2) if math.dist(a, b) > 10.0]
    if not pairs:
        raise HomeError(case.path, "rooms", len(cells), "two places 0.5 m from each other")
    spec = snapshot.spec
    row: Row = {key: [] for key in _LISTS} | {"size_m": max(spec.width_m, spec.height_m)}
    shut = ShutCells(_shut(snapshot))
    for i in rng.permutation(len(pairs))[:_N_QUERIES]:
        _query(row, snapshot, shut, pairs[i])
    longest = max(pairs, key=lambda pair: math.dist(*pair))
    ends_m = (spec.centres_m(np.array(cell)) for cell in longest)
    return row | replan_rows(_request(snapshot, *ends_m), rng)


def _query(row: Row, snapshot: MapSnapshot, shut: ShutCells, ends: tuple[Cell, Cell]) -> None:
    spec = snapshot.spec
    start_m, goal_m = (spec.centres_m(np.array(cell)) for cell in ends)
    request = _request(snapshot, start_m, goal_m)
    plan(request), plan_path(request)  # compiled or read from the cache
    whole, field_ms = timed(lambda: plan(request), _N_RUNS)
    alone, path_ms = timed(lambda: plan_path(request), _N_RUNS)
    row["field_ms"].append(field_ms)
    row["path_ms"].append(path_ms)
    straight_m = float(np.linalg.norm(goal_m - start_m))
    row["straight"].append(1.0)
    row["solved"] += [whole.is_found, alone.is_found]
    for path_m, key in ((whole.path_map_m, "field_length"), (alone.path_map_m, "length")):
        is_there = len(path_m) > 0
        cells = (path_m - (spec.origin_x_m, spec.origin_y_m)) / spec.resolution_m
        row["valid"].append(is_there and not shut.is_touched(cells, _SLIVER))
        if is_there:
            row[key].append(length_of(path_m) / straight_m)
    _peers(row, request, shut, straight_m)


def _peers(row: Row, request: GlobalPlanRequest, shut: ShutCells, straight_m: float) -> None:
    """All searches on the same ready ground, from the same cell to the same cell."""
    ground = survey(request, is_unknown_open=False)
    spec = ground.spec
    start = spec.cell_rc(request.T_map_robot.x_m, request.T_map_robot.y_m)
    goal = spec.cell_rc(float(request.goal_map_m[0]), float(request.goal_map_m[1]))
    slack = request.config.shortcut_slack
    costs = (ground.slowness_s_m * request.speed_max_m_s).astype(np.float32)
    _, search_ms = timed(lambda: shortest_corners(ground, start, goal, slack), _N_RUNS)
    _, kernel_ms = timed(lambda: TravelTime(ground.slowness_s_m, spec.resolution_m, goal), _N_RUNS)
    row["search_ms"].append(search_ms)
    row["kernel_ms"].append(kernel_ms)
    offset = np.array(request.snapshot.spec.cell_rc(*_origin_centre(ground)))
    for name, peer in (("pyastar", pyastar_path), ("skimage", skimage_path)):
        path, peer_ms = timed(
            partial(peer, costs, start, goal), _N_RUNS if name == "pyastar" else 1
        )
        row[f"{name}_ms"].append(peer_ms)
        is_there = path is not None
        xy = (path + offset)[:, ::-1] + 0.5 if path is not None else np.zeros((0, 2))
        row[f"{name}_valid"].append(is_there and not shut.is_touched(xy, _SLIVER))
        if is_there:
            row[f"{name}_length"].append(length_of(xy) * spec.resolution_m / straight_m)


def _origin_centre(ground: Ground) -> tuple[float, float]:
    x_m, y_m = ground.spec.centres_m(np.zeros(2))
    return float(x_m), float(y_m)


def _own_ground(snapshot: MapSnapshot, request: GlobalPlanRequest) -> NDArray[np.bool_]:
    """Cells of the largest connected ground, over the map's own grid."""
    ground = survey(request, is_unknown_open=False)
    sizes = np.bincount(ground.region.ravel())
    sizes[0] = 0
    rc = np.argwhere(ground.region == int(np.argmax(sizes)))
    rc += np.array(snapshot.spec.cell_rc(*_origin_centre(ground)))
    out = np.zeros(snapshot.cells.shape, dtype=np.bool_)
    rc = rc[snapshot.spec.contains(rc)]
    out[rc[:, 0], rc[:, 1]] = True
    return out


def _shut(snapshot: MapSnapshot) -> NDArray[np.bool_]:
    """Where the inscribed circle does not fit, by SciPy's exact distances."""
    away = ndimage.distance_transform_edt(snapshot.cells != OCCUPIED)
    return np.asarray(away * snapshot.spec.resolution_m < default_body().inscribed_radius_m)


def _request(snapshot: MapSnapshot, start_m: FloatArray, goal_m: FloatArray) -> GlobalPlanRequest:
    body = default_body()
    return GlobalPlanRequest(
        snapshot,
        SE2(float(start_m[0]), float(start_m[1]), 0.0),
        goal_m,
        inscribed_radius_m=body.inscribed_radius_m,
        circumscribed_radius_m=body.circumscribed_radius_m,
    )
