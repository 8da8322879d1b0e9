"""The published problems of a grid map: a point that goes from centre to centre of cells."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from benchmarks.common import Row
from benchmarks.global_planner_data import BoolGrid, Case, Problem, load_grid
from benchmarks.global_planner_peers import length_of, pyastar_path, skimage_path, timed
from benchmarks.global_planner_validity import ShutCells
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import survey
from navigation.global_planner.path_only import shortest_corners
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, OCCUPIED, MapSnapshot

_N_PROBLEMS = 200
_N_FIELDS = 20  # of them also with the whole field, and with scikit-image
_N_RUNS = 3
_POINT = GlobalPlannerConfig(margin_m=0.0, narrow_price=1.0, shortcut_slack=0.0)
_TOUCH = 1e-9


def run_grid(case: Case) -> Row:
    """Lengths as shares of the published optimum, times, and how many ways are valid."""
    is_open, problems = load_grid(case.path)
    shut = ShutCells(~is_open)
    row: Row = {key: [] for key in _LISTS}
    chosen = _spread_out(problems, _N_PROBLEMS)
    _paths(row, is_open, shut, chosen)
    _fields(row, is_open, shut, _spread_out(chosen, _N_FIELDS))
    return row


_LISTS = (
    "solved", "valid", "length", "straight", "search_ms", "pyastar_ms", "pyastar_length",
    "pyastar_valid", "field_ms", "field_length", "skimage_ms", "skimage_length", "skimage_valid",
)  # fmt: skip


def _paths(row: Row, is_open: BoolGrid, shut: ShutCells, problems: list[Problem]) -> None:
    """The path alone, beside pyastar2d, on a map that is ready for either."""
    ground = survey(_request(is_open, problems[0]), is_unknown_open=False)
    border = np.array(ground.spec.cell_rc(0.5, 0.5))  # the survey adds unseen cells all round
    costs = np.where(is_open, np.float32(1.0), np.float32(np.inf))
    for i, problem in enumerate(problems):
        start, goal = (
            (int(cell[0] + border[0]), int(cell[1] + border[1]))
            for cell in (problem.start_rc, problem.goal_rc)
        )
        is_connected = ground.region[start] == ground.region[goal] > 0
        row["solved"].append(bool(is_connected))
        if not is_connected:
            continue
        if i == 0:
            shortest_corners(ground, start, goal, 0.0)  # compiled or read from the cache
        corners_rc, search_ms = timed(partial(shortest_corners, ground, start, goal, 0.0), _N_RUNS)
        path, pyastar_ms = timed(
            partial(pyastar_path, costs, problem.start_rc, problem.goal_rc), _N_RUNS
        )
        row["search_ms"].append(search_ms)
        row["pyastar_ms"].append(pyastar_ms)
        row["straight"].append(math.dist(problem.start_rc, problem.goal_rc) / problem.optimum)
        _note(row, "", (corners_rc - border).astype(np.float64), problem, shut)
        _note(row, "pyastar_", path, problem, shut)


def _fields(row: Row, is_open: BoolGrid, shut: ShutCells, problems: list[Problem]) -> None:
    """The whole query with its field; scikit-image; and the published length, found again."""
    costs = np.where(is_open, np.float32(1.0), np.float32(np.inf))
    slowness = np.where(is_open, 1.0, np.inf)
    errors = []
    for problem in problems:
        request = _request(is_open, problem)
        found, field_ms = timed(partial(plan, request), 1)
        row["field_ms"].append(field_ms)
        row["field_length"].append(found.length_m / problem.optimum)
        row["solved"].append(found.is_found)
        row["valid"].append(found.is_found and not shut.is_touched(found.path_map_m, _TOUCH))
        path, skimage_ms = timed(partial(skimage_path, costs, problem.start_rc, problem.goal_rc), 1)
        row["skimage_ms"].append(skimage_ms)
        _note(row, "skimage_", path, problem, shut)
        eight = TravelTime(slowness, 1.0, problem.start_rc, may_leap=False)
        errors.append(abs(float(eight.time_s[problem.goal_rc]) / problem.optimum - 1.0))
    row["published_error"] = max(errors)


def _note(
    row: Row, prefix: str, path_rc: FloatArray | None, problem: Problem, shut: ShutCells
) -> None:
    """Whether a way from centre to centre is valid, and how long it is if there is one."""
    ends = (*problem.start_rc, *problem.goal_rc)
    is_whole = path_rc is not None and (*path_rc[0], *path_rc[-1]) == ends
    if path_rc is None or not is_whole:
        row[f"{prefix}valid"].append(False)
        return
    row[f"{prefix}valid"].append(not shut.is_touched(path_rc[:, ::-1] + 0.5, _TOUCH))
    row[f"{prefix}length"].append(length_of(path_rc) / problem.optimum)


def _request(is_open: BoolGrid, problem: Problem) -> GlobalPlanRequest:
    """The problem for a robot without size, in cells of 1 m."""
    cells = np.where(is_open, np.uint8(FREE), np.uint8(OCCUPIED))
    (r0, c0), (r1, c1) = problem.start_rc, problem.goal_rc
    return GlobalPlanRequest(
        MapSnapshot(GridSpec(0.0, 0.0, 1.0, *cells.shape), cells, 1),
        SE2(c0 + 0.5, r0 + 0.5, 0.0),
        np.array([c1 + 0.5, r1 + 0.5]),
        goal_tolerance_m=0.0,
        inscribed_radius_m=0.0,
        circumscribed_radius_m=0.0,
        config=_POINT,
    )


def _spread_out(problems: list[Problem], n: int) -> list[Problem]:
    """At most n, evenly from first to last: they come sorted by length."""
    if len(problems) <= n:
        return problems
    return [problems[i] for i in np.linspace(0, len(problems) - 1, n).astype(int)]
