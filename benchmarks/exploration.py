"""How soon is a whole home seen? Homebody's exploration beside others and an all-knowing tour.

`python -m benchmarks.exploration --data DIR` explores the default home and every HouseExpo,
Valetudo and ROS-map home below DIR with 8 to 250 m2 of reachable floor (the others are listed as
skipped), once with each strategy (see exploration_baselines.py) in the same robot, simulator and
seed. Coverage is the simulator's: the share of the reachable area seen by a ray of at most 5 m.
`tour_m` is the length of a tour that knows the home (see all_knowing_tour.py), to the same share.
A share that a strategy never comes to counts as not reached, and pairs need both. The others are
ended when they have seen 99 %; only Homebody's way home is of interest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.config import HomebodyConfig, load_config
from app.picture import draw_run
from app.setting import Setting, make_setting
from benchmarks.all_knowing_tour import AllKnowingPlanner
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases
from benchmarks.exploration_baselines import greedy_information, nearest_frontier
from benchmarks.exploration_run import SHARES, ExplorationRun, explore
from benchmarks.homes import Case, find_cases
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from drivers.simulation.truth import TrueCells
from homebody.errors import HomebodyError
from navigation.exploration.choice import Choice
from navigation.exploration.explorer import OWN_CHOICE, next_viewpoint

OWN, NEAREST = "homebody", "nearest_frontier"
STRATEGIES: Mapping[str, Choice] = {
    OWN: OWN_CHOICE,
    NEAREST: nearest_frontier,
    "greedy_information": greedy_information,
}
_AREA_M2 = (8.0, 250.0)
_DEFAULT_HOME = "homes-default"
_DEFAULT_HOME_S = 360.0
_N_HOMES = 30
_WAY_MIN_M = 1.0  # less is a home that is seen from the start
_PROMISE_FACTOR = 2.0
_PROMISE_LEAST_S = 5.0
_PERCENT = tuple(round(100.0 * share) for share in SHARES)
_COLUMNS = (
    "home", "strategy", "area_m2", "done", "collisions", "coverage", "time90_s", "time95_s",
    "time99_s", "way90_m", "way95_m", "way99_m", "tour95_m", "tour99_m", "time_s", "way_m",
    "left_kept", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One home explored with one strategy."""

    case: Case
    strategy: str


def run_trial(trial: Trial) -> Row:
    """A row of the table."""
    row: Row = {"home": trial.case.name, "strategy": trial.strategy, "seed": trial.case.seed}
    try:
        return row | _run(trial)
    except HomebodyError as problem:
        return row | {"note": str(problem), "skipped": True}


def _run(trial: Trial) -> Row:
    config = load_config()
    setting = make_setting(config, trial.case.path, None, None, trial.case.seed)
    cells = _floor(setting, config)
    area_m2 = cells.reachable_area_m2
    if not _AREA_M2[0] <= area_m2 <= _AREA_M2[1]:
        why = "too small" if area_m2 < _AREA_M2[0] else "too large"
        return {"area_m2": area_m2, "note": why, "skipped": True}
    decide = partial(next_viewpoint, choose=STRATEGIES[trial.strategy])
    is_own = trial.strategy == OWN
    run, robot = explore(setting, config, decide, is_to_the_end=is_own)
    if trial.case.pictures is not None:
        trial.case.pictures.mkdir(parents=True, exist_ok=True)
        draw_run(robot, trial.case.pictures / f"{trial.case.name}-{trial.strategy}.png")
    row: Row = {
        "area_m2": area_m2,
        "done": run.is_success,
        "collisions": run.collisions,
        "coverage": run.coverage,
        "note": "" if run.is_success else run.reason,
    }
    for percent, reached in zip(_PERCENT, run.reached, strict=True):
        row |= {f"time{percent}_s": reached.time_s, f"way{percent}_m": reached.distance_m}
    if not is_own:
        return row
    row |= {"time_s": run.time_s, "way_m": run.distance_m, "left_kept": promises_kept(run)}
    return row | _tours(cells, setting, config)


def _floor(setting: Setting, config: HomebodyConfig) -> TrueCells:
    body = config.body.description()
    spec, solid = solid_grid(setting.home, z_high_m=body.height_m)
    reachable = reachable_free_area(spec, solid, setting.start, body.inscribed_radius_m)
    return TrueCells(spec, solid, reachable, np.zeros_like(reachable))


