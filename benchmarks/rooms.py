"""Does the robot find the rooms that people see? Beside a watershed and a morphological baseline.

`python -m benchmarks.rooms --data DIR` takes every map with reference rooms found below DIR: the
pictures of Bormann et al. without and with furniture, Valetudo maps with at least two vendor
segments, HouseExpo plans with labels or at least two boxes. Every method sees the same cells. The
two halves are even and odd maps of each set; the settings were swept on the even ones.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.common import EXIT_BAD_USE, Options, Row, Target, choose, finish, main, run_cases
from benchmarks.room_baselines import (
    HOME_ROOM_MAX_M2,
    OFFICE_ROOM_MAX_M2,
    morphological_rooms,
    watershed_rooms,
)
from benchmarks.room_data import FURNISHED, SETS, UNFURNISHED, Case, find_cases, load
from benchmarks.room_scores import f_score, score
from homebody.errors import HomebodyError
from navigation.rooms.segmentation import segment
from navigation.types import FREE, MapSnapshot

Method = Callable[[MapSnapshot, str], NDArray[np.int32]]


def _morphological(snapshot: MapSnapshot, kind: str) -> NDArray[np.int32]:
    room_max_m2 = OFFICE_ROOM_MAX_M2 if kind in _WANTED else HOME_ROOM_MAX_M2
    return morphological_rooms(snapshot.cells == FREE, snapshot.spec.resolution_m, room_max_m2)


_METHODS: dict[str, Method] = {
    "ours": lambda snapshot, _: segment(snapshot).labels,
    "watershed": lambda s, _: watershed_rooms(s.cells == FREE, s.spec.resolution_m),
    "morphological": _morphological,
}
_BASELINES = ("watershed", "morphological")
_WANTED = {UNFURNISHED: 0.90, FURNISHED: 0.85}
_MARGIN = 0.02
_MEASURES = ("precision", "recall", "count_error", "border_m", "ms")
_COLUMNS = (
    "map",
    "method",
    "precision",
    "recall",
    "count_error",
    "border_m",
    "rooms",
    "ms",
    "note",
)
_HALVES = {"": (0, 1), "_even": (0,), "_odd": (1,)}
_N_RUNS = 3


def run_case(case: Case) -> Row:
    """All methods on one map."""
    try:
        return {"map": case.name, "set": case.kind, "half": case.index % 2} | _scores(case)
    except HomebodyError as problem:
        return {"map": case.name, "set": case.kind, "note": str(problem), "skipped": True}


def _scores(case: Case) -> Row:
    cv2.setNumThreads(1)
    reference = load(case)
    row: Row = {}
    for name, method in _METHODS.items():
        labels, times_s = np.zeros(0, np.int32), []
        for _ in range(_N_RUNS):
            start_s = time.perf_counter()
            labels = method(reference.snapshot, case.kind)
            times_s.append(time.perf_counter() - start_s)
        found = score(
            labels,
            reference.rooms,
            reference.snapshot.spec.resolution_m,
            is_whole=case.kind in _WANTED,
        )
        row[name] = asdict(found) | {"ms": 1e3 * float(np.median(times_s))}
    return row


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = find_cases(options.data) if options.data else []
    cases = choose(_mixed(cases), options.cases, lambda case: case.name)
    if not cases:
        print("benchmarks.rooms: no map with reference rooms; allowed: --data DIR that holds some")
        return EXIT_BAD_USE
    rows = run_cases(run_case, cases, options.jobs, "rooms")
    done = [row for row in rows if not row.get("skipped")]
    summary = _summary(done)
    lines = [{"seed": options.seed} | line for row in rows for line in _lines(row)]
    _print_sets(summary)
    targets = [target for kind in SETS for target in _targets(kind, summary)]
    return finish("rooms", options, lines, _COLUMNS, summary, targets)


def _mixed(cases: Sequence[Case]) -> list[Case]:
    """The first map of every set, then the second: a quick form sees all of them."""
    return sorted(cases, key=lambda case: (case.index, SETS.index(case.kind)))


def _summary(rows: Sequence[Row]) -> dict[str, float]:
    """Means over each set and each half of it; of the time, the median."""
    summary: dict[str, float] = {}
    for kind in SETS:
        for suffix, halves in _HALVES.items():
            chosen = [row for row in rows if row["set"] == kind and row["half"] in halves]
            for method in _METHODS if chosen else ():
                prefix = f"{kind}{suffix}_{method}"
                values = {m: np.array([row[method][m] for row in chosen]) for m in _MEASURES}
                means = {m: _mean(values[m]) for m in _MEASURES[:-1]}
                means["f"] = f_score(means["precision"], means["recall"])
                means["ms"] = float(np.median(values["ms"]))
                summary |= {f"{prefix}_{m}": value for m, value in means.items()}
            if chosen and not suffix:
                summary[f"{kind}_maps"] = float(len(chosen))
    return summary


def _targets(kind: str, summary: dict[str, float]) -> list[Target]:
    """What the sets that were seen have to reach."""
    if f"{kind}_maps" not in summary:
        return []
    targets = [
        Target(f"{kind}: {measure}", _WANTED[kind], summary[f"{kind}_ours_{measure}"])
        for measure in (("precision", "recall") if kind in _WANTED else ())
    ]
    best = max(summary[f"{kind}_{method}_f"] for method in _BASELINES)
    return [
        *targets,
        Target(f"{kind}: F over the better baseline", _MARGIN, summary[f"{kind}_ours_f"] - best),
    ]


def _lines(row: Row) -> list[Row]:
    """A line of the table for each method."""
    if row.get("skipped"):
        return [row]
    about = {key: row[key] for key in ("map", "set", "half")}
    return [
        about | row[m] | {"method": m, "rooms": f"{row[m]['n_rooms']}/{row[m]['n_reference']}"}
        for m in _METHODS
    ]


def _print_sets(summary: dict[str, float]) -> None:
    """The means, a line for each set, half and method."""
    measures = ("precision", "recall", "f", "count_error", "border_m", "ms")
    table = Table("set", "method", *measures, title="rooms: means over maps, median ms")
    for kind, suffix, method in itertools.product(SETS, _HALVES, _METHODS):
        prefix = f"{kind}{suffix}_{method}"
        if f"{prefix}_f" in summary:
            values = (f"{summary[f'{prefix}_{m}']:.3f}" for m in measures)
            table.add_row(kind + suffix.replace("_", ", "), method, *values)
    Console(width=max(120, Console().width)).print(table)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


if __name__ == "__main__":
    main(run, __doc__ or "")
