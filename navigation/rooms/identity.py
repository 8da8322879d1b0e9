"""Rooms that stay who they are while the map grows: new labels are matched to what is remembered.

Every cell remembers the room that it was last known to be in. A new plan is matched to that memory
by the one-to-one assignment with the most common area (Hungarian method), so a small shift, growth
or a new wall changes no identity: of two halves the larger keeps it, of two rooms that became one
the larger lives on, and the other sleeps in the cells it had until it shows again.
Cost: 10 ms at 240 x 240 cells.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from homebody.errors import InputError
from homebody.grid import GridSpec, IntArray
from navigation.rooms.basins import LabelArray
from navigation.rooms.plan import Kind, RoomArea, RoomPlan
from navigation.rooms.room import Room, key_of
from navigation.rooms.told import told_names

_COMMON_SHARE_MIN = 0.5  # of the smaller of the two, for one to be the other
_GROWN = 1.5  # times the area at which a name was made up: most of the room was unseen then


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room with an identity that no other room ever had, and a name that no other room has.

    Attributes:
        is_named: The name was given by the user, not made up or told of.
    """

    identity: int
    name: str
    area: RoomArea
    is_named: bool = False

    def as_room(self) -> Room:
        """As the room book takes it."""
        return Room(self.name, self.area.outline_m)


