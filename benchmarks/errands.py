"""Room-to-room runs: one robot that knows its home, one goal, a person who crosses its way.

An errand leads from one far point of a home to another. The robot starts with the home's map, as
one that has lived there, and is otherwise the whole robot in lock step, with noise, slip and
delays. What moves it can be replaced, so that planners are compared within the same robot.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from app.brain import Brain
from app.brain_parts import BrainOutput
from app.config import HomebodyConfig
from app.lockstep import LinkDelay, LockStepRobot
from app.setting import Setting
from app.simulate import Simulation
from app.task_words import parse_task
from app.wiring import make_brain
from benchmarks.far_points import far_points_m
from benchmarks.motion_measures import (
    MotionLog,
    gaps_m,
    ideal_time_s,
    n_reversals,
    n_stops,
    smoothness,
    zone_times_s,
)
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.load import load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from drivers.simulation.scenario import PersonPlan, Scenario
from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from homebody.ports import JobRunner
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.request import Planner
from navigation.slam.slam import Slam
from navigation.slam.waking import Memory
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

Row = dict[str, Any]
MakePlanner = Callable[[BodyDescription, LocalPlannerConfig, np.random.Generator], Planner]
Reassemble = Callable[[Brain], Brain]

_FLOOR_GAP_M = 0.02
_WAY_CLEARANCE_M = 0.2
_STAND_CLEARANCE_M = 0.4  # where an errand begins and ends, if there is so much room
_LENGTH_MIN_M = 2.5
_CROSSING_REACH_M = 2.0
_CROSSING_MIN_M = 0.9
_CROSSING_EARLY_S = 1.0  # a person walks on whatever comes: in front of the robot, not into it
_STRAIGHT_CELLS = 20  # before and after the crossing
_STRAIGHTNESS = 0.95
_PERSON_CLEARANCE_M = 0.3
_WALK_M_S = 0.7
_ROBOT_M_S = 0.95
_ROBOT_LATE_S = 1.0  # planning and speeding up
_ARRIVED_M = 0.35
_TIMEOUT_S = 90.0


@dataclass(frozen=True, slots=True)
class Errand:
    """From a start pose of a home to a goal point, with what happens on the way.

    Attributes:
        narrowest_m: The least distance of the way's middle from anything solid.
    """

    name: str
    home: Path
    start: SE2
    goal_m: tuple[float, float]
    people: tuple[PersonPlan, ...]
    seed: int
    narrowest_m: float = math.inf


@dataclass(frozen=True, slots=True)
class Variant:
    """A robot to be compared: its configuration, its link, and what is replaced in it."""

    name: str
    config: HomebodyConfig = field(default_factory=HomebodyConfig)
    link: LinkDelay = field(default_factory=LinkDelay)
    make_planner: MakePlanner | None = None
    reassemble: Reassemble | None = None


# --- errands of a home ---------------------------------------------------------------------------


def errands_in(path: Path, seed: int, n_errands: int, body: BodyDescription) -> list[Errand]:
    """Errands between far points of a home, each crossed by a person where there is room.

    Raises:
        HomebodyError: The home cannot be read.
    """
    home = load_home(path)
    cells = known_cells(home, home.start, body)
    points = far_points_m(cells, home.start, n_errands + 1)
    errands = []
    for index, ends in enumerate(itertools.pairwise(points)):
        way = _roomy(cells, _way_m(cells, *ends))
        if len(way) * cells.spec.resolution_m < _LENGTH_MIN_M:
            continue
        ahead = way[min(10, len(way) - 1)] - way[0]
        person = crossing_person(cells, way)
        errands.append(
            Errand(
                name=f"{path.parent.name}/{path.stem}"[:40].replace("/", "-") + f"-{index}",
                home=path,
                start=SE2(float(way[0, 0]), float(way[0, 1]), math.atan2(ahead[1], ahead[0])),
                goal_m=(float(way[-1, 0]), float(way[-1, 1])),
                people=(person,) if person is not None else (),
                seed=seed + index,
                narrowest_m=float(_room_along_m(cells, way).min()),
            )
        )
    return errands


def known_cells(home: Home, start: SE2, body: BodyDescription) -> TrueCells:
    """The home's floor."""
    spec, solid = solid_grid(home, 0.05, _FLOOR_GAP_M, body.height_m)
    reachable = reachable_free_area(spec, solid, start, body.inscribed_radius_m)
    return TrueCells(spec, solid, reachable, np.zeros_like(solid))


