"""What does delay cost? And what of it does prediction save.

Room-to-room runs, people crossing, with 0 to 400 ms added between the body's senses and its wheels:
half on the way to the brain, half on the way back, each message varying by a fifth. With prediction
the plan starts where the robot will be and people are where they will be when it takes effect;
without it the plan takes the newest measurement for the present. The body's own reactive layer sits
next to the wheels and is not delayed; it waits for a command as much longer as the link takes.
Homes are the default one and those below --data; errands with a crossing person come first.
"""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from typing import Any

import numpy as np

from app.body_config import BodyLoopConfig
from app.brain import Brain
from app.config import HomebodyConfig, load_config
from app.lockstep import LinkDelay
from app.process import use_one_thread
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases
from benchmarks.errands import Errand, Variant, errands_in, run_errand
from benchmarks.homes import find_cases
from homebody.errors import HomebodyError
from homebody.geometry import SE2
from homebody.messages import BodyDescription, Command, Odometry
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import PlanRequest
from navigation.types import LocalPlan, MotionState

DELAYS_S = (0.0, 0.1, 0.2, 0.3, 0.4)
_N_ERRANDS = 6
_N_LOOKED_AT = 12
_JITTER_SHARE = 0.2
_TIMEOUT_S = 90.0  # what a run that fails counts as
_COLUMNS = (
    "errand", "delay_ms", "prediction", "success", "time_s", "jerk", "stops", "reversals",
    "collisions", "caused", "clearance_m", "person_m", "note",
)  # fmt: skip


class NoPrediction:
    """In the place of `MotionPredictor`: the newest measurement is the present."""

    def sent(self, command: Command) -> None:
        del command

    def predict(self, T_map_robot: SE2, odometry: Odometry, time_s: float) -> MotionState:
        del time_s
        return MotionState(T_map_robot, odometry.speed_m_s, odometry.yaw_rate_rad_s)


class PresentPlanner:
    """Our planner, told that people were seen just now."""

    def __init__(
        self, body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> None:
        # what the last plan says about now is a prediction too
        config = config.model_copy(update={"keep_speed_m_s": 0.0, "keep_yaw_rate_rad_s": 0.0})
        self._planner = LocalPlanner(body, config, rng)

    def step(self, request: PlanRequest) -> LocalPlan:
        """Plan as if everything that is known were known of the moment the plan begins."""
        people = tuple(
            dataclasses.replace(person, time_s=request.start_time_s) for person in request.people
        )
        return self._planner.step(dataclasses.replace(request, people=people))


def without_prediction(brain: Brain) -> Brain:
    """The same brain with the predictor replaced."""
    predictor: Any = NoPrediction()
    return Brain(dataclasses.replace(brain.parts, predictor=predictor))


def variant(delay_s: float, *, is_predicting: bool) -> Variant:
    """The robot with a delay, half of it each way."""
    one_way_s = 0.5 * delay_s
    usual = load_config()
    patience_s = BodyLoopConfig().command_age_max_s + one_way_s * (1.0 + _JITTER_SHARE)
    body_loop = usual.body_loop.model_copy(update={"command_age_max_s": patience_s})
    config: HomebodyConfig = usual.model_copy(update={"body_loop": body_loop})
    return Variant(
        name=f"{1e3 * delay_s:.0f} ms" + ("" if is_predicting else ", no prediction"),
        config=config,
        link=LinkDelay(one_way_s, one_way_s, _JITTER_SHARE),
        make_planner=None if is_predicting else PresentPlanner,
        reassemble=None if is_predicting else without_prediction,
    )


def find_errands(options: Options, n_wanted: int) -> list[Errand]:
    """Errands of the first homes that give one, those that a person crosses first."""
    body = load_config().body_description()
    found: list[Errand] = []
    for case in find_cases(options)[:_N_LOOKED_AT]:
        try:
            found += errands_in(case.path, options.seed, 2, body)
        except HomebodyError:
            continue  # `benchmarks.homes` says what is wrong with it
    found.sort(key=lambda errand: not errand.people)
    return found[:n_wanted]


def run_case(case: tuple[Errand, float, bool]) -> Row:
    """One errand with one delay, with prediction or without."""
    use_one_thread()
    errand, delay_s, is_predicting = case
    row = run_errand(errand, variant(delay_s, is_predicting=is_predicting))
    return row | {"delay_ms": round(1e3 * delay_s), "prediction": is_predicting}


def run(options: Options) -> int:
    """The whole benchmark."""
    n_wanted = int(options.cases) if options.cases and options.cases.isdigit() else _N_ERRANDS
    errands = choose(find_errands(options, _N_ERRANDS), options.cases, lambda e: e.name)
    delays_s = (0.0, 0.3) if n_wanted < _N_ERRANDS else DELAYS_S
    cases = [(e, d, p) for e in errands for d in delays_s for p in (True, False)]
    rows = run_cases(run_case, cases, options.jobs, "latency")
    summary = _summary(rows, delays_s)
    targets = [
        Target("time at 300 ms / at 0 ms", 1.10, summary["time_ratio_300"], at_most=True),
        Target("collisions at 300 ms", 0.0, summary["collisions_300"], at_most=True),
        Target("success at 300 ms", 1.0, summary["success_300"]),
    ]
    return finish("latency", options, rows, _COLUMNS, summary, targets)


def _summary(rows: list[Row], delays_s: tuple[float, ...]) -> dict[str, float]:
    summary: dict[str, float] = {"errands": float(len({row["errand"] for row in rows}))}
    chosen = partial(_chosen, rows)
    usual_s = _time_s(chosen(0.0, is_predicting=True))
    for delay_s in delays_s:
        for is_predicting, mark in ((True, ""), (False, "_off")):
            some, name = chosen(delay_s, is_predicting=is_predicting), f"{1e3 * delay_s:.0f}{mark}"
            summary[f"time_ratio_{name}"] = _time_s(some) / usual_s
            for key in ("success", "jerk", "angular_jerk", "stops"):
                summary[f"{key}_{name}"] = _mean([float(row[key]) for row in some])
            for key in ("collisions", "caused"):
                summary[f"{key}_{name}"] = float(sum(row[key] for row in some))
    return summary


def _chosen(rows: list[Row], delay_s: float, *, is_predicting: bool) -> list[Row]:
    wanted = (round(1e3 * delay_s), is_predicting)
    return [row for row in rows if (row["delay_ms"], row["prediction"]) == wanted]


def _time_s(rows: list[Row]) -> float:
    return sum(row["time_s"] if row["success"] else _TIMEOUT_S for row in rows)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


if __name__ == "__main__":
    main(run, __doc__ or "")
