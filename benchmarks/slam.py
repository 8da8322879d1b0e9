"""How true are the maps? Public logs by relation errors, pose graphs by chi square, RGB-D by ATE.

`python -m benchmarks.slam --data DIR` takes every log with relations (`.npz`), every corrected
CARMEN log, every `.g2o` graph and every RGB-D sequence below DIR, with the same
settings. Each log with relations is also run without loop closure, without odometry, and with 11
beams that see 5 m. Pictures of the maps come to lie beside the JSON. Relations of corrected logs
are a pseudo reference: their targets are about loops that fit, not centimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases
from benchmarks.slam_data import find_logs, load_log
from benchmarks.slam_graphs import run_graph
from benchmarks.slam_rgbd import find_sequences, run_sequence
from benchmarks.slam_run import run_log
from homebody.errors import InputError

_THIN_BEAMS, _THIN_RANGE_M = 11, 5.0
_SPARSE_BOUND_M = 0.085
_ATE_BOUND_M = 0.035
_EXACT_BOUNDS = {
    "all_m_mean": 0.030, "loop_m_mean": 0.038, "all_m_p95": 0.09, "all_m_max": 0.3,
    "at_scans_deg_mean": 0.5,
}  # fmt: skip
_PSEUDO_BOUNDS = {"loop_m_max": 0.5}
_COLUMNS = (
    "case", "all_m", "p95_m", "max_m", "loop_m", "far_m", "deg", "ms", "p99_ms", "back", "rtf",
    "chi2", "loss", "ate_m", "lost", "note",
)  # fmt: skip
_SUMMARY = (
    "all_m_mean", "loop_m_mean", "front_ms_mean", "chi2", "loss", "ate_m", "online_ate_m",
    "frame_ms_mean",
)  # fmt: skip
_SHORT = {
    "p95_m": "all_m_p95", "max_m": "all_m_max", "loop_m": "loop_m_mean", "far_m": "loop_m_max",
    "deg": "at_scans_deg_mean", "ms": "front_ms_mean", "p99_ms": "front_ms_p99",
}  # fmt: skip
# optimum of a public graph by its poses and edges (GTSAM, Levenberg-Marquardt)
_OPTIMA = {(1728, 2512): 45.004, (3500, 5453): 3549.04}


@dataclass(frozen=True, slots=True)
class Case:
    """One run.

    Attributes:
        variant: "", "no loop closure", "no odometry" or "sparse".
    """

    name: str
    path: Path
    seed: int
    variant: str = ""
    picture: Path | None = None


def find_cases(options: Options) -> list[Case]:
    """Every log and graph below the data folder, the variants of exact logs last."""
    if options.data is None:
        return []
    folder = options.json.with_suffix("") if options.json else None
    logs = find_logs(options.data)
    cases = []
    for path in logs:
        picture = folder / f"{_log_name(path)}.png" if folder else None
        cases.append(Case(_log_name(path), path, options.seed, picture=picture))
    graphs = sorted(options.data.rglob("*.g2o"))
    cases += [Case(f"graph {path.stem}", path, options.seed) for path in graphs]
    for folder in find_sequences(options.data):
        cases.append(Case(f"rgbd {folder.name}", folder, options.seed))
    for path in (path for path in logs if path.suffix == ".npz"):
        for variant in ("no loop closure", "no odometry", "sparse"):
            name = f"{_log_name(path)}, {variant}"
            picture = folder / f"{name.replace(', ', '-')}.png" if folder else None
            cases.append(Case(name, path, options.seed, variant, picture))
    return cases


def run_case(case: Case) -> Row:
    """A row of the table."""
    row: Row = {"variant": case.variant, "seed": case.seed}
    try:
        if case.path.suffix == ".g2o":
            return row | run_graph(case.path, case.seed) | {"case": case.name}
        if case.path.is_dir():
            return row | run_sequence(case.path, case.seed) | {"case": case.name}
        log = load_log(case.path)
    except InputError as problem:
        return row | {"case": case.name, "kind": "none", "note": str(problem)}
    if case.variant == "no odometry":
        log = log.without_odometry()
    if case.variant == "sparse":
        log = log.thinned(_THIN_BEAMS, _THIN_RANGE_M)
    closes_loops = case.variant != "no loop closure"
    found = run_log(log, closes_loops=closes_loops, picture=case.picture)
    return row | found | {"case": case.name}


def targets(rows: Sequence[Row]) -> list[Target]:
    """What was promised of the cases that were run."""
    logs = [row for row in rows if row["kind"] == "log"]
    plain = [row for row in logs if not row["variant"]]
    wanted: list[Target] = []
    for row in plain:
        bounds = _EXACT_BOUNDS if row["is_exact"] else _PSEUDO_BOUNDS
        wanted += [_error(row, name, bound) for name, bound in bounds.items()]
    sparse = [row for row in logs if row["variant"] == "sparse"]
    wanted += [_error(row, "all_m_mean", _SPARSE_BOUND_M) for row in sparse]
    if plain:
        slowest = max(row["front_ms_mean"] for row in plain)
        wanted.append(_at_most("ms per scan, mean", 5.0, slowest))
        slowest = max(row["front_ms_p99"] for row in plain)
        wanted.append(_at_most("ms per scan, p99", 30.0, slowest))
    for row in (row for row in rows if row["kind"] == "rgbd"):
        wanted.append(_at_most(f"{row['case']}: ATE, median of seeds", _ATE_BOUND_M, row["ate_m"]))
        wanted.append(_at_most(f"{row['case']}: lost for good", 0.0, row["lost_for_good"]))
        wanted.append(_at_most(f"{row['case']}: ms per frame", 40.0, row["frame_ms_mean"]))
    for row in (row for row in rows if row["kind"] == "graph"):
        optimum = _OPTIMA.get((row["poses"], row["edges"]))
        if optimum is not None:
            excess = row["chi2"] / optimum - 1.0
            wanted.append(_at_most(f"{row['case']}: chi2 over the optimum", 0.001, excess))
        wanted.append(_at_most(f"{row['case']}: loss by false closures", 0.05, row["loss"]))
    return wanted


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options), options.cases, lambda case: case.name)
    rows = run_cases(run_case, cases, options.jobs, "slam")
    summary = {
        f"{row['case']}: {name}": float(row[name])
        for row in rows
        for name in _SUMMARY
        if name in row
    }
    wanted = targets(rows)
    wanted.append(Target("cases", 1.0, float(sum(row["kind"] != "none" for row in rows))))
    return finish("slam", options, [_shown(row) for row in rows], _COLUMNS, summary, wanted)


def _error(row: Row, name: str, bound: float) -> Target:
    return _at_most(f"{row['case']}: {name}", bound, row[name])


def _shown(row: Row) -> Row:
    """The row with the short names of the table's columns beside the full ones."""
    short: Row = {column: row[name] for column, name in _SHORT.items() if name in row}
    if row["kind"] == "rgbd":
        short |= {"ms": row["frame_ms_mean"], "p99_ms": row["frame_ms_p99"]}
    if "all_m_mean" in row:
        short["all_m"] = f"{row['all_m_mean']:.3f}+-{row['all_m_std']:.3f}"
        short["back"] = f"{row['back_s']:.0f}+{row['finish_s']:.0f}"
    return row | short


def _at_most(name: str, bound: float, value: float) -> Target:
    return Target(name, bound, value, at_most=True)


def _log_name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".log").removesuffix(".npz")


if __name__ == "__main__":
    main(run, __doc__ or "")
