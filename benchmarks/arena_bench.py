"""What the two arena benchmarks share: options, rows, rates with intervals, and the picture."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.arena import FULL_SCORE, Trial, score
from benchmarks.arena_robots import OURS, PLANNERS
from benchmarks.common import Options, Row, choose, make_parser, parse_checked, wilson_interval
from benchmarks.jackal import CONDITIONS, Conditions
from homebody.errors import InputError
from homebody.geometry import FloatArray

_FULL = FULL_SCORE - 1e-6
_PIXELS_PER_M = 34
_DISC_BGR, _LINES_BGR = (70, 60, 55), {"success": (190, 110, 30)}
_FAILED_BGR = (50, 50, 210)
_COLUMNS = ("setting", "planner", "runs", "success", "95 %", "collision", "caused", "timeout",
            "time_s", "score", "full", "clearance_m")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArenaOptions(Options):
    """Also: which settings and planners, how many seeds, and where to draw the ways."""

    setting: str
    planners: tuple[str, ...]
    seeds: int
    picture: Path | None

    @property
    def conditions(self) -> tuple[Conditions, ...]:
        return tuple(c for c in CONDITIONS if self.setting in (c.name, "both"))


def parse_arena(
    description: str, argv: Sequence[str] | None = None, setting: str = "both"
) -> ArenaOptions:
    """Read the command line, with the setting by default; bad use ends with exit code 2."""
    parser = make_parser(description)
    names = [c.name for c in CONDITIONS]
    parser.add_argument("--setting", choices=[*names, "both"], default=setting)
    parser.add_argument("--planners", default=",".join(PLANNERS), help="names, with commas between")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each world and setting")
    parser.add_argument("--picture", type=Path, help="draw how ours drove, as PNG")
    arguments = parse_checked(parser, argv)
    planners = tuple(name.strip() for name in arguments.planners.split(","))
    unknown = [name for name in planners if name not in PLANNERS]
    if unknown:
        parser.error(f"--planners {', '.join(unknown)}: allowed: {', '.join(PLANNERS)}")
    if arguments.data is None:
        parser.error("--data: this benchmark needs the folder of public data")
    if arguments.seeds < 1:
        parser.error(f"--seeds {arguments.seeds}: allowed: 1 or more")
    return ArenaOptions(**{**vars(arguments), "planners": planners})


class World(Protocol):
    """What every world has."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ArenaCase:
    """One world with everything that is tried in it."""

    name: str
    world: World
    options: ArenaOptions


def chosen_cases(
    options: ArenaOptions, load: Callable[[Path], Sequence[World]], what: str
) -> list[ArenaCase]:
    """The worlds below the data folder that are wanted; none, and a line on stderr why."""
    assert options.data is not None
    try:
        worlds = load(options.data)
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return []
    cases = [ArenaCase(world.name, world, options) for world in worlds]
    chosen = choose(cases, options.cases, lambda case: case.name)
    if not chosen:
        sys.stderr.write(f"--data {options.data}: no {what} there\n")
    return chosen


def run_world(
    case: ArenaCase, reference_m: float, trial: Callable[[str, Conditions, int], Trial]
) -> Row:
    """All trials in one world; `runs` holds a row for each."""
    options, runs = case.options, []
    for conditions in options.conditions:
        for planner in options.planners:
            for seed in range(options.seed, options.seed + options.seeds):
                done = trial(planner, conditions, seed)
                runs.append(_row(case.name, planner, conditions, seed, done, reference_m))
    return {"world": case.name, "seed": options.seed, "runs": runs}


def _row(
    world: str, planner: str, conditions: Conditions, seed: int, trial: Trial, reference_m: float
) -> Row:
    return {
        "world": world,
        "setting": conditions.name,
        "planner": planner,
        "seed": seed,
        "outcome": trial.outcome,
        "caused": trial.is_caused,
        "time_s": round(trial.time_s, 2),
        "score": score(trial.is_success, trial.time_s, reference_m),
        "clearance_m": trial.min_clearance_m,
        "way_m": trial.way_m if planner == OURS else (),
    }


def told(row: Row) -> Row:
    """With what the table shows of our own runs in a world."""
    ours = [run for run in row["runs"] if run["planner"] == OURS]
    bad = [run for run in ours if run["outcome"] != "success"]
    words = [f"{run['setting']} seed {run['seed']}: {run['outcome']}" for run in bad]
    n = max(1, len(ours))
    return row | {
        "successes": len(ours) - len(bad),
        "runs_of_ours": len(ours),
        "score": sum(run["score"] for run in ours) / n,
        "time_s": sum(run["time_s"] for run in ours) / n,
        "clearance_m": min((run["clearance_m"] for run in ours), default=float("nan")),
        "note": "; ".join(words),
    }


