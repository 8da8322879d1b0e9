"""`homebody simulate`: tasks one after the other in lock step, with a report at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.config import HomebodyConfig
from app.lockstep import BODY_PERIOD_S, LockStepRobot
from app.picture import draw_run
from app.process import use_one_thread
from app.report import LocalizationError, Percentiles, SimulationReport, TaskReport
from app.setting import make_setting
from app.task_words import TaskWords, parse_task
from homebody.geometry import SE2
from homebody.payloads import FINAL_STATES, PROTOCOL_VERSION, TaskEvent, TaskRequest
from navigation.types import FREE

_TTL_S = 86400.0
_SHOW_PERIOD_S = 0.5
_SETTLE_S = 1.0

Show = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """What the command line said."""

    tasks: tuple[str, ...]
    home: Path | None
    seed: int
    report: Path | None
    start: str | None
    scenario: Path | None
    picture: Path | None


def simulate_and_report(
    config: HomebodyConfig, options: SimulateOptions, console: Console
) -> SimulationReport:
    """Run, show progress, and write what was asked for.

    Raises:
        InputError: A task, file or option is wrong; nothing has been run then.
    """
    use_one_thread()
    wanted = [(words, parse_task(words)) for words in options.tasks]
    setting = make_setting(config, options.home, options.scenario, options.start, options.seed)
    robot = LockStepRobot(setting, config)
    simulation = Simulation(robot, config.robot.task_timeout_s)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    for words, task in wanted:
        with Progress(*columns, console=console, transient=True) as progress:
            bar = progress.add_task(words, total=1.0)

            show = partial(_show, progress, bar)
            result = simulation.run_task(words, task, show)
        mark = "[green]done[/green]" if result.success else "[red]failed[/red]"
        console.print(f"{mark} {words}: {result.reason} ({result.sim_time_s:.0f} s)")
    report = simulation.report()
    if options.report is not None:
        options.report.write_text(report.model_dump_json(indent=1) + "\n")
    if options.picture is not None:
        draw_run(robot, options.picture)
    return report


class Simulation:
    """A robot in lock step with the tasks that it was given so far."""

    def __init__(self, robot: LockStepRobot, task_timeout_s: float) -> None:
        self.robot = robot
        self.tasks: list[TaskReport] = []
        self._task_timeout_s = task_timeout_s
        self._began_s = time.perf_counter()

    def run_task(self, words: str, task: TaskWords, show: Show | None = None) -> TaskReport:
        """Ask for one task and step until it has ended."""
        robot = self.robot
        identity = f"task-{len(self.tasks)}"
        began_s, began_m = robot.now_s, robot.truth.path_length_m
        start = robot.world.truth.T_home_robot
        robot.brain.submit(task_request(identity, task, began_s), False, began_s)
        event = self._follow(identity, began_s, show)
        result = TaskReport(
            task=words,
            success=event.state == "succeeded",
            reason=event.reason or event.state,
            sim_time_s=round(robot.now_s - began_s, 3),
            path_length_m=robot.truth.path_length_m - began_m,
            shortest_path_m=self._shortest_path_m(task, start),
        )
        self.tasks.append(result)
        return result

    def idle(self, duration_s: float) -> None:
        """Step for a while without a task."""
        for _ in range(round(duration_s / BODY_PERIOD_S)):
            self.robot.step()

    def report(self) -> SimulationReport:
        """What is known so far."""
        robot, truth, tree = self.robot, self.robot.truth, self.robot.brain.parts.tree
        wall_s = time.perf_counter() - self._began_s
        p50, p99 = 1e3 * np.percentile(robot.brain.plan_seconds or [0.0], (50, 99))
        return SimulationReport(
            home=robot.setting.home.name,
            seed=robot.setting.seed,
            sim_time_s=round(robot.now_s, 3),
            tasks=list(self.tasks),
            wall_time_s=wall_s,
            real_time_factor=robot.now_s / wall_s,
            collisions=truth.collisions,
            collisions_caused_by_robot=truth.collisions_caused,
            min_clearance_m=truth.min_clearance_m,
            coverage=truth.coverage,
            map_iou=self._map_iou(),
            localization_error_m=LocalizationError(
                max=truth.localization_error_max_m, rms=truth.localization_error_rms_m
            ),
            yaw_error_max_rad=truth.yaw_error_max_rad,
            jerk_rms_m_s3=truth.jerk_rms_m_s3,
            angular_jerk_rms_rad_s3=truth.angular_jerk_rms_rad_s3,
            plan_ms=Percentiles(p50=float(p50), p99=float(p99)),
            replans=robot.brain.parts.navigator.replans,
            recoveries=tree.recoveries,
            help_requests=tree.help_requests,
        )

    def _map_iou(self) -> float:
        snapshot = self.robot.snapshot
        if snapshot is None:
            return 0.0
        return self.robot.truth.map_iou(snapshot.spec, snapshot.cells == FREE)

    def _follow(self, identity: str, began_s: float, show: Show | None) -> TaskEvent:
        robot = self.robot
        shown_s = -math.inf
        while robot.now_s - began_s < self._task_timeout_s:
            output = robot.step()
            if output is None:
                continue
            for event in output.events:
                if event.id == identity and event.state in FINAL_STATES:
                    return event
            if show is not None and time.perf_counter() - shown_s > _SHOW_PERIOD_S:
                shown_s = time.perf_counter()
                active = robot.brain.parts.queue.active
                progress = (active.progress if active else None) or 0.0
                show(f"{robot.now_s:6.0f} s  {output.decision.activity[:90]}", progress)
        robot.brain.stop()
        self.idle(_SETTLE_S)
        reason = f"not done within {self._task_timeout_s:.0f} s"
        return TaskEvent(id=identity, state="failed", reason=reason, ts=robot.now_s)

    def _shortest_path_m(self, task: TaskWords, start: SE2) -> float | None:
        """From where the task began to its point, or to where it ended if it named a room."""
        if task.type == "explore":
            return None
        end = self.robot.world.truth.T_home_robot
        goal = (task.args.get("x", end.x_m), task.args.get("y", end.y_m))
        length_m = self.robot.truth.shortest_path_m((start.x_m, start.y_m), goal)
        return length_m if math.isfinite(length_m) else None


def _show(progress: Progress, bar: TaskID, text: str, done: float) -> None:
    progress.update(bar, description=text, completed=done)


def task_request(identity: str, task: TaskWords, now_s: float) -> TaskRequest:
    """What a person who typed the task would send."""
    return TaskRequest(
        v=PROTOCOL_VERSION, id=identity, type=task.type, args=task.args, ts=now_s, ttl_s=_TTL_S
    )
