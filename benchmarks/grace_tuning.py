"""Tunes the peers of `benchmarks.grace` on three homes that it does not use.

One setting after the other is changed from the best so far and kept where the sum over the homes of
time + 3 x jerk (+ 60 for a failure, + 30 for a collision that the robot caused) falls: coordinate
descent, one round. Prints every trial; the winners stand in `peers/mppi.py` and `grace.py`.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from app.config import load_config
from app.process import use_one_thread
from benchmarks.common import Options, parse_options
from benchmarks.errands import Errand, MakePlanner, Variant, errands_in, run_errand
from benchmarks.grace import DWA, dwa_planner, tuning_homes
from benchmarks.peers.limiter import Limited
from benchmarks.peers.mppi import MppiPlanner, MppiSettings
from homebody.messages import BodyDescription
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.request import Planner

_MPPI_TRIALS: tuple[dict[str, float], ...] = (
    {"temperature": 0.05},
    {"obstacle_weight": 0.3},
    {"accel_weight": 0.1, "yaw_accel_weight": 0.02},
)
_DWA_TRIALS: tuple[dict[str, float], ...] = (
    {"simulated_s": 1.5},
    {"lookahead_m": 1.2},
)


def tune(
    name: str,
    settings: Any,
    trials: tuple[dict[str, float], ...],
    make: Callable[[Any], MakePlanner],
    errands: list[Errand],
) -> Any:
    """One round of coordinate descent."""
    best = settings
    best_loss = _loss(f"{name} as it is", make(best), errands)
    for change in trials:
        tried = dataclasses.replace(best, **change)
        loss = _loss(f"{name} {change}", make(tried), errands)
        if loss < best_loss:
            best, best_loss = tried, loss
    print(f"{name}: {best_loss:.1f} with {best}", flush=True)
    return best


def _loss(name: str, make: MakePlanner, errands: list[Errand]) -> float:
    rows = [run_errand(errand, Variant(name, make_planner=make)) for errand in errands]
    loss = sum(
        row["time_s"] + 3.0 * row["jerk"] + 60.0 * (not row["success"]) + 30.0 * row["caused"]
        for row in rows
    )
    times = ", ".join(f"{row['time_s']:.1f} s {row['jerk']:.2f}" for row in rows)
    print(f"{loss:8.1f}  {name}: {times}", flush=True)
    return float(loss)


def _make_mppi(settings: MppiSettings) -> MakePlanner:
    def make(
        body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> Planner:
        del config
        return Limited(MppiPlanner(body, settings, rng), body.limits)

    return make


def _make_dwa(settings: Any) -> MakePlanner:
    def make(
        body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> Planner:
        return dwa_planner(body, config, rng, settings)

    return make


def run(options: Options) -> int:
    """Tune both."""
    use_one_thread()
    body = load_config().body_description()
    homes = tuning_homes(options)
    errands = [e for home in homes for e in errands_in(home.path, options.seed, 1, body)]
    tune("mppi", MppiSettings(), _MPPI_TRIALS, _make_mppi, errands)
    tune("dwa", DWA, _DWA_TRIALS, _make_dwa, errands)
    return 0


if __name__ == "__main__":
    sys.exit(run(parse_options(__doc__ or "")))
