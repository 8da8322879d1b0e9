"""Who is put to the trials: the whole robot in lock step, and DWA at two speeds."""

from __future__ import annotations

from app.config import HomebodyConfig
from app.lockstep import LockStepRobot
from app.setting import Setting
from app.simulate import task_request
from app.task_words import TaskWords
from benchmarks.arena import Robot
from benchmarks.peers.dwa import DwaSettings
from benchmarks.peers.dwa_robot import DwaRobot
from drivers.simulation.homes.home import Home
from drivers.simulation.scenario import Scenario

OURS = "homebody"
DWA_SPEEDS_M_S = {"dwa 0.5": 0.5, "dwa 1.0": 1.0}
PLANNERS = (OURS, *DWA_SPEEDS_M_S)


def make_robot(
    planner: str,
    home: Home,
    scenario: Scenario,
    config: HomebodyConfig,
    *,
    goal_xy_m: tuple[float, float],
    seed: int,
) -> Robot:
    """A robot at the home's start that was told to go to the goal, in the home frame."""
    scenario = scenario.starting_at(home.start)
    if planner == OURS:
        robot = LockStepRobot(Setting(home, scenario, home.start, seed), config)
        x_m, y_m = goal_xy_m
        task = TaskWords("go_to", {"x": x_m, "y": y_m})
        robot.brain.submit(task_request("go", task, 0.0), False, 0.0)
        return robot
    return DwaRobot(
        home,
        config.body.description(),
        config.simulation,
        DwaSettings(speed_max_m_s=DWA_SPEEDS_M_S[planner]),
        goal_xy_m=goal_xy_m,
        scenario=scenario,
        seed=seed,
    )
