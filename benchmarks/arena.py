"""A trial of the BARN protocol: from a start to a goal through an arena, judged by the truth.

Success is to come within 1.0 m of the goal; a contact ends the run, and so do 100 s; the clock
starts when the robot has moved 0.1 m. The score is success times the optimal time over the time
taken, the latter held between 2 and 8 times the optimal one: at most 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from drivers.simulation.metrics import CollisionCounter
from drivers.simulation.world import World

SPEED_M_S = 2.0
REACHED_M = 1.0
TIME_MAX_S = 100.0
CLOCK_STARTS_M = 0.1
FULL_SCORE = 0.5
_START_MAX_S = 30.0  # a robot that has not moved by then never will


class Robot(Protocol):
    """What is put to the trial."""

    @property
    def world(self) -> World: ...

    @property
    def now_s(self) -> float: ...

    def step(self) -> object:
        """One tick of 20 ms."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a run.

    Attributes:
        outcome: "success", "collision" or "timeout".
        is_caused: The collision was caused by the robot, as the design defines it.
        time_s: From the first 0.1 m on.
        way_m: True positions, 10 a second.
    """

    outcome: str
    is_caused: bool
    time_s: float
    min_clearance_m: float
    way_m: tuple[tuple[float, float], ...]

    @property
    def is_success(self) -> bool:
        return self.outcome == "success"


def score(is_success: bool, time_s: float, reference_m: float) -> float:
    """The challenge's score of a run."""
    optimal_s = reference_m / SPEED_M_S
    return is_success * optimal_s / min(max(time_s, 2.0 * optimal_s), 8.0 * optimal_s)


def run_trial(
    robot: Robot, goal_xy_m: tuple[float, float], time_max_s: float = TIME_MAX_S
) -> Trial:
    """Step the robot until its run is over."""
    start = robot.world.truth.T_home_robot
    began_s, started_s = robot.now_s, math.inf
    contacts = CollisionCounter()
    clearance_m, way_m = math.inf, []
    touched_s, tick = began_s, 0
    while True:
        robot.step()
        truth = robot.world.truth
        here = truth.T_home_robot
        if tick % 5 == 0:
            way_m.append((round(here.x_m, 3), round(here.y_m, 3)))
        tick += 1
        clearance_m = min(clearance_m, truth.clearance_m)
        contacts.add_motion(truth.time_s, truth.speed_m_s, truth.yaw_rate_rad_s)
        for touch in robot.world.touches_since(touched_s):
            contacts.add_touch(touch)
            touched_s = touch.time_s
        if math.isinf(started_s) and here.distance_m(start) > CLOCK_STARTS_M:
            started_s = robot.now_s
        time_s = max(0.0, robot.now_s - started_s)
        outcome = ""
        if contacts.n_collisions:
            outcome = "collision"
        elif math.dist((here.x_m, here.y_m), goal_xy_m) <= REACHED_M:
            outcome = "success"
        elif time_s >= time_max_s or robot.now_s - began_s >= time_max_s + _START_MAX_S:
            outcome = "timeout"
        if outcome:
            is_caused = contacts.n_caused > 0
            return Trial(outcome, is_caused, time_s, clearance_m, tuple(way_m))