def summarize(runs: Sequence[Row]) -> dict[str, float]:
    """Rates and means of some runs; time over the successful ones, as the challenge has it."""
    n = len(runs)
    outcomes = [run["outcome"] for run in runs]
    successes = outcomes.count("success")
    low, high = wilson_interval(successes, n)
    times = [run["time_s"] for run in runs if run["outcome"] == "success"]
    return {
        "runs": float(n),
        "success": successes / max(n, 1),
        "success_low": low,
        "success_high": high,
        "collision": outcomes.count("collision") / max(n, 1),
        "caused": float(sum(run["caused"] for run in runs)),
        "timeout": outcomes.count("timeout") / max(n, 1),
        "time_s": float(np.mean(times)) if times else math.nan,
        "score": float(np.mean([run["score"] for run in runs])) if runs else math.nan,
        "full": sum(run["score"] >= _FULL for run in runs) / max(n, 1),
        "clearance_m": float(np.median([run["clearance_m"] for run in runs])) if runs else math.nan,
    }


def tabulate(runs: Sequence[Row], options: ArenaOptions) -> dict[str, float]:
    """Print a row per setting and planner; all numbers, flat, by name."""
    table = Table(*_COLUMNS)
    flat: dict[str, float] = {}
    for conditions in options.conditions:
        for planner in options.planners:
            chosen = [
                run
                for run in runs
                if run["setting"] == conditions.name and run["planner"] == planner
            ]
            s = summarize(chosen)
            flat |= {f"{conditions.name}/{planner}/{key}": value for key, value in s.items()}
            interval = f"{s['success_low']:.3f} to {s['success_high']:.3f}"
            table.add_row(
                conditions.name, planner, f"{s['runs']:.0f}", f"{s['success']:.3f}", interval,
                f"{s['collision']:.3f}", f"{s['caused']:.0f}", f"{s['timeout']:.3f}",
                f"{s['time_s']:.1f}", f"{s['score']:.3f}", f"{s['full']:.3f}",
                f"{s['clearance_m']:.3f}",
            )  # fmt: skip
    Console(width=max(120, Console().width)).print(table)
    return flat


def draw_ways(
    path: Path, worlds: Sequence[tuple[str, FloatArray]], runs: Sequence[Row], n_max: int = 12
) -> None:
    """Draw our ways through the first worlds, given by name and discs x, y, radius (N, 3)."""
    pictures = [_drawn(name, discs, runs) for name, discs in worlds[:n_max]]
    path.parent.mkdir(parents=True, exist_ok=True)
    height = max(picture.shape[0] for picture in pictures)
    padded = [
        cv2.copyMakeBorder(p, 0, height - len(p), 2, 2, cv2.BORDER_CONSTANT, value=(255,) * 3)
        for p in pictures
    ]
    cv2.imwrite(str(path), np.hstack(padded), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _drawn(name: str, discs: FloatArray, runs: Sequence[Row]) -> np.ndarray:
    ways = [run for run in runs if run["world"] == name and run["way_m"]]
    points = np.concatenate([discs[:, :2], *(np.array(run["way_m"]) for run in ways)])
    low, high = points.min(axis=0) - 0.3, points.max(axis=0) + 0.3
    width, height = (np.ceil((high - low) * _PIXELS_PER_M)).astype(int)
    picture = np.full((height, width, 3), 255, dtype=np.uint8)

    def pixels(xy_m: FloatArray) -> np.ndarray:
        flipped = (np.asarray(xy_m) - low) * (1.0, -1.0) * _PIXELS_PER_M + (0.0, height)
        return np.asarray(np.round(flipped), dtype=np.int32)

    for centre, radius in zip(pixels(discs[:, :2]), discs[:, 2], strict=True):
        pixel = (int(centre[0]), int(centre[1]))
        cv2.circle(picture, pixel, round(radius * _PIXELS_PER_M), _DISC_BGR, -1, cv2.LINE_AA)
    for run in ways:
        colour = _LINES_BGR.get(run["outcome"], _FAILED_BGR)
        cv2.polylines(picture, [pixels(run["way_m"])], False, colour, 1, cv2.LINE_AA)
    return picture
