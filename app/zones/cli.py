"""`homebody zone`: draw, list and remove zones of the running robot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from app.zones.client import ZoneClient

app = typer.Typer(help="Where the robot must not go, or only slowly.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; see docs/configuration.md")
]
_NEGATIVE = {"ignore_unknown_options": True}  # -1,2 is a point


@app.command(context_settings=_NEGATIVE)
def add(
    kind: Annotated[str, typer.Argument(help="keep-out | slow | wall | one-way | keep-side")],
    name: Annotated[str, typer.Argument(help="one of the same name is replaced")],
    points: Annotated[list[str], typer.Argument(help="X,Y in metres, two or more")],
    speed: Annotated[float, typer.Option(help="in a slow zone [m/s]")] = 0.3,
    width: Annotated[float, typer.Option(help="of a one-way passage [m]")] = 1.2,
    side: Annotated[str, typer.Option(help="of a corridor: left | right")] = "right",
    config: ConfigOption = None,
) -> None:
    """Draw a zone: corners of an area, the ends of a wall, or the arrow of a one-way passage."""
    from app.task_words import parse_numbers
    from homebody.settings import parse
    from homebody.zone_payloads import ZonePayload

    data = {
        "name": name,
        "kind": kind.replace("-", "_"),
        "points_m": [parse_numbers(point, "zone", ("x", "y"), 2) for point in points],
        "speed_max_m_s": speed,
        "width_m": width,
        "side": side,
    }
    raise typer.Exit(_client(config).add(parse(ZonePayload, data, "zone")))


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="as it was given")], config: ConfigOption = None
) -> None:
    """Take a zone away."""
    raise typer.Exit(_client(config).remove(name))


@app.command(name="list")
def list_zones(config: ConfigOption = None) -> None:
    """List the zones in force."""
    raise typer.Exit(_client(config).list())


def _client(config: Path | None) -> ZoneClient:
    from app.config import load_config
    from app.zones.client import ZoneClient

    settings = load_config(config)
    return ZoneClient(settings.mqtt.bus(), settings.robot.name, Console())
