"""One exploration of one home in lock step, and what the simulator's referee saw of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.config import HomebodyConfig
from app.lockstep import BODY_PERIOD_S, LockStepRobot
from app.setting import Setting
from app.wiring import make_brain
from homebody.geometry import FloatArray
from homebody.payloads import FINAL_STATES, PROTOCOL_VERSION, TaskRequest
from skills.explore_asking import Decide

SHARES = (0.90, 0.95, 0.99)
_TASK_ID = "explore"
_JUDGED_EVERY_TICKS = 10


@dataclass(frozen=True, slots=True)
class Reached:
    """When and after how long a way a share of the reachable area had been seen; inf if never."""

    time_s: float = math.inf
    distance_m: float = math.inf


@dataclass(frozen=True, slots=True)
class ExplorationRun:
    """An exploration and the truth about it.

    Attributes:
        reached: For each of `SHARES`.
        promises: The robot's own time left [s] and the time [s] it was said at, shape (N, 2).
        track_m: Where the robot was, home frame, shape (M, 2).
    """

    is_success: bool
    reason: str
    time_s: float
    distance_m: float
    coverage: float
    collisions: int
    reached: tuple[Reached, ...]
    promises: FloatArray
    track_m: FloatArray


def explore(
    setting: Setting, config: HomebodyConfig, decide: Decide, is_to_the_end: bool = True
) -> tuple[ExplorationRun, LockStepRobot]:
    """Explore from the setting's start until the task ends or its time is up.

    Args:
        is_to_the_end: Otherwise it is enough that all of `SHARES` have been come to.
    """
    robot = LockStepRobot(setting, config, assemble=partial(make_brain, decide=decide))
    request = TaskRequest(v=PROTOCOL_VERSION, id=_TASK_ID, type="explore", ts=0.0)
    robot.brain.submit(request, False, 0.0)
    reached = [Reached() for _ in SHARES]
    promises: list[tuple[float, float]] = []
    state, reason = "failed", f"not done within {config.robot.task_timeout_s:.0f} s"
    for tick in itertools.count():
        output = robot.step()
        if tick % _JUDGED_EVERY_TICKS == 0:
            _judge(robot, reached)
            active = robot.brain.parts.queue.active
            if active is not None and active.time_left_s is not None:
                promises.append((active.time_left_s, robot.now_s))
        ends = [
            event
            for event in (output.events if output else ())
            if event.id == _TASK_ID and event.state in FINAL_STATES
        ]
        if ends:
            state, reason = ends[0].state, ends[0].reason
        if ends or tick * BODY_PERIOD_S > config.robot.task_timeout_s:
            break
        if not is_to_the_end and math.isfinite(reached[-1].time_s):
            state, reason = "succeeded", "all shares seen"
            break
    _judge(robot, reached)
    truth = robot.truth
    return ExplorationRun(
        is_success=state == "succeeded",
        reason=reason,
        time_s=robot.now_s,
        distance_m=truth.path_length_m,
        coverage=truth.coverage,
        collisions=truth.collisions,
        reached=tuple(reached),
        promises=np.array(promises).reshape(-1, 2),
        track_m=np.array(robot.driven_m),
    ), robot


def _judge(robot: LockStepRobot, reached: list[Reached]) -> None:
    """Take down the shares that have been come to."""
    if all(math.isfinite(r.time_s) for r in reached):
        return
    coverage = robot.truth.coverage
    for i, share in enumerate(SHARES):
        if coverage >= share and not math.isfinite(reached[i].time_s):
            reached[i] = Reached(robot.now_s, robot.truth.path_length_m)
