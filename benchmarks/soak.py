"""An hour of simulated duty: explore, then go to random places. No collision, leak or lost task.

`--cases N` shortens it to N go-tos after the exploration; the default is as many as fit into an
hour. Memory is the unique set size of this process, after ten simulated minutes and at the end.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import psutil

from app.config import load_config
from app.lockstep import LockStepRobot
from app.process import use_one_thread
from app.setting import make_setting
from app.simulate import Simulation
from app.task_words import parse_task
from benchmarks.common import Options, Row, Target, finish, main
from drivers.simulation.truth import TrueCells

_DURATION_S = 3600.0
_WARM_UP_S = 600.0
_CLEARANCE_M = 0.25
_COLUMNS = ("task", "success", "reason", "sim_time_s", "at_s", "memory_mb", "collisions")


def run(options: Options) -> int:
    """The whole benchmark."""
    use_one_thread()
    config = load_config()
    robot = LockStepRobot(make_setting(config, None, None, None, options.seed), config)
    simulation = Simulation(robot, config.robot.task_timeout_s)
    cells = robot.truth.cells()
    rng = np.random.default_rng(options.seed)
    rows = [_ask(simulation, "explore")]
    n_max = int(options.cases) if options.cases else math.inf
    while robot.now_s < _DURATION_S and len(rows) <= n_max:
        x_m, y_m = random_place_m(cells, rng)
        rows.append(_ask(simulation, f"go-to {x_m:.2f},{y_m:.2f}"))
    report = simulation.report()
    warm = next((r["memory_mb"] for r in rows if r["at_s"] >= _WARM_UP_S), rows[0]["memory_mb"])
    growth = rows[-1]["memory_mb"] / warm - 1.0
    summary = {
        "sim_time_s": report.sim_time_s,
        "tasks": float(len(rows)),
        "success_rate": float(np.mean([row["success"] for row in rows])),
        "collisions": float(report.collisions),
        "memory_growth": growth,
        "coverage": report.coverage,
        "map_iou": report.map_iou,
        "error_rms_m": report.localization_error_m.rms,
        "error_max_m": report.localization_error_m.max,
        "min_clearance_m": report.min_clearance_m,
        "jerk_rms_m_s3": report.jerk_rms_m_s3,
        "plan_p50_ms": report.plan_ms.p50,
        "plan_p99_ms": report.plan_ms.p99,
        "real_time_factor": report.real_time_factor,
        "recoveries": float(report.recoveries),
    }
    targets = [
        Target("every task succeeds", 1.0, summary["success_rate"]),
        Target("collisions", 0.0, summary["collisions"], at_most=True),
        Target("memory growth after 10 minutes", 0.05, growth, at_most=True),
        Target("real-time factor", 5.0, report.real_time_factor),
        Target("planning p99 [ms]", 15.0, report.plan_ms.p99, at_most=True),
    ]
    return finish("soak", options, rows, _COLUMNS, summary, targets)


def random_place_m(cells: TrueCells, rng: np.random.Generator) -> tuple[float, float]:
    """A place on the reachable floor with 25 cm around it."""
    distance = cv2.distanceTransform((~cells.solid).astype(np.uint8), cv2.DIST_L2, 5)
    is_open = cells.reachable & (distance * cells.spec.resolution_m >= _CLEARANCE_M)
    open_rc = np.argwhere(is_open)
    x_m, y_m = cells.spec.centres_m(open_rc[rng.integers(len(open_rc))])
    return float(x_m), float(y_m)


def _ask(simulation: Simulation, words: str) -> Row:
    task = simulation.run_task(words, parse_task(words))
    memory_mb = psutil.Process().memory_full_info().uss / 2**20
    return {
        "task": words,
        "success": task.success,
        "reason": task.reason,
        "sim_time_s": task.sim_time_s,
        "at_s": simulation.robot.now_s,
        "memory_mb": memory_mb,
        "collisions": simulation.robot.truth.collisions,
    }


if __name__ == "__main__":
    main(run, __doc__ or "")
