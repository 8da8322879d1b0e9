"""The command line's side of MQTT for rooms: show them, and ask for changes."""

from __future__ import annotations

import uuid
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.line import ANSWER_S, SOURCE, connected, no_answer
from homebody.bus import BusConfig
from homebody.clock import wall_time_s
from homebody.errors import ExitCode
from homebody.payloads import PROTOCOL_VERSION, Topics
from homebody.room_payloads import RoomEvent, RoomPayload, RoomRequest, RoomsPayload
from homebody.settings import parse


def show_rooms(bus_config: BusConfig, robot: str, console: Console) -> int:
    """Show the rooms that the robot has told of last.

    Returns:
        0 with a table, 3 when none come within 2 s.
    """
    with connected(bus_config, {Topics(robot).rooms: RoomsPayload}, console) as line:
        if line is None:
            return ExitCode.NO_ANSWER
        for heard in line.listen(ANSWER_S):
            if isinstance(heard.value, RoomsPayload):
                console.print(rooms_table(heard.value))
                return ExitCode.SUCCESS
    no_answer(console)
    return ExitCode.NO_ANSWER


def change_rooms(bus_config: BusConfig, robot: str, edit: dict[str, Any], console: Console) -> int:
    """Ask for a change and say what became of it.

    Returns:
        0 done, 2 refused (with the reason shown), 3 no robot answers within 2 s.

    Raises:
        InputError: The change is none that can be asked for.
    """
    values = {"v": PROTOCOL_VERSION, "id": uuid.uuid4().hex, "edit": edit,
              "ts": wall_time_s(), "source": SOURCE}  # fmt: skip
    request = parse(RoomRequest, values, "room")
    topics = Topics(robot)
    with connected(bus_config, {topics.rooms_event: RoomEvent}, console) as line:
        if line is None:
            return ExitCode.NO_ANSWER
        line.bus.publish(topics.rooms_set, request, qos=1)
        for heard in line.listen(ANSWER_S):
            event = heard.value
            if isinstance(event, RoomEvent) and event.id == request.id:
                return _said(event, console)
    no_answer(console)
    return ExitCode.NO_ANSWER


def rooms_table(rooms: RoomsPayload) -> Table:
    """A row for each room, with what it is and where its doorways lead."""
    table = Table("room", "kind", "area", "doorways to")
    for room in rooms.rooms:
        others = [
            a if b == room.name else b
            for a, b in (doorway.rooms for doorway in rooms.doorways)
            if room.name in (a, b)
        ]
        area = f"{room.area_m2:.1f} m2"
        table.add_row(escape(room.name), _kind(room), area, escape(", ".join(others)))
    return table


def _kind(room: RoomPayload) -> str:
    return (room.kind or "room") if room.is_found else "told of, not yet found"


def _said(event: RoomEvent, console: Console) -> int:
    is_done = event.state == "done"
    colour = "green" if is_done else "red"
    console.print(f"[{colour}]{event.state}[/{colour}]: {escape(event.reason)}", soft_wrap=True)
    return ExitCode.SUCCESS if is_done else ExitCode.BAD_REQUEST
