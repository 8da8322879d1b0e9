"""`homebody run`: the whole robot in real time, each part in a process of its own."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.arguments import (
    BodyArguments,
    BrainArguments,
    BrokerArguments,
    WebArguments,
    WorldArguments,
)
from app.child import Child
from app.config import LOOPBACK, HomebodyConfig
from app.links import BrainLink
from app.listen import why_not_listen
from app.process_faults import ProcessFaults
from app.setting import Setting, make_setting
from app.stores.folder import StateFolder
from app.stores.map_keys import load_keys
from app.supervisor import Supervisor
from drivers.simulation.link import WorldLink
from homebody.bus import Bus
from homebody.clock import wall_time_s
from homebody.errors import ResourceError
from homebody.mailbox import Mailbox

_BROKER_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line said."""

    home: Path | None
    scenario: Path | None
    start: str | None
    seed: int
    with_web: bool


def run_robot(config: HomebodyConfig, options: RunOptions, console: Console) -> None:
    """Run until Ctrl-C.

    Raises:
        InputError: A home, scenario or option is wrong, or the storage folder cannot be written.
        NoAnswerError: The configured broker does not answer.
        ResourceError: A port or the folder is in use, the keys of the maps cannot be read or others
            can read them, or a process cannot be kept alive.
    """
    setting = make_setting(config, options.home, options.scenario, options.start, options.seed)
    if config.mqtt.is_embedded:
        check_port_is_free(LOOPBACK, config.mqtt.port, "mqtt.port")
    else:
        check_broker_answers(config)
    if options.with_web:
        check_port_is_free(config.web.host, config.web.port, "web.port")
    folder = StateFolder(config.storage.folder_of(config.robot.name))
    load_keys(folder.path, os.environ)  # a key that is no good is told here, not by a child
    troubles: Mailbox[tuple[str, ...]] = Mailbox("troubles")
    children = make_children(config, setting, options.with_web, folder.path, troubles)
    supervisor = Supervisor(children, troubles.put)
    supervisor.stop_on_signals()
    try:
        with console.status("starting"):
            supervisor.start()
        console.print(f"[green]{config.robot.name}[/green] lives in {setting.home.name}")
        if options.with_web:
            console.print(f"panel: http://{config.web.host}:{config.web.port}")
        console.print("Ctrl-C ends it")
        faults, began_s = ProcessFaults(setting.scenario.process_faults), time.monotonic()

        def play_faults() -> bool:
            faults.play(time.monotonic() - began_s, supervisor.pids())
            return True

        supervisor.watch(play_faults)
    finally:
        supervisor.stop()
        folder.close()


def make_children(
    config: HomebodyConfig,
    setting: Setting,
    with_web: bool,
    folder: Path,
    troubles: Mailbox[tuple[str, ...]],
) -> list[Child]:
    """The processes of the robot; body first to end, then brain and web, world and broker last."""
    world_link, brain_link = WorldLink.create(config.body_description()), BrainLink()
    world = WorldArguments(
        config, setting.home, setting.scenario, setting.start, setting.seed, world_link
    )
    body = BodyArguments(config, world_link, brain_link, troubles, folder)
    run_id = str(int(wall_time_s()))
    brain = BrainArguments(
        config, setting.home, setting.start, setting.seed, brain_link, folder, run_id
    )
    children = [
        Child("world", "app.world_process:world_main", world, stop_rank=2, is_vital=True),
        Child("body", "app.body_process:body_main", body, stop_rank=0, is_vital=True),
        Child("brain", "app.brain_process:brain_main", brain, stop_rank=1),
    ]
    if config.mqtt.is_embedded:
        broker = BrokerArguments(LOOPBACK, config.mqtt.port)
        children.insert(
            0, Child("broker", "app.broker:broker_main", broker, stop_rank=2, starts_first=True)
        )
    if with_web:
        web = WebArguments(config.web, config.mqtt.bus(), config.robot.name, troubles)
        children.append(Child("web", "app.web_process:web_main", web, stop_rank=1))
    return children


def check_broker_answers(config: HomebodyConfig) -> None:
    """Find out before anything is started; later losses are waited out.

    Raises:
        NoAnswerError: Nobody answers there.
    """
    bus = Bus(config.mqtt.bus(), f"{config.robot.name}-check")
    try:
        bus.start(timeout_s=_BROKER_TIMEOUT_S)
    finally:
        bus.stop()


def check_port_is_free(host: str, port: int, field: str) -> None:
    """Find out before anything is started.

    Raises:
        ResourceError: Somebody else listens there.
    """
    if problem := why_not_listen(host, port):
        raise ResourceError(
            f"{field} {port} on {host} cannot be used ({problem});"
            " is another Homebody running? Choose another one in the configuration"
        )
