"""What crosses MQTT and HTTP: pydantic models, frozen, closed, bounded; topics under one root.

Sensor data has no model here on purpose: it never leaves the robot's memory.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from homebody.settings import Settings

PROTOCOL_VERSION = 1

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
TEXT_MAX = 500
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_ID_SOUGHT_IN = 100_000
Text = Annotated[str, StringConstraints(max_length=TEXT_MAX)]
Metres = Annotated[float, Field(ge=-1000.0, le=1000.0)]
Radians = Annotated[float, Field(ge=-10.0, le=10.0)]


def request_id_in(payload: bytes) -> str:
    """The id of a malformed request, empty where it has none that could be one; never raises."""
    try:
        data = json.loads(payload[:_ID_SOUGHT_IN])
    except (ValueError, RecursionError):
        return ""
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


class Topics:
    """The topics of one robot; see docs/mqtt.md for who sends what."""

    def __init__(self, robot: str = "robot") -> None:
        root = f"homebody/{robot}"
        self.task_set = f"{root}/task/set"
        self.task_event = f"{root}/task/event"
        self.state = f"{root}/state"
        self.stop = f"{root}/stop"
        self.estop = f"{root}/estop"
        self.estop_event = f"{root}/estop/event"
        self.map = f"{root}/map"
        self.plan = f"{root}/plan"
        self.tree = f"{root}/tree"
        self.availability = f"{root}/availability"
        self.body = f"{root}/body"
        self.delays = f"{root}/delays"
        self.zone_set = f"{root}/zone/set"
        self.zone_event = f"{root}/zone/event"
        self.zones = f"{root}/zones"
        self.doors = f"{root}/doors"
        self.rooms = f"{root}/rooms"
        self.rooms_set = f"{root}/rooms/set"
        self.rooms_event = f"{root}/rooms/event"


class TaskRequest(Settings):
    """`task/set`: one request; the same `id` again changes nothing."""

    v: Literal[1]
    id: Identifier
    type: Identifier
    args: dict[str, Any] = Field(default_factory=dict)
    ts: float = Field(ge=0.0, description="when it was sent, seconds since the epoch")
    ttl_s: float = Field(default=30.0, gt=0.0, le=86400.0)
    source: Annotated[str, StringConstraints(max_length=64)] = ""


TaskState = Literal[
    "accepted",
    "rejected",
    "queued",
    "running",
    "paused",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
]
FINAL_STATES: frozenset[str] = frozenset(
    {"rejected", "succeeded", "failed", "cancelled", "expired"}
)


class TaskEvent(Settings):
    """`task/event`: what became of a request; `id` is empty where the request had none."""

    v: Literal[1] = 1
    id: Annotated[str, StringConstraints(max_length=64)]
    state: TaskState
    reason: Text = ""
    ts: float


class StopRequest(Settings):
    """`stop`: end the task, stand still. An empty payload means the same."""

    v: Literal[1] = 1
    source: Annotated[str, StringConstraints(max_length=64)] = ""


class EstopRequest(Settings):
    """`estop`: latched until somebody says `engaged: false`."""

    v: Literal[1] = 1
    id: Annotated[str, StringConstraints(max_length=64)] = ""
    engaged: bool
    source: Annotated[str, StringConstraints(max_length=64)] = ""


class EstopEvent(Settings):
    """`estop/event`: what became of a request; `engaged` is how things are now."""

    v: Literal[1] = 1
    id: Annotated[str, StringConstraints(max_length=64)] = ""
    state: Literal["done", "rejected"]
    engaged: bool
    reason: Text = ""
    ts: float


class Availability(Settings):
    """`availability`, retained; the broker says offline when the robot is gone."""

    v: Literal[1] = 1
    online: bool


class PosePayload(Settings):
    x_m: Metres
    y_m: Metres
    yaw_rad: float


class PersonPayload(Settings):
    id: int
    x_m: Metres
    y_m: Metres
    vx_m_s: float
    vy_m_s: float
    facing_rad: float | None = None


class TaskPayload(Settings):
    """A task as the panel and the command line show it."""

    id: str
    type: str
    args: dict[str, Any] = Field(default_factory=dict)
    state: TaskState
    reason: Text = ""
    progress: float | None = Field(default=None, ge=0.0, le=1.0)
    time_left_s: float | None = Field(default=None, ge=0.0, description="an estimate")


class RobotState(Settings):
    """`state`, retained, a few times a second: what a panel needs but map, rooms, plan and tree."""

    v: Literal[1] = 1
    ts: float
    pose: PosePayload
    localization_quality: float = Field(ge=0.0, le=1.0)
    speed_m_s: float
    yaw_rate_rad_s: float
    pan_rad: float
    tilt_rad: float
    face: str
    activity: Text
    task: TaskPayload | None = None
    queue: list[TaskPayload] = Field(default_factory=list)
    recent: list[TaskPayload] = Field(
        default_factory=list, description="latest ended, newest first"
    )
    estop: bool
    body_stop_reason: Text = ""
    battery: float | None = None
    is_charging: bool | None = None
    is_docked: bool | None = None
    people: list[PersonPayload] = Field(default_factory=list)
    rooms: list[str] = Field(default_factory=list, description="names; see `rooms` for the rest")
    room: str | None = None
    plan_ms_p50: float = 0.0
    plan_ms_p99: float = 0.0
    faults: list[Text] = Field(default_factory=list)
    footprint_m: list[tuple[float, float]] = Field(default_factory=list)


class MapPayload(Settings):
    """`map`, retained, when it has changed: occupancy as a grey PNG (base64).

    Row 0 of the picture is the highest y. 0 is occupied, 128 unknown, 255 free.
    """

    v: Literal[1] = 1
    ts: float
    revision: int
    origin_x_m: float
    origin_y_m: float
    resolution_m: float
    n_rows: int
    n_cols: int
    png_base64: str


class CandidatePayload(Settings):
    """One candidate trajectory: points in the map frame and its rank, 0 best to 1 worst."""

    points_m: list[tuple[float, float]]
    rank: float = Field(ge=0.0, le=1.0)


class PlanPayload(Settings):
    """`plan`: the global path, the chosen trajectory and a sample of the candidates."""

    v: Literal[1] = 1
    ts: float
    goal: PosePayload | None = None
    path_m: list[tuple[float, float]] = Field(default_factory=list)
    chosen_m: list[tuple[float, float]] = Field(default_factory=list)
    candidates: list[CandidatePayload] = Field(default_factory=list)


class TreeNodePayload(Settings):
    id: str
    name: str
    kind: Literal["selector", "sequence", "parallel", "decorator", "leaf"]
    status: Literal["invalid", "running", "success", "failure"]
    reason: Text = ""
    children: list[TreeNodePayload] = Field(default_factory=list)


class TreePayload(Settings):
    """`tree`: the behaviour tree as it was ticked last."""

    v: Literal[1] = 1
    ts: float
    tick: int
    root: TreeNodePayload


class BodyPayload(Settings):
    """`body`: the body process about itself; it says so even when the brain is gone."""

    v: Literal[1] = 1
    ts: float
    estop: bool
    stop_reason: Text = ""
    command_age_s: float
    period_p99_ms: float
    period_jitter_ms: float = Field(default=0.0, description="standard deviation of the period")
    missed_deadlines: int
    scheduling: Text = Field(default="", description="what the system lets the control loop have")
    faults: list[Text] = Field(default_factory=list, description="of the robot below the brain")


class ProcessesPayload(Settings):
    """What the supervisor says of the processes; to the panel only, without the broker between."""

    v: Literal[1] = 1
    faults: list[Text] = Field(default_factory=list)


class DelayPayload(Settings):
    """How long one kind of thing takes: the newest `n` of them."""

    kind: str
    n: int = Field(ge=1)
    median_ms: float
    log_sigma: float = Field(ge=0.0, description="standard deviation of the delay's logarithm")
    p99_ms: float


class DelaysPayload(Settings):
    """`delays`: what the brain measures of its own commands and of its jobs, in real time."""

    v: Literal[1] = 1
    ts: float
    delays: list[DelayPayload]
