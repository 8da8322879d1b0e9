"""What a page may ask of the robot, turned into the same MQTT messages that any client sends.

Nothing is sent late: without a broker a command is refused, since the bus would keep it, and a
robot that is set free by an old release of its emergency stop is worse than a clear no.
"""

from __future__ import annotations

import math
import uuid
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from homebody.clock import wall_time_s
from homebody.errors import NoAnswerError
from homebody.payloads import EstopRequest, Identifier, StopRequest, TaskRequest
from homebody.room_payloads import RoomEdit, RoomRequest
from homebody.settings import Settings
from homebody.zone_payloads import ZoneName, ZonePayload, ZoneRequest
from web.hub import Hub

SOURCE = "panel"
AT_LEAST_ONCE = 1


class TaskBody(Settings):
    """`POST /api/task`."""

    type: Identifier
    args: dict[str, Any] = Field(default_factory=dict)

    @field_validator("args")
    @classmethod
    def _is_finite(cls, args: dict[str, Any]) -> dict[str, Any]:
        if not _has_only_finite_numbers(args):
            raise ValueError("finite numbers")
        return args


class ZoneBody(Settings):
    """`POST /api/zone`: set a zone, or delete the one of a name."""

    action: Literal["set", "delete"]
    zone: ZonePayload | None = None
    name: ZoneName | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if (self.zone is not None) != (self.action == "set"):
            raise ValueError("zone with set only")
        if (self.name is not None) != (self.action == "delete"):
            raise ValueError("name with delete only")
        return self


class RoomBody(Settings):
    """`POST /api/room`."""

    edit: RoomEdit


class StopBody(Settings):
    """`POST /api/stop`."""


class EstopBody(Settings):
    """`POST /api/estop`."""

    engaged: bool = Field(strict=True)


def send_task(hub: Hub, body: TaskBody, ttl_s: float) -> str:
    """Publish a task under a new id, which is returned.

    Raises:
        NoAnswerError: There is no connection to the broker.
    """
    identity = uuid.uuid4().hex
    request = TaskRequest(
        v=1,
        id=identity,
        type=body.type,
        args=body.args,
        ts=wall_time_s(),
        ttl_s=ttl_s,
        source=SOURCE,
    )
    _publish(hub, hub.topics.task_set, request)
    return identity


def send_zone(hub: Hub, body: ZoneBody) -> str:
    """Publish a request about a zone under a new id, which is returned.

    Raises:
        NoAnswerError: There is no connection to the broker.
    """
    identity = uuid.uuid4().hex
    request = ZoneRequest(
        v=1, id=identity, action=body.action, zone=body.zone, name=body.name, source=SOURCE
    )
    _publish(hub, hub.topics.zone_set, request)
    return identity


def send_room(hub: Hub, body: RoomBody, ttl_s: float) -> str:
    """Publish a change of the rooms under a new id, which is returned.

    Raises:
        NoAnswerError: There is no connection to the broker.
    """
    identity = uuid.uuid4().hex
    request = RoomRequest(
        v=1, id=identity, edit=body.edit, ts=wall_time_s(), ttl_s=ttl_s, source=SOURCE
    )
    _publish(hub, hub.topics.rooms_set, request)
    return identity


def send_stop(hub: Hub) -> None:
    """Publish a stop.

    Raises:
        NoAnswerError: There is no connection to the broker.
    """
    _publish(hub, hub.topics.stop, StopRequest(source=SOURCE))


def send_estop(hub: Hub, is_engaged: bool) -> str:
    """Publish an emergency stop or its release under a new id, which is returned.

    Raises:
        NoAnswerError: There is no connection to the broker.
    """
    identity = uuid.uuid4().hex
    request = EstopRequest(id=identity, engaged=is_engaged, source=SOURCE)
    _publish(hub, hub.topics.estop, request)
    return identity


def _publish(hub: Hub, topic: str, payload: Settings) -> None:
    if not hub.bus.is_connected:
        raise NoAnswerError("no connection to the MQTT broker")
    hub.bus.publish(topic, payload, qos=AT_LEAST_ONCE)


def _has_only_finite_numbers(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_has_only_finite_numbers, value.values()))
    if isinstance(value, list):
        return all(map(_has_only_finite_numbers, value))
    return True
