"""`homebody room`: the rooms of the running robot, and how the user changes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

room_app = typer.Typer(
    help="List the rooms that the robot knows; rename, merge and split them.",
    no_args_is_help=True,
)

_ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; see docs/configuration.md")
]
_Name = Annotated[str, typer.Argument(help="name of a room, as `homebody room list` says it")]
_NewName = Annotated[str | None, typer.Option("--name", help="for the room that comes of it")]


@room_app.command("list")
def list_rooms(config: _ConfigOption = None) -> None:
    """Show the rooms and the doorways between them."""
    from app.config import load_config
    from app.room_client import show_rooms

    settings = load_config(config)
    raise typer.Exit(show_rooms(settings.mqtt.bus(), settings.robot.name, Console()))


@room_app.command()
def rename(room: _Name, name: str, config: _ConfigOption = None) -> None:
    """Call a room otherwise, for good."""
    _change({"op": "rename", "room": room, "name": name}, config)


@room_app.command()
def merge(room: _Name, other: _Name, name: _NewName = None, config: _ConfigOption = None) -> None:
    """Make one room of two that touch."""
    _change({"op": "merge", "room": room, "other": other, "name": name}, config)


@room_app.command(context_settings={"ignore_unknown_options": True})  # -1,2 is a place
def split(
    room: _Name,
    start: Annotated[str, typer.Argument(help="X,Y in metres: where the line begins")],
    end: Annotated[str, typer.Argument(help="X,Y in metres: where it ends; it goes to the walls")],
    name: _NewName = None,
    config: _ConfigOption = None,
) -> None:
    """Part a room by a line; the smaller part is the new room."""
    from app.task_words import parse_numbers

    line_m = [parse_numbers(text, "room split", ("x", "y"), 2) for text in (start, end)]
    _change({"op": "split", "room": room, "line_m": line_m, "name": name}, config)


def _change(edit: dict[str, Any], config: Path | None) -> None:
    from app.config import load_config
    from app.room_client import change_rooms

    settings = load_config(config)
    raise typer.Exit(change_rooms(settings.mqtt.bus(), settings.robot.name, edit, Console()))
