"""How gracefully does the robot move? Beside it a DWA and an MPPI within the same robot.

Room-to-room runs in 20 homes, most crossed by a person, and four scripted meetings in the hall of
the default home (passing, crossing, overtaking, a blind corner). The peers sit in the place of the
local planner, behind a limiter that keeps the body's limits on acceleration and jerk, and were
tuned on three homes that are not among the 20 (`python -m benchmarks.grace_tuning`). Everything
else is the same robot: slam, map, global planner, reactive layer, delays.
Measures are those of the design; means are over the runs that all planners finished, and a run
that fails counts as 90 s. The front: on how many errands is no peer both smoother and quicker.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import partial

import numpy as np

from app.process import use_one_thread
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases, wilson_interval
from benchmarks.errands import Errand, Variant, errands_in, run_errand
from benchmarks.homes import Case, find_cases
from benchmarks.local_planner_speed import has_peer
from benchmarks.peers.dwa import DwaSettings
from benchmarks.peers.dwa_planner import DwaPlanner
from benchmarks.peers.limiter import Limited
from drivers.simulation.homes.load import default_home_path
from drivers.simulation.scenario import PersonPlan
from homebody.errors import HomebodyError
from homebody.geometry import SE2
from homebody.messages import BodyDescription
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.request import Planner

N_HOMES = 20
N_TUNING_HOMES = 3
_FAILED_S = 90.0
_COLUMNS = (
    "errand", "variant", "success", "time_s", "ideal_s", "jerk", "angular_jerk", "log_jerk",
    "reversals", "stops", "person_m", "intimate_s", "personal_s", "social_s", "collisions",
    "caused", "note",
)  # fmt: skip
# a point ahead that is to reach the goal would leave the robot short of it
DWA = DwaSettings(speed_max_m_s=1.0, yaw_rate_max_rad_s=1.8, period_s=0.1, forward_point_m=0.0)


# --- planners ------------------------------------------------------------------------------------


def dwa_planner(
    body: BodyDescription,
    config: LocalPlannerConfig,
    rng: np.random.Generator,
    settings: DwaSettings = DWA,
) -> Planner:
    """The plain DWA behind the limiter."""
    del config, rng
    return Limited(DwaPlanner(body, settings), body.limits)


def mppi_planner(
    body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
) -> Planner:
    """The MPPI on `pytorch_mppi` behind the limiter."""
    from benchmarks.peers.mppi import MppiPlanner, MppiSettings  # noqa: PLC0415  (optional)

    del config
    return Limited(MppiPlanner(body, MppiSettings(), rng), body.limits)


def variants() -> tuple[Variant, ...]:
    """Ours first."""
    peers = [Variant("dwa", make_planner=dwa_planner)]
    if has_peer():
        peers.append(Variant("mppi", make_planner=mppi_planner))
    return (Variant("ours"), *peers)


# --- errands -------------------------------------------------------------------------------------


def meetings(seed: int) -> list[Errand]:
    """Encounters in the hall of the default home, 1.4 m wide."""
    path = default_home_path()
    west, east = SE2(1.2, 4.7, 0.0), SE2(9.0, 4.7, math.pi)
    plans = {
        "passing": (west, (9.0, 4.7), _walk((8.8, 4.35), (1.6, 4.35), speed_m_s=0.8)),
        "overtaking": (west, (9.0, 4.7), _walk((2.8, 4.35), (9.2, 4.35), speed_m_s=0.35)),
        "crossing": (
            east, (1.2, 4.7),
            _walk((2.7, 3.0), (2.7, 6.2), speed_m_s=0.8, start_s=4.2),
        ),
        "blind-corner": (
            SE2(4.6, 4.7, 0.0), (8.05, 2.4),
            _walk((8.05, 2.2), (8.05, 4.75), (9.4, 4.75), speed_m_s=0.8, start_s=1.2),
        ),
    }  # fmt: skip
    return [
        Errand(f"meeting-{name}", path, start, goal, (person,), seed)
        for name, (start, goal, person) in plans.items()
    ]


def _walk(*points_m: tuple[float, float], speed_m_s: float, start_s: float = 0.5) -> PersonPlan:
    return PersonPlan(
        name="somebody", waypoints_m=points_m, speed_m_s=speed_m_s, start_time_s=start_s
    )


def tuning_homes(options: Options) -> list[Case]:
    """The last homes found, which the benchmark leaves out."""
    cases = find_cases(options)
    return cases[-N_TUNING_HOMES:] if len(cases) > N_TUNING_HOMES else []


def find_errands(options: Options) -> list[Errand]:
    """One errand in each of the first homes that give one, and the meetings among them."""
    from app.config import load_config  # noqa: PLC0415

    body = load_config().body_description()
    left_out = {case.path for case in tuning_homes(options)}
    scripted = meetings(options.seed)
    found: list[Errand] = []
    n_homes = 0
    for case in find_cases(options):
        if case.path in left_out or n_homes == N_HOMES:
            continue
        try:
            errands = errands_in(case.path, options.seed, 1, body)
        except HomebodyError:
            continue  # `benchmarks.homes` says what is wrong with it
        found += errands
        n_homes += bool(errands)
        if scripted and errands:
            found.append(scripted.pop(0))
    return found + scripted


# --- the benchmark -------------------------------------------------------------------------------


def run_case(case: tuple[Errand, Variant]) -> Row:
    """One errand by one planner."""
    use_one_thread()
    errand, variant = case
    return run_errand(errand, variant)


def run(options: Options) -> int:
    """The whole benchmark."""
    if not has_peer():
        print("pytorch_mppi is absent: install homebody[peers] to compare with it", file=sys.stderr)
    errands = choose(find_errands(options), options.cases, lambda errand: errand.name)
    planners = variants()
    rows = run_cases(run_case, [(e, v) for e in errands for v in planners], options.jobs, "grace")
    names = [variant.name for variant in planners]
    summary = summarize(rows, names)
    better = min(names[1:], key=lambda name: summary[f"{name}_jerk"])
    targets = [
        Target(
            f"jerk / that of the better peer ({better})", 0.5,
            summary["ours_jerk"] / summary[f"{better}_jerk"], at_most=True,
        ),
        Target(
            f"time / that of the better peer ({better})", 1.05,
            summary["ours_time_s"] / summary[f"{better}_time_s"], at_most=True,
        ),
        Target("share of errands on the jerk-time front", 1.0, summary["on_front"]),
    ]  # fmt: skip
    return finish("grace", options, rows, _COLUMNS, summary, targets)


def summarize(rows: Sequence[Row], names: Sequence[str]) -> dict[str, float]:
    """Means per planner, and how often ours is on the front."""
    by_errand: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_errand.setdefault(row["errand"], {})[row["variant"]] = row
    finished = [runs for runs in by_errand.values() if all(runs[n]["success"] for n in names)]
    summary = {"errands": float(len(by_errand)), "finished_by_all": float(len(finished))}
    for name in names:
        mean = partial(_mean, [runs[name] for runs in finished])
        every = [runs[name] for runs in by_errand.values()]
        n_done = sum(row["success"] for row in every)
        low, high = wilson_interval(n_done, len(every))
        summary |= {
            f"{name}_success": n_done / max(1, len(every)),
            f"{name}_success_low": low,
            f"{name}_success_high": high,
            f"{name}_time_all_s": float(
                np.mean([row["time_s"] if row["success"] else _FAILED_S for row in every])
            ),
            f"{name}_collisions": float(sum(row["collisions"] for row in every)),
            f"{name}_caused": float(sum(row["caused"] for row in every)),
        }
        for key in (
            "time_s", "ideal_s", "jerk", "angular_jerk", "log_jerk", "reversals", "stops",
            "person_m", "intimate_s", "personal_s", "social_s",
        ):  # fmt: skip
            summary[f"{name}_{key}"] = mean(key)
    on_front = [not any(_beats(r[n], r[names[0]]) for n in names[1:]) for r in by_errand.values()]
    summary["on_front"] = float(np.mean(on_front)) if on_front else math.nan
    return summary


def _beats(peer: Row, ours: Row) -> bool:
    """Whether a peer is there sooner and smoother."""
    if not peer["success"]:
        return False
    if not ours["success"]:
        return True
    return bool(peer["time_s"] < ours["time_s"] and peer["jerk"] < ours["jerk"])


def _mean(rows: Sequence[Row], key: str) -> float:
    values = [float(row[key]) for row in rows if not math.isnan(float(row[key]))]
    return float(np.mean(values)) if values else math.nan


if __name__ == "__main__":
    main(run, __doc__ or "")
