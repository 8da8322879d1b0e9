"""What crosses MQTT and HTTP about rooms: which there are, and how a user changes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from homebody.payloads import Identifier, Metres, Text
from homebody.settings import Settings

# At least one letter, so that no name looks like a place "3.2,1.5"; no control characters.
RoomName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=40,
        pattern=r"^[^\p{Cc}]*\p{L}[^\p{Cc}]*$",
    ),
]
PointPayload = tuple[Metres, Metres]


class RoomPayload(Settings):
    """A room: its outline, and a place in it for its name.

    Attributes:
        is_found: Seen on the map; otherwise the household told of it, and it has no kind yet.
        is_named: The name was given by the user.
    """

    name: str
    kind: Literal["room", "corridor"] | None = None
    is_found: bool = True
    is_named: bool = False
    area_m2: float = Field(default=0.0, ge=0.0)
    outline_m: list[PointPayload]
    label_x_m: Metres
    label_y_m: Metres


class DoorwayPayload(Settings):
    """A doorway between two rooms: the faces of the walls at its sides."""

    id: int
    rooms: tuple[str, str]
    a_m: PointPayload
    b_m: PointPayload


class RoomsPayload(Settings):
    """`rooms`, retained: all rooms and doorways, when they have changed and now and then."""

    v: Literal[1] = 1
    ts: float
    rooms: list[RoomPayload] = Field(default_factory=list)
    doorways: list[DoorwayPayload] = Field(default_factory=list)


class RenameRoom(Settings):
    """Call a room otherwise, for good."""

    op: Literal["rename"]
    room: RoomName
    name: RoomName


class MergeRooms(Settings):
    """Make one room of two that touch; without a name it keeps the user's, or the larger's."""

    op: Literal["merge"]
    room: RoomName
    other: RoomName
    name: RoomName | None = None


class SplitRoom(Settings):
    """Part a room by a line, drawn on to its walls; `name` is for the smaller part."""

    op: Literal["split"]
    room: RoomName
    line_m: tuple[PointPayload, PointPayload]
    name: RoomName | None = None


RoomEdit = Annotated[RenameRoom | MergeRooms | SplitRoom, Field(discriminator="op")]


class RoomRequest(Settings):
    """`rooms/set`: one change; the same `id` again changes nothing."""

    v: Literal[1]
    id: Identifier
    edit: RoomEdit
    ts: float = Field(ge=0.0, description="when it was sent, seconds since the epoch")
    ttl_s: float = Field(default=30.0, gt=0.0, le=86400.0)
    source: Annotated[str, StringConstraints(max_length=64)] = ""


class RoomEvent(Settings):
    """`rooms/event`: what became of a change; `id` is empty where the request had none."""

    v: Literal[1] = 1
    id: Annotated[str, StringConstraints(max_length=64)]
    state: Literal["done", "rejected"]
    reason: Text = ""
    ts: float