class RoomIdentities:
    """Gives the rooms of each new plan of one map their identities and names."""

    def __init__(self, reserved_names: Iterable[str] = ()) -> None:
        """Start with no rooms; `reserved_names` are never made up."""
        self._reserved = {key_of(name) for name in reserved_names}
        self._given: dict[int, str] = {}  # by the user
        self._made_up: dict[int, tuple[str, float]] = {}  # and the area [m2] that it was made up at
        self._rooms: tuple[KnownRoom, ...] = ()
        self._spec: GridSpec | None = None
        self._memory: LabelArray = np.zeros((0, 0), np.int32)
        self._next = 1

    @property
    def rooms(self) -> tuple[KnownRoom, ...]:
        """The rooms of the newest plan, in the order of its labels."""
        return self._rooms

    def names(self) -> dict[int, str]:
        """Name by identity, of the rooms of the newest plan and of those asleep."""
        present = {room.identity: room.name for room in self._rooms}
        made_up = {identity: name for identity, (name, _) in self._made_up.items()}
        return made_up | self._given | present

    def copied(self) -> RoomIdentities:
        """One that changes without this one; arrays are shared, as none is ever written to."""
        other = copy.copy(self)
        other._given, other._made_up = dict(self._given), dict(self._made_up)
        return other

    def update(self, plan: RoomPlan, told: Sequence[Room] = ()) -> tuple[KnownRoom, ...]:
        """The rooms of a new plan, matched to those known before.

        Args:
            told: Rooms whose names are lent to those that are found in their place, where the user
                has given none.
        """
        memory = self.memory_on(plan.spec)
        identities = self._match(plan, memory)
        by_label = {a.label: i for a, i in zip(plan.rooms, identities.tolist(), strict=True)}
        lent = self._lent(plan, told, by_label)
        self._rooms = tuple(
            self._known(by_label[area.label], area, lent.get(area.label)) for area in plan.rooms
        )
        self._remember(plan, memory, identities)
        return self._rooms

    def rename(self, identity: int, name: str) -> KnownRoom:
        """Give a room of the newest plan the user's name; a room asleep loses it.

        Raises:
            InputError: There is no such room, or another room of the plan has the name.
        """
        at = [room.identity for room in self._rooms]
        if identity not in at:
            raise InputError("rooms", "room", identity, f"one of {at}")
        taken = {key_of(room.name) for room in self._rooms if room.identity != identity}
        if not key_of(name) or key_of(name) in taken:
            raise InputError("rooms", "name", name, "a name that no other room has")
        self._given = {i: n for i, n in self._given.items() if key_of(n) != key_of(name)}
        self._given[identity] = name
        self._made_up.pop(identity, None)
        self._rooms = tuple(
            replace(r, name=name, is_named=True) if r.identity == identity else r
            for r in self._rooms
        )
        return self._rooms[at.index(identity)]

    def absorb(self, identity: int, other: int) -> None:
        """Let one room take the cells of another, which is forgotten with its name."""
        self._memory = np.where(self._memory == other, np.int32(identity), self._memory)
        self._given.pop(other, None)
        self._made_up.pop(other, None)

    def memory_on(self, spec: GridSpec) -> LabelArray:
        """What the cells of a grid remember, shape (H, W); by nearest cell where grids differ."""
        if self._spec is None:
            return np.zeros(spec.shape, np.int32)
        if self._spec == spec:
            return self._memory
        cells_rc = np.indices(spec.shape).reshape(2, -1).T
        old_rc = self._spec.cells_rc(spec.centres_m(cells_rc))
        is_old = self._spec.contains(old_rc)
        memory = np.zeros(len(cells_rc), np.int32)
        memory[is_old] = self._memory[old_rc[is_old, 0], old_rc[is_old, 1]]
        return memory.reshape(spec.shape)

    def state(self) -> dict[str, Any]:
        """All that lasts: JSON values, and what the cells remember, shape (H, W)."""
        spec = self._spec
        grid = None if spec is None else [spec.origin_x_m, spec.origin_y_m, spec.resolution_m]
        return {
            "next": self._next,
            "given": [[identity, name] for identity, name in self._given.items()],
            "made_up": [[i, name, area_m2] for i, (name, area_m2) in self._made_up.items()],
            "grid": grid,
            "labels": self._memory.copy(),
            "rooms": [_row(room) for room in self._rooms],
        }

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any], reserved_names: Iterable[str] = ()
    ) -> RoomIdentities:
        """What `state` gave.

        Raises:
            KeyError, TypeError, ValueError: It is nothing that `state` gave.
        """
        known = cls(reserved_names)
        known._next = int(state["next"])
        known._given = {int(identity): str(name) for identity, name in state["given"]}
        known._made_up = {int(i): (str(name), float(m2)) for i, name, m2 in state["made_up"]}
        known._memory = np.array(state["labels"], np.int32)
        cells = known._memory
        if cells.ndim != 2:
            raise ValueError(f"labels of shape {cells.shape}, not (H, W)")
        if cells.size and not 0 <= cells.min() <= cells.max() < known._next:
            raise ValueError("a cell remembers a room that never was")
        if state["grid"] is not None:
            x_m, y_m, resolution_m = (float(number) for number in state["grid"])
            known._spec = GridSpec(x_m, y_m, resolution_m, *cells.shape)
        known._rooms = tuple(_room(label, row) for label, row in enumerate(state["rooms"], 1))
        return known

    def _match(self, plan: RoomPlan, memory: LabelArray) -> IntArray:
        """An identity for each room of the plan, shape (R,)."""
        n, n_known = len(plan.rooms) + 1, self._next
        pairs = plan.labels.astype(np.int64) * n_known + memory
        common = np.bincount(pairs.ravel(), minlength=n * n_known).reshape(n, n_known)
        new_cells, old_cells = common.sum(axis=1)[1:], common.sum(axis=0)[1:]
        common = common[1:, 1:]
        smaller = np.minimum(new_cells[:, None], old_cells[None, :])
        is_same = (common > 0) & (common >= _COMMON_SHARE_MIN * smaller)
        identities = np.zeros(n - 1, np.intp)
        for row, col in zip(*linear_sum_assignment(common * is_same, maximize=True), strict=True):
            if is_same[row, col]:
                identities[row] = col + 1
        is_new = identities == 0
        identities[is_new] = np.arange(is_new.sum()) + self._next
        self._next += int(is_new.sum())
        return identities

    def _remember(self, plan: RoomPlan, memory: LabelArray, identities: IntArray) -> None:
        """Write the plan over the memory, except where a room sleeps."""
        is_asleep = np.ones(self._next, np.bool_)
        is_asleep[identities] = False
        is_asleep[0] = False
        number = np.concatenate([[0], identities]).astype(np.int32)
        is_written = (plan.labels > 0) & ~is_asleep[memory]
        self._memory = np.where(is_written, number[plan.labels], memory)
        self._spec = plan.spec

    def _lent(
        self, plan: RoomPlan, told: Sequence[Room], by_label: dict[int, int]
    ) -> dict[int, str]:
        """Names that were told of, by label; those that the user gave stay out of it."""
        given = {key_of(name) for name in self._given.values()}
        free = [room for room in told if room.key not in given]
        names = {room.identity: room.name for room in self._rooms}
        held = {label: names.get(identity, "") for label, identity in by_label.items()}
        lent = told_names(plan, free, held)
        return {label: name for label, name in lent.items() if by_label[label] not in self._given}

    def _known(self, identity: int, area: RoomArea, lent: str | None) -> KnownRoom:
        given = self._given.get(identity)
        name = given or lent or self._made_up_name(identity, area)
        return KnownRoom(identity, name, area, given is not None)

    def _made_up_name(self, identity: int, area: RoomArea) -> str:
        """Its own, or the first free of "room 1", "room 2" and so on, or "corridor 1".

        A room that was seen in part gets another when it turns out to be of another kind.
        """
        given = {key_of(name) for name in self._given.values()} | self._reserved
        name, area_m2 = self._made_up.get(identity, ("", 0.0))
        is_other = not name.startswith(area.kind.value) and area.area_m2 > _GROWN * area_m2
        if is_other or key_of(name) in given:
            taken = given | {key_of(other) for other, _ in self._made_up.values()}
            names = (f"{area.kind.value} {number}" for number in range(1, len(taken) + 2))
            name = next(name for name in names if key_of(name) not in taken)
            self._made_up[identity] = (name, area.area_m2)
        return name


def _row(room: KnownRoom) -> dict[str, Any]:
    area = room.area
    return {
        "identity": room.identity,
        "name": room.name,
        "is_named": room.is_named,
        "kind": area.kind.value,
        "area_m2": area.area_m2,
        "width_m": area.width_m,
        "outline_m": area.outline_m.tolist(),
        "centre_m": area.centre_m.tolist(),
    }


def _room(label: int, row: Mapping[str, Any]) -> KnownRoom:
    area = RoomArea(
        label,
        Kind(row["kind"]),
        float(row["area_m2"]),
        float(row["width_m"]),
        np.array(row["outline_m"], np.float64).reshape(-1, 2),
        np.array(row["centre_m"], np.float64).reshape(2),
    )
    return KnownRoom(int(row["identity"]), str(row["name"]), area, bool(row["is_named"]))
