"""Between zones as the world outside writes them and as navigation knows them."""

from __future__ import annotations

import numpy as np

from homebody.zone_payloads import DoorPayload, DoorsPayload, ZonePayload, ZonesPayload
from navigation.doors.book import DoorBook
from navigation.doors.outlook import DoorAhead
from navigation.zones.zone import Side, Zone, ZoneKind, Zones


def zone_of(payload: ZonePayload) -> Zone:
    """The zone that is asked for.

    Raises:
        InputError: Its points make no such zone.
    """
    return Zone(
        payload.name,
        ZoneKind(payload.kind),
        np.array(payload.points_m, dtype=np.float64),
        payload.speed_max_m_s,
        payload.width_m,
        Side(payload.side),
    )


def zones_payload(zones: Zones, wall_s: float) -> ZonesPayload:
    """All zones as the world outside reads them."""
    payloads = tuple(ZonePayload.model_validate(_rounded(zone)) for zone in zones)
    return ZonesPayload(ts=wall_s, zones=payloads)


def doors_payload(book: DoorBook, doors: tuple[DoorAhead, ...], wall_s: float) -> DoorsPayload:
    """All doors as the world outside reads them."""
    ahead = {door.identity: door for door in doors}
    found = []
    for doorway in book.doorways:
        history, door = book.history(doorway.identity), ahead.get(doorway.identity)
        found.append(
            DoorPayload(
                id=doorway.identity,
                rooms=doorway.rooms,
                ends_m=(_pair(doorway.a_map_m), _pair(doorway.b_map_m)),
                is_open=book.is_open(doorway.identity),
                seen_ts=history.seen_s,
                p_open=history.p_open(wall_s),
                is_avoided=door is not None and door.is_shut,
            )
        )
    return DoorsPayload(ts=wall_s, doors=tuple(found))


def _rounded(zone: Zone) -> dict[str, object]:
    data = zone.as_dict()
    return data | {"points_m": np.round(zone.points_m, 3).tolist()}


def _pair(point_m: np.ndarray) -> tuple[float, float]:
    return round(float(point_m[0]), 3), round(float(point_m[1]), 3)
