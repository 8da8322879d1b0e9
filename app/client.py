"""The command line's side of MQTT: ask for a task and follow it, stop, e-stop, and show the state.

Each function connects, does its work and returns the exit code of the command; what happens is
shown live on the console, with the robot's own words for what it does and why.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from app.line import ANSWER_S, SOURCE, Heard, Line, connected, no_answer
from app.status_table import how_far, status_table
from homebody.bus import BusConfig
from homebody.clock import wall_time_s
from homebody.errors import ExitCode
from homebody.payloads import (
    FINAL_STATES,
    PROTOCOL_VERSION,
    EstopEvent,
    EstopRequest,
    RobotState,
    StopRequest,
    TaskEvent,
    TaskPayload,
    TaskRequest,
    Topics,
)
from homebody.settings import Settings

_SILENT_S = 10.0
_POLL_S = 0.1
_INTERRUPTED = 130  # what shells use for Ctrl-C
_ENDS = {"succeeded": ExitCode.SUCCESS, "rejected": ExitCode.BAD_REQUEST}
_COLOURS = {"succeeded": "green", "rejected": "red", "failed": "red", "cancelled": "yellow"}


def follow_task(
    bus_config: BusConfig,
    robot: str,
    task_type: str,
    args: dict[str, Any],
    console: Console,
    *,
    ttl_s: float = 30.0,
) -> int:
    """Send a task and follow it to its end; Ctrl-C leaves it running.

    Returns:
        0 succeeded, 1 failed (with the reason shown), 2 rejected as a bad request, 3 no robot
        answers within 2 s, 130 left with Ctrl-C.
    """
    topics = Topics(robot)
    request = TaskRequest(
        v=PROTOCOL_VERSION,
        id=uuid.uuid4().hex,
        type=task_type,
        args=args,
        ts=wall_time_s(),
        ttl_s=ttl_s,
        source=SOURCE,
    )
    with _line(bus_config, topics, console) as line:
        if line is None:
            return ExitCode.NO_ANSWER
        line.bus.publish(topics.task_set, request, qos=1)
        try:
            with console.status(f"{_words(task_type)}: asking {robot}") as status:
                return _follow(line, _Followed(request), status, console)
        except KeyboardInterrupt:
            console.print("The task goes on; [bold]homebody task stop[/bold] ends it.")
            return _INTERRUPTED


def stop_task(bus_config: BusConfig, robot: str, console: Console) -> int:
    """Stop the robot and end its task.

    Returns:
        0 once the robot says that no task runs, 1 when it does not obey, 3 when it is silent.
    """
    topics = Topics(robot)
    wanted = _Wanted(topics.stop, StopRequest(source=SOURCE), _has_no_task, "the robot stands")
    return _send(bus_config, topics, wanted, console)


def set_estop(bus_config: BusConfig, robot: str, is_engaged: bool, console: Console) -> int:
    """Engage the emergency stop or release it.

    Returns:
        0 once the robot confirms, 1 when it does not obey, 2 when it says why it does not, 3 when
        it is silent.
    """
    topics = Topics(robot)
    words = "the emergency stop is engaged" if is_engaged else "the emergency stop is released"
    request = EstopRequest(id=uuid.uuid4().hex, engaged=is_engaged, source=SOURCE)
    wanted = _Wanted(topics.estop, request, lambda state: state.estop is is_engaged, words)
    return _send(bus_config, topics, wanted, console)


def show_status(bus_config: BusConfig, robot: str, console: Console) -> int:
    """Show what the robot does, and why.

    Returns:
        0 with a robot that is there, 3 without one; its last words are shown if there are some.
    """
    with _line(bus_config, Topics(robot), console) as line:
        if line is None:
            return ExitCode.NO_ANSWER
        last: RobotState | None = None
        for heard in line.listen(ANSWER_S):
            if isinstance(heard.value, RobotState):
                last = heard.value
                if not heard.is_retained:
                    console.print(status_table(robot, last))
                    return ExitCode.SUCCESS
    if last is not None:
        console.print(status_table(robot, last, silent_s=max(0.0, wall_time_s() - last.ts)))
    return _no_answer(console)


@dataclass(slots=True)
class _Followed:
    """What is known of a task under way."""

    request: TaskRequest
    state: str = ""
    reason: str = ""
    activity: str = ""
    progress: float | None = None
    time_left_s: float | None = None
    heard_s: float = field(default_factory=time.monotonic)

    def take(self, heard: Heard) -> None:
        value = heard.value
        if isinstance(value, TaskEvent):
            if value.id == self.request.id:
                self._note(value.state, value.reason)
        elif isinstance(value, RobotState) and not heard.is_retained:
            if self.state:
                self.heard_s = time.monotonic()
            self.activity = value.activity
            self._take_task(value)

    def _take_task(self, state: RobotState) -> None:
        """The state tells too, should an event get lost."""
        tasks = [*([state.task] if state.task else []), *state.queue, *state.recent]
        own = next((task for task in tasks if task.id == self.request.id), None)
        if own is not None:
            self.progress, self.time_left_s = own.progress, own.time_left_s
            if own.state in FINAL_STATES or not self.state:
                self._note(own.state, own.reason)

    def _note(self, state: str, reason: str) -> None:
        self.heard_s = time.monotonic()
        if self.state not in FINAL_STATES:
            self.state, self.reason = state, reason

    def line(self) -> str:
        """What the robot does and why, in one line."""
        far = how_far(self.progress, self.time_left_s)
        why = self.activity if self.state == "running" else self.reason
        text = f"{_words(self.request.type)}: {self.state or 'asking'}{far}"
        return f"{text} - {why}" if why else text


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request, how to tell that it was obeyed, and the words for it."""

    topic: str
    request: Settings
    is_obeyed: Callable[[RobotState], bool]
    words: str


