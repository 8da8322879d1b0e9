"""The one configuration: defaults, then a TOML file, then the environment.

Each part owns its model; here they are composed. `HOMEBODY_WEB__PORT=8081` in the environment is
`port = 8081` under `[web]` in the file.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.body_config import BodyConfig, BodyLoopConfig
from app.stores.folder import StorageConfig
from behaviours.config import TaskQueueConfig, TreeConfig
from drivers.simulation.config import SimulationConfig
from homebody.bus import BusConfig
from homebody.errors import ConfigError
from homebody.geometry import SE2
from homebody.messages import BodyDescription
from homebody.settings import Settings, as_input_error
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.doors.config import DoorConfig
from navigation.exploration.config import ExplorationConfig
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.head_config import HeadConfig
from navigation.local_planner.config import LocalPlannerConfig
from navigation.mapping.config import LocalMapConfig, MappingConfig
from navigation.movers.config import MoversConfig
from navigation.navigator_config import NavigatorConfig
from navigation.people.config import PeopleConfig
from navigation.reactive_config import ReactiveConfig
from navigation.rooms.config import RoomsConfig
from navigation.sensor_health.config import SensorHealthConfig
from navigation.slam.config import SlamConfig
from navigation.stopping import capped
from skills.config import SkillsConfig
from web.config import WebConfig

ENVIRONMENT_PREFIX = "HOMEBODY_"
LOOPBACK = "127.0.0.1"


class RobotConfig(Settings):
    """The robot's name, where it lives and what it does when it wakes up."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")] = "robot"
    home: Path | None = Field(default=None, description="home file; the default home if none")
    start: tuple[float, float, float] | None = Field(
        default=None, description="x, y [m], yaw [rad]"
    )
    autostart_task: str | None = Field(default="explore", description="none: wait to be asked")
    task_timeout_s: float = Field(default=3600.0, gt=1.0, le=86400.0)

    def start_pose(self) -> SE2 | None:
        return SE2(*self.start) if self.start is not None else None


class MqttConfig(Settings):
    """The broker; without a host an embedded one serves on loopback."""

    host: str | None = None
    port: int = Field(default=1883, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_file: Path | None = None

    @property
    def is_embedded(self) -> bool:
        return self.host is None

    def bus(self) -> BusConfig:
        """What a client needs to know."""
        return BusConfig(**{**self.model_dump(), "host": self.host or LOOPBACK})


class BrainConfig(Settings):
    """All parts that think."""

    slam: SlamConfig = SlamConfig()
    mapping: MappingConfig = MappingConfig()
    local_map: LocalMapConfig = LocalMapConfig()
    people: PeopleConfig = PeopleConfig()
    movers: MoversConfig = MoversConfig()
    global_planner: GlobalPlannerConfig = GlobalPlannerConfig()
    close_quarters: CloseQuartersConfig = CloseQuartersConfig()
    doors: DoorConfig = DoorConfig()
    exploration: ExplorationConfig = ExplorationConfig()
    rooms: RoomsConfig = RoomsConfig()
    navigator: NavigatorConfig = NavigatorConfig()
    local_planner: LocalPlannerConfig = LocalPlannerConfig()
    head: HeadConfig = HeadConfig()
    skills: SkillsConfig = SkillsConfig()
    queue: TaskQueueConfig = TaskQueueConfig()
    tree: TreeConfig = TreeConfig()


class HomebodyConfig(BaseSettings):
    """Everything that can be set; see docs/configuration.md."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    robot: RobotConfig = RobotConfig()
    mqtt: MqttConfig = MqttConfig()
    web: WebConfig = WebConfig()
    storage: StorageConfig = StorageConfig()
    body: BodyConfig = BodyConfig()
    body_loop: BodyLoopConfig = BodyLoopConfig()
    reactive: ReactiveConfig = ReactiveConfig()
    sensor_health: SensorHealthConfig = SensorHealthConfig()
    brain: BrainConfig = BrainConfig()
    simulation: SimulationConfig = SimulationConfig()

    def body_description(self) -> BodyDescription:
        """The body that all parts know, no faster than it can stop for what it sees."""
        return capped(self.body.description(), self.reactive)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  (the library's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content comes as initial values."""
        return env_settings, init_settings


def load_config(path: Path | None = None) -> HomebodyConfig:
    """Read the configuration.

    Raises:
        ConfigError: The file cannot be read, or a value in it or in the environment is wrong.
    """
    values = _read(path) if path is not None else {}
    try:
        return HomebodyConfig(**values)
    except ValidationError as problem:
        source = f"{path} or the environment ({ENVIRONMENT_PREFIX}...)" if path else "environment"
        raise as_input_error(problem, source, ConfigError) from problem


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(path, "file", problem.strerror, "a readable TOML file") from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(path, "encoding", str(problem), "UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(path, "syntax", str(problem), "TOML") from problem
