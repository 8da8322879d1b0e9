"""Through crowds of moving cylinders: the DynaBARN worlds, by the protocol of BARN.

`python -m benchmarks.dynabarn --data DIR` crosses every world found below DIR with three seeds, the
whole robot and DWA beside it, in the fair setting (`--setting both` for the stressed one too).
Every published planner succeeds in none of them. A collision is counted as caused where the robot
was closing in, which it nearly always is while it drives.
"""

from __future__ import annotations

import sys

from benchmarks.arena import Trial, run_trial
from benchmarks.arena_bench import (
    ArenaCase,
    ArenaOptions,
    chosen_cases,
    parse_arena,
    run_world,
    tabulate,
    told,
)
from benchmarks.arena_robots import OURS, make_robot
from benchmarks.common import EXIT_BAD_USE, Row, Target, finish, run_cases
from benchmarks.dynabarn_data import DynaBarnWorld, load_worlds
from benchmarks.jackal import Conditions, by_odometry, jackal

_COLUMNS = ("world", "successes", "runs_of_ours", "score", "time_s", "clearance_m", "note")


def run_case(case: ArenaCase) -> Row:
    """All runs in one world."""
    world = case.world
    assert isinstance(world, DynaBarnWorld)
    home = world.home()

    def trial(planner: str, conditions: Conditions, seed: int) -> Trial:
        config = by_odometry(jackal(conditions, seed))
        robot = make_robot(
            planner, home, world.scenario, config, goal_xy_m=world.goal_xy_m, seed=seed
        )
        return run_trial(robot, world.goal_xy_m)

    return told(run_world(case, world.reference_m, trial))


def run(options: ArenaOptions) -> int:
    """The whole benchmark."""
    cases = chosen_cases(options, load_worlds, "DynaBARN worlds (dynabarn.json)")
    if not cases:
        return EXIT_BAD_USE
    rows = run_cases(run_case, cases, options.jobs, "dynabarn")
    summary = tabulate([run for row in rows for run in row["runs"]], options)
    targets = [
        Target(f"{c.name}: success", 0.5, summary[f"{c.name}/{OURS}/success"])
        for c in options.conditions
        if OURS in options.planners
    ]
    return finish("dynabarn", options, rows, _COLUMNS, summary, targets)


if __name__ == "__main__":
    sys.exit(run(parse_arena(__doc__ or "", setting="fair")))
