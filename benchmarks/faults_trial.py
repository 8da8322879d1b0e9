"""One run in lock step under a scenario of faults, watched tick by tick against the truth.

A run without the fault tells when the robot is at full speed; the same seed then gives the same
run up to that moment, at which the fault begins.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.body_loop import BodyLoop
from app.body_output import BodyOutput
from app.brain import Brain
from app.brain_parts import BrainOutput
from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from drivers.simulation.scenario import Scenario
from homebody.messages import BodyReport, BrainInput, Command
from homebody.payloads import FINAL_STATES, TaskRequest

_GOAL = {"x": 5.0, "y": 4.7}
_AT_FULL_SPEED = 0.97
_STANDING_M_S = 0.02

Mangle = Callable[[Command | None, float], object]


@dataclass
class Trial:
    """What was seen of one run, tick by tick."""

    time_s: list[float] = field(default_factory=list)
    speed_m_s: list[float] = field(default_factory=list)
    reports: list[BodyReport] = field(default_factory=list)
    activity: list[tuple[float, str]] = field(default_factory=list)
    errors_m: list[tuple[float, float]] = field(default_factory=list)
    told: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    contacts: int = 0
    caused: int = 0
    end: str = "not over"

    def first_s(self, is_so: Callable[[BodyReport], bool], from_s: float) -> float:
        """When a report first says so; nan for never."""
        return next((r.time_s for r in self.reports if r.time_s >= from_s and is_so(r)), math.nan)

    def stands_s(self, from_s: float) -> float:
        """When the robot truly stands; nan for never."""
        pairs = zip(self.time_s, self.speed_m_s, strict=True)
        return next((t for t, v in pairs if t >= from_s and abs(v) < _STANDING_M_S), math.nan)

    def speed_at(self, time_s: float) -> float:
        return abs(self.speed_m_s[int(np.searchsorted(self.time_s, time_s))])


def drive(
    scenario: Scenario,
    seed: int,
    until_s: float,
    mangle: Mangle | None = None,
    body_dies_s: float = math.inf,
    body_is_back_s: float = math.inf,
    clock_jump: tuple[float, float] = (math.inf, 0.0),
    linger_s: float = 0.5,
) -> Trial:
    """Go to a far place under a scenario; the trial ends some time after the task has."""
    config = load_config()
    setting = make_setting(config, None, None, None, seed)
    scenario = scenario.starting_at(setting.start)
    robot = LockStepRobot(dataclasses.replace(setting, scenario=scenario), config)
    trial = Trial()
    _watch(robot.body, trial, mangle)
    _jump_clock(robot.brain, *clock_jump)
    request = TaskRequest(v=1, id="t", type="go_to", args=_GOAL, ts=0.0, ttl_s=60.0)
    robot.brain.submit(request, False, 0.0)
    ended_s = math.inf
    while robot.now_s < until_s and robot.now_s < ended_s + linger_s:
        if body_dies_s <= robot.now_s < body_is_back_s:
            robot.world.advance_to(robot.now_s)
            robot.truth.step(robot.now_s)
            robot._tick += 1
            output = None
        else:
            output = robot.step()
        trial.time_s.append(robot.now_s)
        trial.speed_m_s.append(robot.truth.truth.speed_m_s)
        if output is None:
            continue
        trial.activity.append((robot.now_s, output.decision.activity))
        trial.told.append((robot.now_s, output.faults))
        error_m = output.seen.estimate.T_map_robot.distance_m(robot.truth.truth.T_home_robot)
        trial.errors_m.append((robot.now_s, error_m))
        for event in output.events:
            if event.state in FINAL_STATES:
                trial.end, ended_s = event.state, min(ended_s, robot.now_s)
    trial.contacts, trial.caused = robot.truth.collisions, robot.truth.collisions_caused
    return trial


def _watch(body: BodyLoop, trial: Trial, mangle: Mangle | None) -> None:
    step = body.step

    def watched(command: Command | None, now_s: float) -> BodyOutput:
        given = command if mangle is None else mangle(command, now_s)
        output = step(given, now_s)  # type: ignore[arg-type]  # a mangled one may be anything
        trial.reports.append(output.report)
        return output

    body.step = watched  # type: ignore[method-assign]


def _jump_clock(brain: Brain, at_s: float, jump_s: float) -> None:
    step = brain.step

    def jumped(inputs: BrainInput, now_s: float, wall_s: float) -> BrainOutput | None:
        return step(inputs, now_s, wall_s + (jump_s if now_s >= at_s else 0.0))

    brain.step = jumped  # type: ignore[method-assign]


@functools.cache
def full_speed_s(seed: int) -> float:
    """When the robot is first at the full speed of this way."""
    trial = drive(Scenario(), seed, 12.0)
    speed = np.abs(trial.speed_m_s)
    return float(trial.time_s[int(np.argmax(speed > _AT_FULL_SPEED * speed.max()))])