def _tours(cells: TrueCells, setting: Setting, config: HomebodyConfig) -> Row:
    radius_m = config.body.description().inscribed_radius_m
    planner = AllKnowingPlanner(cells, setting.start, radius_m)
    row: Row = {}
    for percent, share in zip(_PERCENT, SHARES, strict=True):
        tour = planner.tour(share)
        row |= {f"tour{percent}_m": tour.length_m, f"pruned{percent}_m": tour.pruned_m}
    return row


def promises_kept(run: ExplorationRun) -> float:
    """How often in the second half the time left that was told was within a factor of 2, 0 to 1.

    What is told and what is true count as 5 s at least: below that nobody cares.
    """
    told_s, at_s = run.promises.T
    is_second_half = at_s >= run.time_s / 2.0
    if not is_second_half.any():
        return math.nan
    told_s = np.maximum(told_s[is_second_half], _PROMISE_LEAST_S)
    true_s = np.maximum(run.time_s - at_s[is_second_half], _PROMISE_LEAST_S)
    return float(np.mean(np.maximum(told_s / true_s, true_s / told_s) <= _PROMISE_FACTOR))


# --- what all trials say together -------------------------------------------------------------


def summary_of(rows: list[Row]) -> dict[str, float]:
    """Medians of each strategy, of pairs on the same home, and of ways against the tours."""
    by_name = {
        name: {row["home"]: row for row in rows if row["strategy"] == name} for name in STRATEGIES
    }
    own = by_name[OWN]
    summary = {"homes": float(len(own))}
    for name, found in by_name.items():
        summary[f"{name}_done"] = float(np.mean([row["done"] for row in found.values()]))
        summary[f"{name}_collisions"] = float(sum(row["collisions"] for row in found.values()))
        for percent in _PERCENT:
            time_s, way_m = f"time{percent}_s", f"way{percent}_m"
            reached = [row for row in found.values() if math.isfinite(row[way_m])]
            summary[f"{name}_reached{percent}"] = float(len(reached))
            summary[f"{name}_{way_m}"] = _median([row[way_m] for row in reached])
            summary[f"{name}_{time_s}"] = _median([row[time_s] for row in reached])
            if name != OWN:
                for column in (way_m, time_s):
                    ratios = _ratios(own, found, column, way_m)
                    summary[f"{column.partition('_')[0]}_over_{name}"] = _median(ratios)
    for percent in _PERCENT:
        for tour in ("tour", "pruned"):
            pairs = [(row[f"way{percent}_m"], row[f"{tour}{percent}_m"]) for row in own.values()]
            ratios = [way_m / tour_m for way_m, tour_m in pairs if tour_m >= _WAY_MIN_M]
            summary[f"way{percent}_over_{tour}"] = _median([r for r in ratios if math.isfinite(r)])
    summary["left_kept"] = _median([row["left_kept"] for row in own.values()])
    return summary


def _ratios(
    own: Mapping[str, Row], other: Mapping[str, Row], column: str, way_m: str
) -> list[float]:
    """Homebody's value over the other's, home by home, where both came to the share.

    Not where it is seen from the start: the ratio of two ways of nothing says nothing.
    """
    homes = [home for home in own if home in other and other[home][way_m] >= _WAY_MIN_M]
    ratios = [own[home][column] / other[home][column] for home in homes]
    return [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0.0]


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else math.nan


def _targets(summary: Mapping[str, float], rows: list[Row], options: Options) -> list[Target]:
    targets = [
        Target("every home done", 1.0, summary[f"{OWN}_done"]),
        Target("collisions", 0.0, summary[f"{OWN}_collisions"], at_most=True),
        Target("way to 95 % over nearest frontier's", 0.8, summary[f"way95_over_{NEAREST}"], True),
        Target("way to 95 % over the all-knowing tour", 1.4, summary["way95_over_tour"], True),
        Target("way to 99 % over the all-knowing tour", 1.4, summary["way99_over_tour"], True),
    ]
    if options.cases is None:
        targets.append(Target("homes", float(_N_HOMES), summary["homes"]))
    default_s = [r["time_s"] for r in rows if (r["home"], r["strategy"]) == (_DEFAULT_HOME, OWN)]
    if default_s:
        targets.append(Target("default home [s]", _DEFAULT_HOME_S, default_s[0], at_most=True))
    return targets


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options), options.cases, lambda case: case.name)
    trials = [Trial(case, strategy) for case in cases for strategy in STRATEGIES]
    rows = run_cases(run_trial, trials, options.jobs, "exploration")
    done = [row for row in rows if not row.get("skipped")]
    summary = summary_of(done)
    targets = _targets(summary, done, options)
    return finish("exploration", options, rows, _COLUMNS, summary, targets)


if __name__ == "__main__":
    main(run, __doc__ or "")