def crossing_person(cells: TrueCells, way_m: FloatArray) -> PersonPlan | None:
    """Someone who walks across a straight part of the way a second before the robot is there.

    Where there is most room; None where the way is nowhere straight and wide enough.
    """
    room_m = _clearances_m(cells)
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way_m, axis=0), axis=1))])
    best_m = _CROSSING_MIN_M
    best: PersonPlan | None = None
    for i in range(_STRAIGHT_CELLS, len(way_m) - _STRAIGHT_CELLS, 4):
        first, last = i - _STRAIGHT_CELLS, i + _STRAIGHT_CELLS
        ahead = way_m[last] - way_m[first]
        chord_m = float(np.linalg.norm(ahead))
        if chord_m < _STRAIGHTNESS * (lengths[last] - lengths[first]):
            continue
        across = np.array([-ahead[1], ahead[0]]) / chord_m
        left_m = _free_along(cells, room_m, way_m[i], across)
        right_m = _free_along(cells, room_m, way_m[i], -across)
        meet_s = _ROBOT_LATE_S + float(lengths[i]) / _ROBOT_M_S - _CROSSING_EARLY_S
        start_s = meet_s - left_m / _WALK_M_S
        if start_s >= 0.0 and min(left_m, right_m) > best_m:
            best_m = min(left_m, right_m)
            ends_m = (_pair(way_m[i] + left_m * across), _pair(way_m[i] - right_m * across))
            best = PersonPlan(
                name="crossing", waypoints_m=ends_m, speed_m_s=_WALK_M_S, start_time_s=start_s
            )
    return best


def _pair(point_m: FloatArray) -> tuple[float, float]:
    return float(point_m[0]), float(point_m[1])


def _roomy(cells: TrueCells, way_m: FloatArray) -> FloatArray:
    """The way between its first and last point with room to stand; all of it if there is none."""
    wide = np.flatnonzero(_room_along_m(cells, way_m) >= _STAND_CLEARANCE_M)
    return way_m[wide[0] : wide[-1] + 1] if len(wide) else way_m


def _room_along_m(cells: TrueCells, way_m: FloatArray) -> FloatArray:
    """Distance of each point of a way from anything solid."""
    rc = cells.spec.cells_rc(way_m)
    return _clearances_m(cells)[rc[:, 0], rc[:, 1]]


