"""What a brain knows of its home beside the cells, as sections of a stored map, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.brain_parts import BrainParts
from app.maps.record import Section
from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.rooms.memory import RoomMemory
from navigation.rooms.state import LABELS, memory_from_state, state_of
from navigation.zones.zone import Zones

_ROOMS, _DOORS, _ZONES = "rooms", "doors", "zones"


def sections_of(parts: BrainParts) -> dict[str, Section]:
    """Rooms, doors and zones as they are now."""
    return {
        _ROOMS: _rooms_section(parts.rooms.state()),
        _DOORS: Section(parts.rules.doors.state()),
        _ZONES: Section(parts.rules.zones.zones.as_dict()),
    }


def restore(sections: Mapping[str, Section], parts: BrainParts) -> Iterator[str]:
    """Give a brain what was stored; yields what could not be read, in plain words."""
    for name, section in sections.items():
        try:
            if name == _ROOMS:
                parts.rooms.resume(_state(section))
            elif name == _DOORS:
                parts.rules.doors.restore(section.facts)
            elif name == _ZONES:
                parts.rules.zones.replace(Zones.from_dict(section.facts))
        except InputError as problem:
            yield f"the {name} on the stored map cannot be read ({problem})"


def stored_rooms(sections: Mapping[str, Section]) -> RoomMemory | None:
    """The rooms of a stored map.

    Raises:
        InputError: They cannot be read.
    """
    section = sections.get(_ROOMS)
    return memory_from_state(_state(section)) if section is not None else None


def with_rooms(sections: Mapping[str, Section], rooms: RoomMemory) -> dict[str, Section]:
    """The same sections with other rooms."""
    return {**sections, _ROOMS: _rooms_section(state_of(rooms))}


def named_outlines(rooms: RoomMemory) -> list[tuple[str, FloatArray]]:
    """Name and outline (P, 2) [m] of each room that was found."""
    return [(room.name, room.area.outline_m) for room in rooms.rooms]


def _rooms_section(state: Mapping[str, object]) -> Section:
    facts = {key: value for key, value in state.items() if key != LABELS}
    labels = state[LABELS]
    return Section(facts, {LABELS: labels})  # type: ignore[dict-item]  # the one array of the state


def _state(section: Section) -> dict[str, object]:
    return {**section.facts, **section.arrays}
