"""Puts the brain together: the one place that knows which object goes where."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from app.brain import Brain
from app.brain_parts import BrainParts
from app.config import HomebodyConfig
from behaviours.task_queue import TaskQueue
from behaviours.task_types import task_types
from behaviours.tree import RobotTree
from drivers.simulation.homes.home import Home
from homebody.geometry import SE2
from homebody.ports import JobRunner
from navigation.doors.book import DoorBook
from navigation.exploration.explorer import next_viewpoint
from navigation.head import HeadPlanner
from navigation.home_rules import HomeRulesKeeper
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import Planner
from navigation.mapping.local_map import LocalMapper
from navigation.movers.tracker import MoverTracker
from navigation.navigator import Navigator
from navigation.people.tracker import PeopleTracker
from navigation.prediction import MotionPredictor
from navigation.rooms.keeper import RoomKeeper
from navigation.rooms.room import Room
from navigation.slam.lost_and_found import LostAndFound
from navigation.slam.slam import Slam
from navigation.slam.waking import Memory
from navigation.zones.book import ZoneBook
from skills.explore_asking import Decide


def make_brain(
    config: HomebodyConfig,
    home: Home,
    start: SE2,
    jobs: JobRunner,
    seed: int,
    stopwatch: Callable[[], float] = time.perf_counter,
    memories: Sequence[Memory] = (),
    planner: Planner | None = None,
    decide: Decide = next_viewpoint,
) -> Brain:
    """A brain that knows where it starts, where its dock is and how the rooms are called.

    Of the home it gets only what a household would tell it, where the dock is and roughly where the
    rooms are that have names, until it has found them itself, and the maps that it has made before.

    Args:
        planner: In the place of the local planner, to compare others.
        decide: Chooses where an exploration looks next.
    """
    body, parts = config.body_description(), config.brain
    types = task_types(body, decide, parts.skills, parts.exploration, parts.global_planner)
    queue = TaskQueue(types, parts.queue)
    told = [Room(room.name, room.outline_m) for room in home.rooms]
    if planner is None:
        planner = LocalPlanner(body, parts.local_planner, np.random.default_rng(seed))
    return Brain(
        BrainParts(
            slam=Slam(body, parts.slam, start, parts.mapping, memories=memories),
            lost_and_found=LostAndFound(parts.slam.lost, jobs),
            people=PeopleTracker(parts.people),
            movers=MoverTracker(parts.movers) if parts.movers.is_on else None,
            local_mapper=LocalMapper(parts.local_map),
            queue=queue,
            tree=RobotTree(types, queue, parts.tree),
            navigator=Navigator(
                body, planner, jobs, parts.navigator, parts.global_planner, parts.close_quarters
            ),
            head=HeadPlanner(body.head, parts.head),
            predictor=MotionPredictor(),
            rules=HomeRulesKeeper(
                DoorBook(parts.doors, 2.0 * body.inscribed_radius_m), ZoneBook(), body
            ),
            rooms=RoomKeeper(jobs, body.inscribed_radius_m, told, parts.rooms),
            jobs=jobs,
            T_map_dock=home.dock,
            body=body,
            stopwatch=stopwatch,
        )
    )
