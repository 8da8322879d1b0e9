"""What each process is started with; light, so that a process loads only what it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.config import HomebodyConfig
    from app.links import BrainLink
    from drivers.simulation.homes.home import Home
    from drivers.simulation.link import WorldLink
    from drivers.simulation.scenario import Scenario
    from homebody.bus import BusConfig
    from homebody.geometry import SE2
    from homebody.mailbox import Mailbox
    from web.config import WebConfig


@dataclass(frozen=True, slots=True)
class WorldArguments:
    """What the world process is started with."""

    config: HomebodyConfig
    home: Home
    scenario: Scenario
    start: SE2
    seed: int
    link: WorldLink


@dataclass(frozen=True, slots=True)
class BodyArguments:
    """What the body process is started with.

    Attributes:
        troubles: What is wrong with other processes, as the supervisor says.
        folder: Where its memory lies.
    """

    config: HomebodyConfig
    world: WorldLink
    brain: BrainLink
    troubles: Mailbox[tuple[str, ...]]
    folder: Path


@dataclass(frozen=True, slots=True)
class BrainArguments:
    """What the brain process is started with.

    Attributes:
        folder: Where its memory lies.
        run_id: Of this run of the robot: the same when the brain alone is started again.
    """

    config: HomebodyConfig
    home: Home
    start: SE2
    seed: int
    link: BrainLink
    folder: Path
    run_id: str


@dataclass(frozen=True, slots=True)
class WebArguments:
    """What the web process is started with."""

    web: WebConfig
    bus: BusConfig
    robot: str
    troubles: Mailbox[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BrokerArguments:
    """What the broker process is started with."""

    host: str
    port: int
