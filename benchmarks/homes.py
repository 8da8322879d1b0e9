"""Does the whole robot do its job in real homes? Explore each, then go to three far points.

`python -m benchmarks.homes --data DIR` takes the default home and every HouseExpo, ROS-map and
Valetudo home found below DIR; `--cases 13` takes the first thirteen of a fixed order that mixes
the formats. Homes with less than 8 m2 of reachable floor come last and are listed as skipped.
`seeable` is the coverage that a robot could reach which knew the home and kept 2 cm on all sides.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.config import load_config
from app.lockstep import LockStepRobot
from app.picture import draw_run
from app.setting import make_setting
from app.simulate import Simulation
from app.task_words import parse_task
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases, wilson_interval
from benchmarks.coverage_limit import coverage_limit
from benchmarks.far_points import far_points_m
from drivers.simulation.homes.load import default_home_path, load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from homebody.errors import HomebodyError
from homebody.messages import default_body

_N_FAR_POINTS = 3
_MIN_AREA_M2 = 8.0
_ARRIVED_M = 0.35
_LIMIT_CLEARANCE_M = 0.02
_MIX = {"houseexpo": 8, "valetudo": 3, "ros": 1}
_COLUMNS = (
    "home", "area_m2", "tasks", "collisions", "coverage", "seeable", "iou", "clearance_m",
    "error_rms_m", "error_max_m", "explore_s", "spl", "jerk", "plan_p99_ms", "rtf", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    path: Path
    seed: int
    pictures: Path | None = None


def find_cases(options: Options) -> list[Case]:
    """The default home and all others below the data folder, the formats mixed."""
    found = {
        "houseexpo": sorted(_find(options.data, "houseexpo", ("*.json", "*.png"))),
        "valetudo": sorted(_find(options.data, "valetudo", ("*.json",))),
        "ros": sorted(_find(options.data, "ros_maps", ("*map.yaml", "*house.yaml", "*world.yaml"))),
    }
    for paths in found.values():
        paths.sort(key=_is_too_small)  # stable: the order stays otherwise
    mixed: list[Path] = []
    queues = {kind: iter(paths) for kind, paths in found.items()}
    while sum(len(paths) for paths in found.values()) > len(mixed):
        for kind, share in _MIX.items():
            mixed.extend(itertools.islice(queues[kind], share))
    pictures = options.json.with_suffix("") if options.json else None
    return [Case(_name(p), p, options.seed, pictures) for p in [default_home_path(), *mixed]]


def run_case(case: Case) -> Row:
    """Explore one home, then drive to far points; a row of the table."""
    try:
        return _run(case)
    except HomebodyError as problem:
        return {"home": case.name, "seed": case.seed, "note": str(problem), "skipped": True}


def _run(case: Case) -> Row:
    config = load_config()
    setting = make_setting(config, case.path, None, None, case.seed)
    robot = LockStepRobot(setting, config)
    start = robot.setting.start
    area_m2 = robot.truth.cells().reachable_area_m2
    row: Row = {"home": case.name, "seed": case.seed, "area_m2": area_m2}
    if area_m2 < _MIN_AREA_M2:
        return row | {"note": "too small", "skipped": True}
    simulation = Simulation(robot, config.robot.task_timeout_s)
    simulation.run_task("explore", parse_task("explore"))
    misses_m = [0.0]
    for x_m, y_m in far_points_m(robot.truth.cells(), start, _N_FAR_POINTS):
        words = f"go-to {x_m:.2f},{y_m:.2f}"
        simulation.run_task(words, parse_task(words))
        here = robot.world.truth.T_home_robot
        misses_m.append(math.hypot(here.x_m - x_m, here.y_m - y_m))
    report = simulation.report()
    if case.pictures is not None:
        case.pictures.mkdir(parents=True, exist_ok=True)
        draw_run(robot, case.pictures / f"{case.name}.png")
    ways = [t for t in report.tasks if t.shortest_path_m]
    spl = [
        t.success * t.shortest_path_m / max(t.path_length_m, t.shortest_path_m)
        for t in ways
        if t.shortest_path_m
    ]
    failures = [f"{t.task}: {t.reason}" for t in report.tasks if not t.success]
    is_done = [t.success and m <= _ARRIVED_M for t, m in zip(report.tasks, misses_m, strict=True)]
    failures += [
        f"{t.task}: stands {m:.2f} m from its goal"
        for t, m in zip(report.tasks, misses_m, strict=True)
        if t.success and m > _ARRIVED_M
    ]
    return row | {
        "tasks": f"{sum(is_done)}/{len(is_done)}",
        "n_tasks": len(report.tasks),
        "n_success": sum(is_done),
        "collisions": report.collisions,
        "coverage": report.coverage,
        "seeable": coverage_limit(
            robot.truth.cells(), start, config.body_description().footprint_m, _LIMIT_CLEARANCE_M
        ),
        "iou": report.map_iou,
        "clearance_m": report.min_clearance_m,
        "error_rms_m": report.localization_error_m.rms,
        "error_max_m": report.localization_error_m.max,
        "explore_s": report.tasks[0].sim_time_s,
        "spl": float(np.mean(spl)) if spl else math.nan,
        "jerk": report.jerk_rms_m_s3,
        "plan_p99_ms": report.plan_ms.p99,
        "rtf": report.real_time_factor,
        "recoveries": report.recoveries,
        "help_requests": report.help_requests,
        "note": "; ".join(failures),
    }


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options), options.cases, lambda case: case.name)
    rows = run_cases(run_case, cases, options.jobs, "homes")
    done = [row for row in rows if not row.get("skipped")]
    n_tasks = sum(row["n_tasks"] for row in done)
    n_success = sum(row["n_success"] for row in done)
    low, high = wilson_interval(n_success, n_tasks)
    summary = {
        "homes": float(len(done)),
        "skipped": float(len(rows) - len(done)),
        "success_rate": n_success / max(1, n_tasks),
        "success_low": low,
        "success_high": high,
        "collisions": float(sum(row["collisions"] for row in done)),
        "coverage_min": min((row["coverage"] for row in done), default=math.nan),
        "real_time_factor_median": float(np.median([row["rtf"] for row in done] or [math.nan])),
        "plan_p99_ms_max": max((row["plan_p99_ms"] for row in done), default=math.nan),
    }
    targets = [
        Target("every task succeeds", 1.0, summary["success_rate"]),
        Target("collisions", 0.0, summary["collisions"], at_most=True),
        Target("coverage in every home", 0.97, summary["coverage_min"]),
        Target("homes", 13.0 if options.cases is None else float(len(cases)), float(len(rows))),
    ]
    return finish("homes", options, rows, _COLUMNS, summary, targets)


def _is_too_small(path: Path) -> bool:
    """A home that cannot be read is not too small: its case says what is wrong with it."""
    try:
        home = load_home(path)
    except HomebodyError:
        return False
    spec, solid = solid_grid(home)
    radius_m = default_body().inscribed_radius_m
    area_m2 = reachable_free_area(spec, solid, home.start, radius_m).sum() * spec.resolution_m**2
    return bool(area_m2 < _MIN_AREA_M2)


def _find(data: Path | None, folder: str, patterns: tuple[str, ...]) -> set[Path]:
    if data is None:
        return set()
    paths = {p for pattern in patterns for p in data.rglob(pattern)}
    return {p for p in paths if folder in p.parts and not p.name.endswith(".roomseg.json")}


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"[:44].replace("/", "-")


if __name__ == "__main__":
    main(run, __doc__ or "")
