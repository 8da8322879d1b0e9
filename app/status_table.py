"""The robot's state as a table for the terminal."""

from __future__ import annotations

import math

from rich.markup import escape
from rich.table import Table

from homebody.payloads import RobotState, TaskPayload


def status_table(robot: str, state: RobotState, silent_s: float | None = None) -> Table:
    """A row for each thing worth knowing.

    Args:
        silent_s: For a robot that has said nothing since; None for one that is there.
    """
    table = Table(title=escape(robot), show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column()
    for name, value in _rows(state, silent_s):
        table.add_row(name, escape(value))
    return table


def _rows(state: RobotState, silent_s: float | None) -> list[tuple[str, str]]:
    pose = state.pose
    where = f"{pose.x_m:.2f}, {pose.y_m:.2f} m, {math.degrees(pose.yaw_rad):.0f} degrees"
    rows = [
        ("does", state.activity or "nothing"),
        ("task", _task(state.task) if state.task else "none"),
        ("place", f"{state.room} ({where})" if state.room else where),
        ("speed", f"{state.speed_m_s:.2f} m/s"),
        ("localization", f"{100.0 * state.localization_quality:.0f} %"),
    ]
    rows += [("next", _task(task)) for task in state.queue]
    rows += [("before", _task(task)) for task in state.recent[:3]]
    if state.battery is not None:
        charging = ", charging" if state.is_charging else ""
        rows.append(("battery", f"{100.0 * state.battery:.0f} %{charging}"))
    if state.rooms:
        rows.append(("rooms", ", ".join(state.rooms)))
    if state.estop:
        rows.append(("emergency stop", "engaged; homebody estop --release lets it move again"))
    if state.body_stop_reason:
        rows.append(("held", state.body_stop_reason))
    rows += [("fault", fault) for fault in state.faults]
    if silent_s is not None:
        rows.append(("silent", f"for {silent_s:.0f} s; these were its last words"))
    return rows


def how_far(progress: float | None, time_left_s: float | None) -> str:
    """The share that is done and the time that is left, with a space before; empty if unknown."""
    share = f" {100.0 * progress:.0f} %" if progress is not None else ""
    if time_left_s is None:
        return share
    minutes, seconds = divmod(round(time_left_s), 60)
    left = f"{minutes} min" if minutes >= 2 else f"{60 * minutes + seconds} s"
    return f"{share}, about {left} left"


def _task(task: TaskPayload) -> str:
    args = ", ".join(f"{value}" for value in task.args.values())
    far = how_far(task.progress, task.time_left_s)
    text = f"{task.type.replace('_', '-')} {args}".strip() + f": {task.state}{far}"
    return f"{text} ({task.reason})" if task.reason else text
