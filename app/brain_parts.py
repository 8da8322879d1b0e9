"""What a brain is made of, and what one tick of it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from behaviours.task_queue import TaskQueue
from behaviours.tree import Decision, RobotTree
from homebody.geometry import SE2
from homebody.messages import BodyDescription, BrainInput, Command
from homebody.payloads import TaskEvent
from homebody.ports import JobRunner
from navigation.goals import NavigationStatus
from navigation.head import HeadPlanner
from navigation.home_rules import HomeRules, HomeRulesKeeper
from navigation.mapping.local_map import LocalMapper
from navigation.movers.tracker import MoverTracker
from navigation.navigator import Navigator
from navigation.people.tracker import PeopleTracker
from navigation.prediction import MotionPredictor
from navigation.rooms.keeper import RoomKeeper
from navigation.slam.lost_and_found import LostAndFound
from navigation.slam.slam import Slam, SlamOutput
from navigation.types import GlobalPlan, LocalPlan, TrackedPerson


@dataclass(frozen=True, slots=True)
class BrainParts:
    """The parts of a brain, made by `app.wiring`."""

    slam: Slam
    lost_and_found: LostAndFound
    people: PeopleTracker
    movers: MoverTracker | None
    local_mapper: LocalMapper
    queue: TaskQueue
    tree: RobotTree
    navigator: Navigator
    head: HeadPlanner
    predictor: MotionPredictor
    rules: HomeRulesKeeper
    rooms: RoomKeeper
    jobs: JobRunner
    T_map_dock: SE2 | None
    body: BodyDescription
    stopwatch: Callable[[], float]


@dataclass(frozen=True, slots=True)
class BrainOutput:
    """What one tick made: the command, and how it came about, for whoever wants to see it."""

    command: Command
    seen: SlamOutput
    people: tuple[TrackedPerson, ...]
    decision: Decision
    navigation: NavigationStatus
    plan: LocalPlan
    global_plan: GlobalPlan | None
    rules: HomeRules
    newest: BrainInput
    events: tuple[TaskEvent, ...]
    faults: tuple[str, ...] = ()