def _line(
    config: BusConfig, topics: Topics, console: Console
) -> AbstractContextManager[Line | None]:
    models: dict[str, type[Settings]] = {
        topics.task_event: TaskEvent,
        topics.state: RobotState,
        topics.estop_event: EstopEvent,
    }
    return connected(config, models, console)


def _follow(line: Line, task: _Followed, status: Status, console: Console) -> int:
    while task.state not in FINAL_STATES:
        heard = line.next(_POLL_S)
        if heard is not None:
            task.take(heard)
            status.update(escape(task.line()))
        silent_s = time.monotonic() - task.heard_s
        if not task.state and silent_s > ANSWER_S:
            return _no_answer(console)
        if silent_s > _SILENT_S:
            console.print(f"[red]the robot has said nothing for {silent_s:.0f} s[/red]")
            return ExitCode.NO_ANSWER
    colour = _COLOURS.get(task.state, "red")
    text = f"[{colour}]{_words(task.request.type)} {task.state}[/{colour}]"
    console.print(f"{text}: {escape(task.reason)}" if task.reason else text, soft_wrap=True)
    return _ENDS.get(task.state, ExitCode.FAILURE)


def _send(config: BusConfig, topics: Topics, wanted: _Wanted, console: Console) -> int:
    with _line(config, topics, console) as line:
        if line is None:
            return ExitCode.NO_ANSWER
        line.bus.publish(wanted.topic, wanted.request, qos=1)
        is_there = False
        for heard in line.listen(ANSWER_S):
            state = heard.value
            if reason := _refusal(wanted.request, state):
                console.print(f"[red]rejected:[/red] {escape(reason)}", soft_wrap=True)
                return ExitCode.BAD_REQUEST
            if heard.is_retained or not isinstance(state, RobotState):
                continue
            is_there = True
            if wanted.is_obeyed(state):
                console.print(f"[green]{wanted.words}[/green]")
                return ExitCode.SUCCESS
    if not is_there:
        return _no_answer(console)
    console.print(f"[red]the robot does not confirm that {wanted.words}[/red]")
    return ExitCode.FAILURE


def _refusal(request: Settings, event: Settings) -> str:
    """Why this very request was refused; empty where this is no such answer."""
    if not isinstance(request, EstopRequest) or not isinstance(event, EstopEvent):
        return ""
    return event.reason if event.id == request.id and event.state == "rejected" else ""


def _has_no_task(state: RobotState) -> bool:
    return not _is_under_way(state.task)


def _is_under_way(task: TaskPayload | None) -> bool:
    return task is not None and task.state not in FINAL_STATES


def _no_answer(console: Console) -> int:
    no_answer(console)
    return ExitCode.NO_ANSWER


def _words(task_type: str) -> str:
    return task_type.replace("_", "-")
