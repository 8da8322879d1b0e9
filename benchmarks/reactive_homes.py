"""What the reactive layer costs where nothing is in the way: go-to runs with it and without it.

The same robot, home, seed and goals in lock step, once as it is and once with a layer that lets
everything pass. A stop is false where the robot was held while nothing appeared or moved.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from skimage.graph import MCP_Geometric

from app.body_loop import BodyLoop
from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from app.simulate import Simulation
from app.task_words import parse_task
from benchmarks.common import Row
from drivers.simulation.body import SimulatedBody
from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2
from homebody.messages import Command
from navigation.reactive import ReactiveLayer, ReactiveVerdict

_TIMEOUT_S = 45.0
_CLEARANCE_M, _WAY_MIN_M, _WAY_MAX_M = 0.25, 2.0, 4.0
_WANTED_M_S = 0.05  # asked for less, nobody is held
_HELD_S = 0.3


class LetsAllPass(ReactiveLayer):
    """Hears everything and refuses nothing; for comparison only."""

    def check(
        self,
        speed_m_s: float,
        yaw_rate_rad_s: float,
        command: Command | None,  # noqa: ARG002  (the layer's signature)
        now_s: float,  # noqa: ARG002
        applied: tuple[float, float] = (0.0, 0.0),  # noqa: ARG002
    ) -> ReactiveVerdict:
        return ReactiveVerdict(speed_m_s, yaw_rate_rad_s)


class _WatchedLayer(ReactiveLayer):
    """Counts how long it held what was asked for, and why."""

    stops: Counter[str]
    held_ticks = 0

    def check(
        self,
        speed_m_s: float,
        yaw_rate_rad_s: float,
        command: Command | None,
        now_s: float,
        applied: tuple[float, float] = (0.0, 0.0),
    ) -> ReactiveVerdict:
        verdict = super().check(speed_m_s, yaw_rate_rad_s, command, now_s, applied)
        is_held = abs(speed_m_s) > _WANTED_M_S and verdict.speed_scale == 0.0
        self.held_ticks = self.held_ticks + 1 if is_held else 0
        if self.held_ticks == round(_HELD_S / 0.02):
            self.stops[verdict.reason] += 1
        return verdict


def pair_row(name: str, home: Path | None, seed: int, n_goals: int) -> Row:
    """Times of the goals with and without the layer, and the stops with it."""
    with_s, with_stops, with_ok = _drive(home, seed, n_goals, has_layer=True)
    without_s, _, without_ok = _drive(home, seed, n_goals, has_layer=False)
    both = [i for i in range(n_goals) if with_ok[i] and without_ok[i]]
    on_s, off_s = sum(with_s[i] for i in both), sum(without_s[i] for i in both)
    return {
        "case": name,
        "n": len(both),
        "time_on_s": on_s,
        "time_off_s": off_s,
        "cost": on_s / off_s - 1.0 if off_s > 0.0 else math.nan,
        "false_stops": sum(with_stops.values()),
        "note": "; ".join(f"{words} ({n})" for words, n in with_stops.items()),
    }


def _drive(
    home: Path | None, seed: int, n_goals: int, *, has_layer: bool
) -> tuple[list[float], Counter[str], list[bool]]:
    config = load_config()
    setting = make_setting(config, home, None, None, seed)
    robot = LockStepRobot(setting, config)
    kind = _WatchedLayer if has_layer else LetsAllPass
    layer = kind(config.body_description(), config.reactive)
    stops: Counter[str] = Counter()
    if isinstance(layer, _WatchedLayer):
        layer.stops = stops
    robot.body = BodyLoop(SimulatedBody(robot.world), layer, config.body_loop)
    simulation = Simulation(robot, _TIMEOUT_S)
    rng = np.random.default_rng(seed)
    goals = near_points_m(robot.truth.cells(), setting.start, n_goals, rng)
    reports = []
    for x_m, y_m in goals:
        words = f"go-to {x_m:.2f},{y_m:.2f}"
        reports.append(simulation.run_task(words, parse_task(words)))
    return [r.sim_time_s for r in reports], stops, [r.success for r in reports]


def near_points_m(
    cells: TrueCells, start: SE2, n_points: int, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Points 2 to 4 m from each other by the way one has to drive, 25 cm from all that is solid.

    Where a home has no floor so far away, the farthest there is.
    """
    spec = cells.spec
    distance_m = cv2.distanceTransform((~cells.solid).astype(np.uint8), cv2.DIST_L2, 5)
    is_open = (distance_m * spec.resolution_m >= _CLEARANCE_M) & cells.reachable
    costs = np.where(is_open, spec.resolution_m, -1.0)
    open_rc = np.argwhere(is_open)
    here = np.array(spec.cell_rc(start.x_m, start.y_m))
    here = open_rc[np.argmin(((open_rc - here) ** 2).sum(axis=1))]
    points = []
    for _ in range(n_points):
        way_m, _ = MCP_Geometric(costs).find_costs([tuple(here.tolist())])
        way_m[~np.isfinite(way_m)] = -1.0
        near_rc = np.argwhere((way_m > _WAY_MIN_M) & (way_m < _WAY_MAX_M))
        if len(near_rc) == 0:
            near_rc = np.argwhere(way_m == way_m.max())
        here = near_rc[rng.integers(len(near_rc))]
        x_m, y_m = spec.centres_m(here)
        points.append((float(x_m), float(y_m)))
    return points
