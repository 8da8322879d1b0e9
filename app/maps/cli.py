"""`homebody map`: what the owner can do with the maps that the robot keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from app.maps.desk import MapDesk

app = typer.Typer(help="The maps that the robot keeps of its homes.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; see docs/configuration.md")
]
MapArgument = Annotated[str, typer.Argument(metavar="MAP", help="its id or name")]


@app.command(name="list")
def list_maps(config: ConfigOption = None) -> None:
    """List the stored maps."""
    with _desk(config, is_changing=False) as desk:
        desk.list()


@app.command()
def show(
    name: MapArgument,
    out: Annotated[Path | None, typer.Option("--out", help="PNG; ID.png if none")] = None,
    config: ConfigOption = None,
) -> None:
    """Draw a map to a PNG and list its versions."""
    with _desk(config, is_changing=False) as desk:
        desk.show(name, out)


@app.command()
def export(
    name: MapArgument,
    out: Annotated[Path, typer.Argument(help=".png, or .yaml for ROS")],
    config: ConfigOption = None,
) -> None:
    """Write a map to a picture, or to a yaml and pgm file for ROS."""
    with _desk(config, is_changing=False) as desk:
        desk.export(name, out)


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="ROS yaml, ValetudoMap, HouseExpo, Homebody TOML")],
    name: Annotated[str | None, typer.Option("--name", help="the file's name if none")] = None,
    use: Annotated[bool, typer.Option(help="go by it from the next start on")] = True,
    config: ConfigOption = None,
) -> None:
    """Make a map of a floor plan, in the plan's own coordinates."""
    with _desk(config, is_changing=True) as desk:
        desk.bring_in(file, name, is_used=use)


@app.command()
def use(
    name: Annotated[str, typer.Argument(metavar="MAP", help="its id or name, or `none`")],
    config: ConfigOption = None,
) -> None:
    """Choose the map to go by; `none` makes a new one at the next start."""
    with _desk(config, is_changing=True) as desk:
        desk.use(name)


@app.command()
def rename(
    name: MapArgument,
    new_name: Annotated[str, typer.Argument(metavar="NAME")],
    config: ConfigOption = None,
) -> None:
    """Give a map another name."""
    with _desk(config, is_changing=True) as desk:
        desk.rename(name, new_name)


@app.command(name="rename-room")
def rename_room(
    name: MapArgument,
    room: Annotated[str, typer.Argument(help="its name now, as `homebody map show` tells")],
    new_name: Annotated[str, typer.Argument(metavar="NAME")],
    config: ConfigOption = None,
) -> None:
    """Give a room of a map another name; for the running robot see `homebody room`."""
    with _desk(config, is_changing=True) as desk:
        desk.rename_room(name, room, new_name)


@app.command()
def rollback(
    name: MapArgument,
    version: Annotated[int | None, typer.Argument(help="the one before the newest if none")] = None,
    config: ConfigOption = None,
) -> None:
    """Go back to an earlier version; nothing is lost."""
    with _desk(config, is_changing=True) as desk:
        desk.roll_back(name, version)


@app.command(name="rotate-key")
def rotate_key(config: ConfigOption = None) -> None:
    """Seal all maps with a new key."""
    from app.stores.map_keys import is_from_environment

    with _desk(config, is_changing=True) as desk:
        desk.rotate_key(is_from_environment=is_from_environment(os.environ))


@contextmanager
def _desk(config: Path | None, *, is_changing: bool) -> Iterator[MapDesk]:
    """The desk; where something is changed no robot may be running on the same folder."""
    from app.config import load_config
    from app.maps.desk import MapDesk
    from app.stores.folder import StateFolder
    from app.stores.map_keys import load_keys

    settings = load_config(config)
    path = settings.storage.folder_of(settings.robot.name)
    folder = StateFolder(path) if is_changing or not path.is_dir() else None
    try:
        ring = load_keys(path, os.environ)
        yield MapDesk(path, ring, settings.brain.mapping, Console())
    finally:
        if folder is not None:
            folder.close()
