"""The `homebody` command. A user's mistake is one readable line and an exit code, no traceback."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.maps.cli import app as map_app
from app.process import SINGLE_THREAD_ENVIRONMENT
from app.room_cli import room_app
from app.zones.cli import app as zone_app
from homebody import __version__
from homebody.errors import ExitCode, HomebodyError

app = typer.Typer(
    name="homebody",
    help="The open brain of a home robot, with a simulated home to try it in.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(map_app, name="map")
app.add_typer(zone_app, name="zone")
app.add_typer(room_app, name="room")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; see docs/configuration.md")
]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="home: Homebody TOML, HouseExpo PNG or JSON, ROS yaml, Valetudo"),
]
ScenarioOption = Annotated[
    Path | None, typer.Option("--scenario", help="what happens in the home: TOML")
]
StartOption = Annotated[str | None, typer.Option("--start", help="x,y,yaw in metres and radians")]


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="say more on stderr")] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )


@app.command()
def run(
    config: ConfigOption = None,
    home: HomeOption = None,
    scenario: ScenarioOption = None,
    start: StartOption = None,
    seed: Annotated[int, typer.Option(min=0, help="of the simulated world")] = 1,
    no_web: Annotated[bool, typer.Option("--no-web", help="without the panel")] = False,
) -> None:
    """Run the robot in its simulated home, in real time, with the panel. Ctrl-C ends it."""
    from app.config import load_config
    from app.run import RunOptions, run_robot

    options = RunOptions(home, scenario, start, seed, with_web=not no_web)
    run_robot(load_config(config), options, Console(stderr=True))


@app.command()
def simulate(
    task: Annotated[list[str], typer.Option("--task", help='"explore" or "go-to 3.2,1.5"')],
    home: HomeOption = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    report: Annotated[Path | None, typer.Option(help="where to write the JSON report")] = None,
    start: StartOption = None,
    scenario: ScenarioOption = None,
    config: ConfigOption = None,
    picture: Annotated[
        Path | None, typer.Option(help="where to draw the map and the driven way, PNG")
    ] = None,
) -> None:
    """Run tasks in lock step, as fast as the machine can, and report."""
    from app.config import load_config
    from app.simulate import SimulateOptions, simulate_and_report

    options = SimulateOptions(tuple(task), home, seed, report, start, scenario, picture)
    result = simulate_and_report(load_config(config), options, Console(stderr=True))
    raise typer.Exit(ExitCode.SUCCESS if result.is_success else ExitCode.FAILURE)


@app.command(context_settings={"ignore_unknown_options": True})  # -1,2 is a place
def task(
    words: Annotated[
        list[str], typer.Argument(help="explore | go-to ROOM | go-to X,Y[,YAW] | dock | stop")
    ],
    config: ConfigOption = None,
) -> None:
    """Ask the running robot for a task and follow it."""
    from app.client import follow_task, stop_task
    from app.config import load_config
    from app.task_words import parse_task

    settings = load_config(config)
    console = Console()
    if words == ["stop"]:
        raise typer.Exit(stop_task(settings.mqtt.bus(), settings.robot.name, console))
    wanted = parse_task(" ".join(words))
    raise typer.Exit(
        follow_task(settings.mqtt.bus(), settings.robot.name, wanted.type, wanted.args, console)
    )


@app.command()
def status(config: ConfigOption = None) -> None:
    """Say what the running robot does, and why."""
    from app.client import show_status
    from app.config import load_config

    settings = load_config(config)
    raise typer.Exit(show_status(settings.mqtt.bus(), settings.robot.name, Console()))


@app.command()
def estop(
    release: Annotated[bool, typer.Option("--release", help="let it move again")] = False,
    config: ConfigOption = None,
) -> None:
    """Engage the emergency stop; it stays until released."""
    from app.client import set_estop
    from app.config import load_config

    settings = load_config(config)
    raise typer.Exit(set_estop(settings.mqtt.bus(), settings.robot.name, not release, Console()))


@app.command()
def homes(
    file: Annotated[Path | None, typer.Argument(help="the default home if none")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="PNG; beside the home's name")] = None,
) -> None:
    """Draw a home, and what was understood of it, to a PNG."""
    from drivers.simulation.homes.draw import draw_home
    from drivers.simulation.homes.load import default_home_path, load_home

    path = file or default_home_path()
    home = load_home(path)
    picture = out or Path(f"{path.stem}.home.png")
    draw_home(home, picture)
    typer.echo(
        f"{home.name}: {len(home.boxes)} boxes, {len(home.cylinders)} round things,"
        f" {len(home.doors)} doors, rooms: {', '.join(r.name for r in home.rooms) or 'none'}"
    )
    typer.echo(f"drawn to {picture}")


@app.command()
def config(config: ConfigOption = None) -> None:
    """Print every setting with its present value, as JSON."""
    from app.config import load_config

    typer.echo(load_config(config).model_dump_json(indent=1))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point: every error that Homebody raises on purpose becomes one line."""
    for name, value in SINGLE_THREAD_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        app()
    except HomebodyError as problem:
        Console(stderr=True).print(f"[red]homebody:[/red] {escape(str(problem))}", soft_wrap=True)
        sys.exit(problem.exit_code)
