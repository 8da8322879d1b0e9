"""Does the global planner find short ways, and fast enough? Beside pyastar2d and scikit-image.

`python -m benchmarks.global_planner --data DIR` takes every Moving AI map with its problems, every
home found below DIR and the default home. On grid maps a point that may not touch a shut cell goes
the published problems (200 evenly chosen ones a map); in homes the robot goes from room to room.
pyastar2d (every step costs the same, also the diagonal ones) and scikit-image cut corners: theirs
are ways that a robot could not go, and `valid` says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np

from benchmarks.common import EXIT_BAD_USE, Options, Row, Target, choose, finish, main, run_cases
from benchmarks.global_planner_data import GRID, HOME, Case, find_cases
from benchmarks.global_planner_grids import run_grid
from benchmarks.global_planner_homes import run_home
from homebody.errors import HomebodyError

T = TypeVar("T")

_RATIO_MOST = 0.97
_SIZE_MOST_M = 25.0
_COLUMNS = (
    "case", "n", "solved", "valid", "length", "field_ms", "path_ms", "search_ms", "pyastar_ms",
    "skimage_ms", "anew_ms", "replan_ms", "note",
)  # fmt: skip
_MEANS = (
    "solved", "valid", "length", "field_length", "straight", "pyastar_length", "pyastar_valid",
    "skimage_length", "skimage_valid", "field_ms", "search_ms", "pyastar_ms", "skimage_ms",
)  # fmt: skip


def run_case(case: Case) -> Row:
    """All queries of one map; lengths and times are lists, one value a query."""
    cv2.setNumThreads(1)
    about: Row = {"case": case.name, "kind": case.kind, "seed": case.seed}
    try:
        return about | (run_grid if case.kind == GRID else run_home)(case)
    except HomebodyError as problem:
        return about | {"note": str(problem), "skipped": True}


def run(options: Options) -> int:
    """The whole benchmark."""
    if options.data is None:
        print("benchmarks.global_planner: no data; allowed: --data DIR with maps and problems")
        return EXIT_BAD_USE
    cases = choose(find_cases(options.data, options.seed), options.cases, lambda case: case.name)
    rows = run_cases(run_case, cases, options.jobs, "global planner")
    done = [row for row in rows if not row.get("skipped")]
    grids = [row for row in done if row["kind"] == GRID]
    homes = [row for row in done if row["kind"] == HOME]
    summary = _summary(GRID, grids) | _summary(HOME, homes)
    summary |= _replans(homes) | _replans(homes, "aside_")
    summary |= _latencies([row for row in homes if row["size_m"] <= _SIZE_MOST_M])
    targets = _targets(summary, grids, homes)
    lines = [_line(row) for row in rows]
    return finish("global_planner", options, lines, _COLUMNS, summary, targets)


def _summary(kind: str, rows: Sequence[Row]) -> dict[str, float]:
    """Means over all queries of all maps; `speedup` compares the sums of times."""
    if not rows:
        return {}
    summary = {"maps": float(len(rows)), "queries": float(len(_all(rows, "length")))}
    summary |= {key: float(np.mean(_all(rows, key))) for key in _MEANS}
    summary["search_over_pyastar_ms"] = summary["search_ms"] / summary["pyastar_ms"]
    ratios = [np.sum(row["search_ms"]) / np.sum(row["pyastar_ms"]) for row in rows]
    summary["search_over_pyastar_ms_median_map"] = float(np.median(ratios))
    if kind == GRID:
        summary["published_error"] = max(row["published_error"] for row in rows)
    return {f"{kind}_{key}": value for key, value in summary.items()}


def _replans(rows: Sequence[Row], kind: str = "") -> dict[str, float]:
    """A plan after a change of the map, from the last one and from nothing."""
    if not rows or not _all(rows, f"{kind}replan_ms"):
        return {}
    replan_ms = np.array(_all(rows, f"{kind}replan_ms"))
    anew_ms = np.array(_all(rows, f"{kind}anew_ms"))
    found = {
        "replans": float(len(replan_ms)),
        "replan_repaired": float(np.mean(_all(rows, f"{kind}replan_repaired"))),
        "replan_equal": float(np.mean(_all(rows, f"{kind}replan_equal"))),
        "replan_p50_ms": float(np.median(replan_ms)),
        "anew_p50_ms": float(np.median(anew_ms)),
        "anew_over_replan": float(np.sum(anew_ms) / np.sum(replan_ms)),
        "anew_over_replan_median": float(np.median(anew_ms / replan_ms)),
    }
    return {f"{kind}{key}": value for key, value in found.items()}


def _latencies(rows: Sequence[Row]) -> dict[str, float]:
    """What a caller waits for in homes up to 25 x 25 m, the survey of the map included."""
    if not rows:
        return {}
    path_ms, field_ms = _all(rows, "path_ms"), _all(rows, "field_ms")
    return {
        "path_p50_ms": float(np.median(path_ms)),
        "path_p99_ms": float(np.percentile(path_ms, 99)),
        "field_mean_ms": float(np.mean(field_ms)),
        "field_p50_ms": float(np.median(field_ms)),
        "field_p99_ms": float(np.percentile(field_ms, 99)),
    }


def _targets(summary: dict[str, float], grids: Sequence[Row], homes: Sequence[Row]) -> list[Target]:
    targets = []
    for kind, rows in ((GRID, grids), (HOME, homes)):
        if rows:
            targets += [
                Target(f"{kind}: solved", 1.0, summary[f"{kind}_solved"]),
                Target(f"{kind}: valid cell by cell", 1.0, summary[f"{kind}_valid"]),
                Target(
                    f"{kind}: search time over pyastar2d's",
                    1.0,
                    summary[f"{kind}_search_over_pyastar_ms"],
                    at_most=True,
                ),
            ]
    for kind, words in (("", "in the way"), ("aside_", "elsewhere")):
        if f"{kind}replans" in summary:
            equal, gain = summary[f"{kind}replan_equal"], summary[f"{kind}anew_over_replan"]
            targets += [
                Target(f"home: replanned equal bit for bit, change {words}", 1.0, equal),
                Target(f"home: plan anew over replan, change {words}", 1.0, gain),
            ]
    if grids:
        length = summary["grid_length"]
        targets.append(Target("grid: length / optimum", _RATIO_MOST, length, at_most=True))
    if "path_p50_ms" in summary:
        targets += [
            Target("home: path p50 ms", 10.0, summary["path_p50_ms"], at_most=True),
            Target("home: path p99 ms", 40.0, summary["path_p99_ms"], at_most=True),
            Target("home: whole field p50 ms", 40.0, summary["field_p50_ms"], at_most=True),
        ]
    return targets


def _line(row: Row) -> Row:
    """A line of the table: means of rates and lengths, medians of waiting, means of searching."""
    if row.get("skipped"):
        return row
    medians = ("field_ms", "path_ms", "anew_ms", "replan_ms")
    reduced = {
        key: _reduced(np.median if key in medians else np.mean, value)
        for key, value in row.items()
        if isinstance(value, list)
    }
    return row | reduced | {"n": len(row["length"])}


def _reduced(how: Callable[[Sequence[float]], T], values: Sequence[float]) -> float:
    return float(str(how(values))) if values else float("nan")


def _all(rows: Sequence[Row], key: str) -> list[float]:
    return [value for row in rows for value in row[key]]


if __name__ == "__main__":
    main(run, __doc__ or "")
