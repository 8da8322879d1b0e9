"""From what is known of the rooms to what is published of them."""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.room_payloads import DoorwayPayload, RoomPayload, RoomsPayload
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.rooms.identity import KnownRoom
from navigation.rooms.keeper import RoomKeeper
from navigation.rooms.room import Room


def rooms_payload(rooms: RoomKeeper, wall_s: float) -> RoomsPayload:
    """All rooms in the order of the book, with what only those found have."""
    found = {room.name: room for room in rooms.rooms}
    return RoomsPayload(
        ts=wall_s,
        rooms=[_room(room, found.get(room.name)) for room in rooms.book],
        doorways=[_doorway(doorway) for doorway in rooms.doorways],
    )


def _room(room: Room, found: KnownRoom | None) -> RoomPayload:
    label_m = room.outline_m.mean(axis=0) if found is None else found.area.centre_m
    x_m, y_m = _pair(label_m)
    return RoomPayload(
        name=room.name,
        kind=None if found is None else found.area.kind.value,
        is_found=found is not None,
        is_named=found is not None and found.is_named,
        area_m2=round(room.area_m2 if found is None else found.area.area_m2, 2),
        outline_m=[_pair(point) for point in room.outline_m],
        label_x_m=x_m,
        label_y_m=y_m,
    )


def _doorway(doorway: KnownDoorway) -> DoorwayPayload:
    return DoorwayPayload(
        id=doorway.identity,
        rooms=doorway.rooms,
        a_m=_pair(doorway.a_map_m),
        b_m=_pair(doorway.b_map_m),
    )


def _pair(point_m: FloatArray) -> tuple[float, float]:
    x_m, y_m = np.round(point_m, 3).tolist()
    return x_m, y_m