def _clearances_m(cells: TrueCells) -> FloatArray:
    distance = cv2.distanceTransform((~cells.solid).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(distance * cells.spec.resolution_m, dtype=np.float64)


def _free_along(
    cells: TrueCells, room_m: FloatArray, from_m: FloatArray, direction: FloatArray
) -> float:
    """How far a person can walk from a point."""
    reach = np.arange(0.0, _CROSSING_REACH_M, 0.05)
    rc = cells.spec.cells_rc(from_m + reach[:, None] * direction)
    inside = cells.spec.contains(rc)
    rc = np.where(inside[:, None], rc, 0)
    is_free = inside & (room_m[rc[:, 0], rc[:, 1]] >= _PERSON_CLEARANCE_M)
    is_free &= cells.reachable[rc[:, 0], rc[:, 1]]
    n_free = len(reach) if is_free.all() else int(np.argmin(is_free))
    return float(reach[max(n_free - 1, 0)])


def _way_m(
    cells: TrueCells, start_m: tuple[float, float], goal_m: tuple[float, float]
) -> FloatArray:
    """A way (N, 2) that keeps off the walls; empty where there is none."""
    room_m = _clearances_m(cells)
    price = np.where(room_m >= _WAY_CLEARANCE_M, 1.0 + 0.1 / np.maximum(room_m, 0.05), -1.0)
    ends = cells.spec.cell_rc(*start_m), cells.spec.cell_rc(*goal_m)
    search = MCP_Geometric(price)
    costs, _ = search.find_costs([ends[0]], [ends[1]])
    if not np.isfinite(costs[ends[1]]):
        return np.zeros((0, 2))
    return cells.spec.centres_m(np.array(search.traceback(ends[1])))


# --- a run ---------------------------------------------------------------------------------------


class LoggedRobot(LockStepRobot):
    """Takes down its true motion at every tick."""

    def __init__(
        self,
        setting: Setting,
        config: HomebodyConfig,
        link: LinkDelay,
        assemble: Callable[..., Brain],
    ) -> None:
        super().__init__(setting, config, (), link, assemble)
        self._poses: list[tuple[float, float, float]] = []
        self._twists: list[tuple[float, float]] = []
        self._people: list[list[tuple[float, float]]] = []

    def step(self) -> BrainOutput | None:
        output = super().step()
        truth = self.truth.truth
        pose = truth.T_home_robot
        self._poses.append((pose.x_m, pose.y_m, pose.yaw_rad))
        self._twists.append((truth.speed_m_s, truth.yaw_rate_rad_s))
        self._people.append([(p.x_m, p.y_m) for p in truth.people])
        return output

    def log(self) -> MotionLog:
        """The motion so far."""
        people = np.array(self._people, dtype=np.float64)
        return MotionLog(
            np.array(self._poses), np.array(self._twists), people.reshape(len(self._poses), -1, 2)
        )


def run_errand(errand: Errand, variant: Variant) -> Row:
    """One run; a row of measures."""
    robot = make_robot(errand, variant)
    body = variant.config.body_description()
    simulation = Simulation(robot, _TIMEOUT_S)
    words = f"go-to {errand.goal_m[0]:.2f},{errand.goal_m[1]:.2f}"
    task = simulation.run_task(words, parse_task(words))
    here = robot.world.truth.T_home_robot
    miss_m = math.hypot(here.x_m - errand.goal_m[0], here.y_m - errand.goal_m[1])
    log, truth = robot.log(), robot.truth
    smooth = smoothness(log.twist)
    times_s = zone_times_s(log, body.footprint_m)
    shortest_m = task.shortest_path_m or 0.0
    is_done = task.success and miss_m <= _ARRIVED_M
    gap_m = (
        float(gaps_m(log.xyt, log.people_m, body.footprint_m).min())
        if log.people_m.shape[1]
        else math.nan
    )
    return {
        "errand": errand.name,
        "variant": variant.name,
        "seed": errand.seed,
        "success": is_done,
        "time_s": task.sim_time_s,
        "ideal_s": ideal_time_s(shortest_m, body.limits),
        "path_m": task.path_length_m,
        "jerk": smooth.jerk_m_s3,
        "angular_jerk": smooth.angular_jerk_rad_s3,
        "log_jerk": smooth.log_dimensionless_jerk,
        "reversals": n_reversals(log.twist[:, 0]),
        "stops": n_stops(log),
        "collisions": truth.collisions,
        "caused": truth.collisions_caused,
        "clearance_m": truth.min_clearance_m,
        "person_m": gap_m,
        "intimate_s": times_s["intimate"],
        "personal_s": times_s["personal"],
        "social_s": times_s["social"],
        "note": "" if is_done else f"{task.reason}, {miss_m:.2f} m off",
    }


def make_robot(errand: Errand, variant: Variant) -> LoggedRobot:
    """The robot at the errand's start, with the map of its home."""
    home = load_home(errand.home)
    config, body = variant.config, variant.config.body_description()
    scenario = Scenario(people=errand.people)
    scenario.check_against(home, errand.name)
    setting = Setting(home, scenario.starting_at(errand.start), errand.start, errand.seed)
    planner = None
    if variant.make_planner is not None:
        rng = np.random.default_rng(errand.seed)
        planner = variant.make_planner(body, config.brain.local_planner, rng)
    known = known_map(known_cells(home, errand.start, body))
    assemble = functools.partial(
        _assemble, planner=planner, known=known, reassemble=variant.reassemble
    )
    return LoggedRobot(setting, config, variant.link, assemble)


def known_map(cells: TrueCells) -> MapSnapshot:
    """The map that a robot has which knows the home."""
    classes: NDArray[np.uint8] = np.full(cells.spec.shape, UNKNOWN, dtype=np.uint8)
    near = cv2.dilate(cells.reachable.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    classes[cells.solid & near] = OCCUPIED
    classes[~cells.solid & near] = FREE
    return MapSnapshot(cells.spec, classes, 1)


def _assemble(
    config: HomebodyConfig,
    home: Home,
    start: SE2,
    jobs: JobRunner,
    seed: int,
    stopwatch: Callable[[], float],
    memories: Sequence[Memory],
    *,
    planner: Planner | None,
    known: MapSnapshot,
    reassemble: Reassemble | None,
) -> Brain:
    brain = make_brain(config, home, start, jobs, seed, stopwatch, memories, planner)
    body = config.body_description()
    slam = Slam(body, config.brain.slam, start, config.brain.mapping, known)
    brain = Brain(dataclasses.replace(brain.parts, slam=slam))
    return reassemble(brain) if reassemble is not None else brain
