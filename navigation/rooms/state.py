"""The rooms as they are stored: plain facts as JSON has them and one array, and back.

Rooms told of beforehand are not stored: whoever starts the robot tells of them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homebody.errors import InputError
from navigation.rooms.doorway_identity import DoorwayIdentities
from navigation.rooms.edits import Edit, Merge, Split
from navigation.rooms.identity import RoomIdentities
from navigation.rooms.memory import RoomMemory
from navigation.rooms.room import Room

_VERSION = 1
_EDITS: dict[str, type[Split] | type[Merge]] = {"split": Split, "merge": Merge}
LABELS = "labels"  # the one array: the room that each cell remembers, shape (H, W)


def state_of(memory: RoomMemory) -> dict[str, Any]:
    """Facts as JSON has them, and the array under `LABELS`."""
    rooms = memory.identities.state()
    return {
        "version": _VERSION,
        "edits": [_row(edit) for edit in memory.edits],
        "dropped": sorted(memory.dropped),
        LABELS: rooms.pop(LABELS),
        "rooms": rooms,
        "doorways": memory.doorways.state(),
    }


def memory_from_state(state: Mapping[str, Any], told: Sequence[Room] = ()) -> RoomMemory:
    """What `state_of` gave.

    Raises:
        InputError: It is nothing that `state_of` gave.
    """
    try:
        if state["version"] != _VERSION:
            raise InputError("stored rooms", "version", state["version"], str(_VERSION))
        return RoomMemory(
            RoomIdentities.from_state(
                {**state["rooms"], LABELS: state[LABELS]}, [room.name for room in told]
            ),
            DoorwayIdentities.from_state(state["doorways"]),
            tuple(_edit(row) for row in state["edits"]),
            tuple(told),
            frozenset(str(key) for key in state["dropped"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        raise InputError("stored rooms", "state", str(problem), "what was stored") from problem


def _row(edit: Edit) -> list[Any]:
    kind = next(name for name, model in _EDITS.items() if isinstance(edit, model))
    return [kind, *edit.a_m, *edit.b_m]


def _edit(row: Sequence[Any]) -> Edit:
    kind, *numbers = row
    ax_m, ay_m, bx_m, by_m = (float(number) for number in numbers)
    return _EDITS[kind]((ax_m, ay_m), (bx_m, by_m))
