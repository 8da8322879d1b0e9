"""Where the robot lives in a simulation: home, scenario, start pose and seed, from the options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.config import HomebodyConfig
from app.task_words import parse_numbers
from drivers.simulation.homes.checks import check_standing_place
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.load import default_home_path, load_home
from drivers.simulation.scenario import Scenario, load_scenario
from homebody.errors import InputError
from homebody.geometry import SE2


@dataclass(frozen=True, slots=True)
class Setting:
    """A home with what will happen in it and where the robot starts."""

    home: Home
    scenario: Scenario
    start: SE2
    seed: int


def make_setting(
    config: HomebodyConfig,
    home: Path | None,
    scenario: Path | None,
    start: str | None,
    seed: int,
) -> Setting:
    """Load the files; a start pose on the command line wins over scenario, config and home.

    Raises:
        InputError: A file or the start pose is wrong.
    """
    place = load_home(home or config.robot.home or default_home_path())
    events = load_scenario(scenario) if scenario is not None else Scenario()
    events.check_against(place, scenario or "scenario")
    pose, source = _start_pose(config, place, events, start)
    check_standing_place(place, pose, source, "start", InputError)
    return Setting(place, events.starting_at(pose), pose, seed)


def _start_pose(
    config: HomebodyConfig, home: Home, scenario: Scenario, words: str | None
) -> tuple[SE2, str]:
    """The pose, and who said so."""
    if words is not None:
        numbers = parse_numbers(words, "--start", ("x", "y", "yaw"), 2)
        return SE2(numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else 0.0), "--start"
    if scenario.start is not None:
        return scenario.start.se2(), "scenario"
    configured = config.robot.start_pose()
    return (configured, "robot.start") if configured is not None else (home.start, home.name)
