"""Through the BARN worlds without a map, by the protocol of the challenge, beside a plain DWA.

`python -m benchmarks.barn --data DIR` runs every world found below DIR in two settings (fair,
stressed) with three seeds, for the whole robot and for DWA at 0.5 and 1 m/s, in the body of a
Jackal. `--cases 3` takes three worlds; `--planners homebody` leaves the peers out. The published
table was made in Gazebo: compare ratios, as far as DWA lands on its row.
"""

from __future__ import annotations

import sys

from benchmarks.arena import Trial, run_trial
from benchmarks.arena_bench import (
    ArenaCase,
    ArenaOptions,
    chosen_cases,
    draw_ways,
    parse_arena,
    run_world,
    tabulate,
    told,
)
from benchmarks.arena_robots import OURS, make_robot
from benchmarks.barn_data import GOAL_XY_M, BarnWorld, load_worlds
from benchmarks.common import EXIT_BAD_USE, Row, Target, finish, run_cases
from benchmarks.jackal import Conditions, jackal
from drivers.simulation.scenario import Scenario

_COLUMNS = ("world", "successes", "runs_of_ours", "score", "time_s", "clearance_m", "note")


def run_case(case: ArenaCase) -> Row:
    """All runs in one world."""
    world = case.world
    assert isinstance(world, BarnWorld)
    home = world.home()

    def trial(planner: str, conditions: Conditions, seed: int) -> Trial:
        config = jackal(conditions, seed)
        robot = make_robot(planner, home, Scenario(), config, goal_xy_m=GOAL_XY_M, seed=seed)
        return run_trial(robot, GOAL_XY_M)

    return told(run_world(case, world.reference_m, trial))


def run(options: ArenaOptions) -> int:
    """The whole benchmark."""
    cases = chosen_cases(options, load_worlds, "BARN worlds (barn.npz)")
    if not cases:
        return EXIT_BAD_USE
    rows = run_cases(run_case, cases, options.jobs, "barn")
    runs = [run for row in rows for run in row["runs"]]
    summary = tabulate(runs, options)
    if options.picture is not None:
        discs = [(case.name, case.world.cylinders) for case in cases]  # type: ignore[attr-defined]
        draw_ways(options.picture, discs, runs)
    return finish("barn", options, rows, _COLUMNS, summary, _targets(summary, options))


def _targets(summary: dict[str, float], options: ArenaOptions) -> list[Target]:
    if OURS not in options.planners:
        return []
    targets = []
    for conditions in options.conditions:
        name, of = conditions.name, f"{conditions.name}/{OURS}"
        if name == "fair":
            targets += [
                Target("fair: success", 1.0, summary[f"{of}/success"]),
                Target("fair: collisions", 0.0, summary[f"{of}/collision"], at_most=True),
                Target("fair: runs at the full score", 0.97, summary[f"{of}/full"]),
            ]
        else:
            targets += [
                Target("stressed: success", 0.99, summary[f"{of}/success"]),
                Target("stressed: collisions caused", 0.0, summary[f"{of}/caused"], at_most=True),
                Target("stressed: score", 0.49, summary[f"{of}/score"]),
            ]
    return targets


if __name__ == "__main__":
    sys.exit(run(parse_arena(__doc__ or "")))
