"""Measures whether the reactive layer is safe, never a trap, and never in the way.

`stop/...`: things appear before the moving robot, at every speed and with every delay (no contact
at or outside the bound of `docs/maths/reactive.md`; inside it no impact above physics).
`cliff/...`: a stair edge at every angle. `world/...`: both in the simulated home itself.
`escape/...`: random poses in clutter. `home/...`: go-to runs with the layer on and off, in the
default home and in homes below `--data`. `HOMEBODY_REACTIVE_FULL=1` makes over a thousand
appearances for each set.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases
from benchmarks.homes import find_cases as find_homes
from benchmarks.kinematic_place import Delays, lidar_only_body
from benchmarks.reactive_cliffs import approach_edge
from benchmarks.reactive_escape import time_to_come_free_s, try_wedge
from benchmarks.reactive_homes import pair_row
from benchmarks.reactive_shapes import jackal_like_body
from benchmarks.reactive_stopping import (
    Trial,
    random_twist,
    stopping_trials,
)
from benchmarks.reactive_world import appearance_row, stairs_row
from homebody.messages import BodyDescription, default_body

_IS_FULL = os.environ.get("HOMEBODY_REACTIVE_FULL", "") not in ("", "0")
_RUNS, _PER_RUN = (140 if _IS_FULL else 25), 8
_APPROACHES = 60
_IN_WORLD = 24
_POSES, _CLUTTERS = 4000, 60
_GOALS = 4
_HOMES = 13
_IMPACT_SLACK_M_S = 0.03  # a tick's worth of braking
_COLUMNS = (
    "case", "n", "outside", "contacts", "margin_min_m", "inside", "hits", "over_physics",
    "over_first_sight_max_m_s", "fallen", "held", "cost", "false_stops", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    work: Callable[[], Row]


def find_cases(options: Options) -> list[Case]:
    """All cases; the first three are of three kinds."""
    bodies = {
        "default": default_body(),
        "lidar": lidar_only_body(),
        "2-m-s-270-degrees": jackal_like_body(default_body()),
    }
    cases = [
        *(_stop_cases(bodies["default"], "default", options.seed)[:1]),
        Case("cliff/arc", partial(cliff_row, default_body(), "arc", options.seed)),
        Case("escape/poses", partial(wedge_row, options.seed)),
        *(_stop_cases(bodies["default"], "default", options.seed)[1:]),
    ]
    for name, body in list(bodies.items())[1:]:
        cases += _stop_cases(body, name, options.seed)
    for approach in ("ahead", "behind", "turn"):
        cases.append(
            Case(f"cliff/{approach}", partial(cliff_row, default_body(), approach, options.seed))
        )
    blind = dataclasses.replace(default_body(), depth=None)
    for approach in ("ahead", "behind", "arc", "turn"):
        cases.append(
            Case(f"cliff/no-depth-{approach}", partial(cliff_row, blind, approach, options.seed))
        )
    for title, row in (("things", appearance_row), ("stairs", stairs_row)):
        name = f"world/{title}"
        cases.append(Case(name, partial(row, name, _IN_WORLD, options.seed)))
    cases.append(Case("escape/driving", partial(free_row, options.seed)))
    return cases + [_home_case(h.name, h.path, options.seed) for h in _homes(options)]


def stop_row(body: BodyDescription, seed: int, *, any_delay: bool, name: str = "") -> Row:
    """Appearances before one body."""
    trials: list[Trial] = []
    for k in range(_RUNS):
        rng = np.random.default_rng([seed, k])
        twist = random_twist(rng, body)
        delays = Delays.draw(rng) if any_delay else Delays.default()
        trials += stopping_trials(body, rng, twist, _PER_RUN, delays=delays, noise_m=0.01)
    outside = [t for t in trials if t.is_outside]
    inside = [t for t in trials if not t.is_outside]
    hits = [t for t in inside if t.impact_m_s > 0.0]
    return {
        "case": name,
        "seed": seed,
        "n": len(trials),
        "outside": len(outside),
        "contacts": sum(t.clearance_m <= 0.0 for t in outside),
        "margin_min_m": min((t.clearance_m for t in outside), default=math.nan),
        "inside": len(inside),
        "hits": len(hits),
        "over_physics": sum(t.impact_m_s > t.worst_m_s + _IMPACT_SLACK_M_S for t in inside),
        "over_first_sight_max_m_s": max((t.impact_m_s - t.physics_m_s for t in hits), default=0.0),
    }


def cliff_row(body: BodyDescription, approach: str, seed: int) -> Row:
    """Approaches to a stair edge."""
    rng = np.random.default_rng(seed)
    trials = [approach_edge(body, approach, rng) for _ in range(_APPROACHES)]
    depth = "" if body.depth is not None else "no-depth-"
    return {
        "case": f"cliff/{depth}{approach}",
        "seed": seed,
        "n": len(trials),
        "fallen": sum(t.has_fallen for t in trials),
        "held": sum(not t.got_away for t in trials),
        "note": f"overhang of the rim at most {max(t.overhang_m for t in trials):.3f} m",
    }


def wedge_row(seed: int) -> Row:
    """Poses among points, judged standing."""
    rng = np.random.default_rng(seed)
    poses = [w for w in (try_wedge(rng) for _ in range(_POSES)) if w is not None]
    can = [w for w in poses if w.can_gain]
    return {
        "case": "escape/poses",
        "seed": seed,
        "n": len(can),
        "held": sum(not w.passes for w in can),
        "note": f"{sum(w.clearance_m <= 0.0 for w in can)} of them touching or overlapping",
    }


def free_row(seed: int) -> Row:
    """A simple retreat out of random clutter."""
    rng = np.random.default_rng(seed)
    times = [time_to_come_free_s(rng) for _ in range(_CLUTTERS)]
    real = [t for t in times if t is not None]
    finite = [t for t in real if math.isfinite(t)]
    return {
        "case": "escape/driving",
        "seed": seed,
        "n": len(real),
        "held": len(real) - len(finite),
        "note": f"free after {np.median(real):.1f} s, at most {max(finite, default=0.0):.1f} s",
    }


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options), options.cases, lambda case: case.name)
    rows = run_cases(_work, cases, options.jobs, "reactive")
    summary = {
        key: float(sum(row.get(key) or 0 for row in rows))
        for key in ("n", "outside", "contacts", "inside", "over_physics", "fallen", "held")
    }
    targets = [
        Target("contacts at or outside the bound", 0.0, summary["contacts"], at_most=True),
        Target("impacts harder than physics", 0.0, summary["over_physics"], at_most=True),
        Target("falls from a stair", 0.0, summary["fallen"], at_most=True),
        Target("held where a way out exists", 0.0, summary["held"], at_most=True),
    ]
    homes = [row for row in rows if "time_off_s" in row]
    if homes:
        on_s = sum(row["time_on_s"] for row in homes)
        off_s = sum(row["time_off_s"] for row in homes)
        summary |= {
            "home_runs": float(sum(row["n"] for row in homes)),
            "time_cost": on_s / off_s - 1.0 if off_s else math.nan,
            "false_stops": float(sum(row["false_stops"] for row in homes)),
        }
        targets += [
            Target("time that the layer costs", 0.03, summary["time_cost"], at_most=True),
            Target("stops for nothing", 0.0, summary["false_stops"], at_most=True),
        ]
    return finish("reactive", options, rows, _COLUMNS, summary, targets)


def _stop_cases(body: BodyDescription, name: str, seed: int) -> list[Case]:
    kinds = {"configured-delays": False, "any-delays": True}
    cases = []
    for k, (kind, any_delay) in enumerate(kinds.items()):
        full = f"stop/{name}-{kind}"
        work = partial(stop_row, body, seed + 100 * k, any_delay=any_delay, name=full)
        cases.append(Case(full, work))
    return cases


def _homes(options: Options) -> list[Home]:
    return [Home(case.name, case.path) for case in find_homes(options)[:_HOMES]]


@dataclass(frozen=True, slots=True)
class Home:
    name: str
    path: Path


def _home_case(name: str, path: Path, seed: int) -> Case:
    return Case(f"home/{name}", partial(pair_row, f"home/{name}", path, seed, _GOALS))


def _work(case: Case) -> Row:
    return case.work()


if __name__ == "__main__":
    main(run, __doc__ or "")
