"""What the reactive layer costs where nothing is in the way: go-to runs with it and without it.

The same robot, home, seed and goals in lock step, once as it is and once with a layer that lets
everything pass. A stop is false where the robot was held while nothing appeared or moved.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from app.body_loop import BodyLoop
from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from app.simulate import Simulation
from app.task_words import parse_task
from benchmarks.common import Row
from benchmarks.far_points import far_points_m
from drivers.simulation.body import SimulatedBody
from homebody.messages import Command
from navigation.reactive import ReactiveLayer, ReactiveVerdict

_TIMEOUT_S = 120.0
_WANTED_M_S = 0.05  # asked for less, nobody is held
_HELD_S = 0.3


class _LetsAllPass(ReactiveLayer):
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
    kind = _WatchedLayer if has_layer else _LetsAllPass
    layer = kind(config.body_description(), config.reactive)
    stops: Counter[str] = Counter()
    if isinstance(layer, _WatchedLayer):
        layer.stops = stops
    robot.body = BodyLoop(SimulatedBody(robot.world), layer, config.body_loop)
    simulation = Simulation(robot, _TIMEOUT_S)
    goals = far_points_m(robot.truth.cells(), setting.start, n_goals)
    reports = []
    for x_m, y_m in goals:
        words = f"go-to {x_m:.2f},{y_m:.2f}"
        reports.append(simulation.run_task(words, parse_task(words)))
    return [r.sim_time_s for r in reports], stops, [r.success for r in reports]
