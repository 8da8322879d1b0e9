"""What crosses MQTT about zones and doors: requests, answers, and what holds now."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from homebody.payloads import Identifier, Metres, Text
from homebody.settings import Settings

ZoneName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
ZoneKindName = Literal["keep_out", "slow", "wall", "one_way", "keep_side"]


class ZonePayload(Settings):
    """A zone: `points_m` are a polygon (keep_out, slow, keep_side), a line (wall) or an arrow."""

    name: ZoneName
    kind: ZoneKindName
    points_m: tuple[tuple[Metres, Metres], ...] = Field(min_length=2, max_length=64)
    speed_max_m_s: float = Field(default=0.3, ge=0.05, le=5.0, description="in a slow zone")
    width_m: float = Field(default=1.2, ge=0.2, le=20.0, description="of a one-way passage")
    side: Literal["left", "right"] = Field(default="right", description="of a corridor, to keep to")


class ZoneRequest(Settings):
    """`zone/set`: draw a zone or take the one of that name away; said again it changes nothing."""

    v: Literal[1]
    id: Identifier
    action: Literal["set", "delete"]
    zone: ZonePayload | None = None
    name: ZoneName | None = None
    source: Annotated[str, StringConstraints(max_length=64)] = ""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        is_right = (
            self.zone is not None and self.name is None
            if self.action == "set"
            else self.name is not None and self.zone is None
        )
        if not is_right:
            raise ValueError("zone with set, name with delete, and not both")
        return self


class ZoneEvent(Settings):
    """`zone/event`: what became of a request; `id` is empty where it could not be read."""

    v: Literal[1] = 1
    id: Annotated[str, StringConstraints(max_length=64)]
    state: Literal["done", "rejected"]
    reason: Text = ""
    ts: float


class ZonesPayload(Settings):
    """`zones`, retained: all zones in force."""

    v: Literal[1] = 1
    ts: float
    zones: tuple[ZonePayload, ...] = ()


class DoorPayload(Settings):
    """A door as the robot knows it; `is_open` is what it was when it was seen last."""

    id: int
    rooms: tuple[str, str]
    ends_m: tuple[tuple[float, float], tuple[float, float]]
    is_open: bool | None = None
    seen_ts: float | None = None
    p_open: float = Field(ge=0.0, le=1.0, description="chance that it is open now")
    is_avoided: bool = Field(default=False, description="taken to be shut, and not tried")


class DoorsPayload(Settings):
    """`doors`, retained: all known doors."""

    v: Literal[1] = 1
    ts: float
    doors: tuple[DoorPayload, ...] = ()
