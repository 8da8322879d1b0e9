"""All that is known of the rooms of a home: who they are, their names, doorways, the user's edits.

A value: every change gives a new one, so that a survey can run beside the loop on what was known
when it began. Costs: a survey 40 ms at 240 x 240 cells, an edit of the user's 15 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.rooms.basins import LabelArray
from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.doorway_identity import DoorwayIdentities, KnownDoorway
from navigation.rooms.edits import Edit, Merge, Point, Split, half_of_split, with_edits
from navigation.rooms.identity import KnownRoom, RoomIdentities
from navigation.rooms.plan import RoomPlan
from navigation.rooms.reach import without_unreachable
from navigation.rooms.room import Room, key_of
from navigation.rooms.segmentation import plan_of, room_labels
from navigation.types import MapSnapshot

_SOURCE = "rooms"
_EDITS_MAX = 200
_HALF_AREA_MIN_M2 = 0.5
_LINE_POINTS = 400


@dataclass(frozen=True, slots=True)
class Survey:
    """What rooms are looked for in.

    Attributes:
        robot_m: Shape (2,): floor that it cannot get to is no room.
    """

    snapshot: MapSnapshot
    robot_m: FloatArray
    inscribed_radius_m: float
    config: RoomSegmentationConfig


@dataclass(frozen=True, slots=True)
class RoomMemory:
    """The rooms as they were found last, and what lasts of them.

    Attributes:
        told: Rooms that a household told of beforehand.
        dropped: Keys of those among them that the user has called otherwise.
        plan: None before the first survey.
    """

    identities: RoomIdentities
    doorways: DoorwayIdentities
    edits: tuple[Edit, ...] = ()
    told: tuple[Room, ...] = ()
    dropped: frozenset[str] = frozenset()
    plan: RoomPlan | None = None

    @classmethod
    def blank(cls, told: Sequence[Room] = ()) -> RoomMemory:
        """Nothing found yet."""
        identities = RoomIdentities([room.name for room in told])
        return cls(identities, DoorwayIdentities(), told=tuple(told))

    @property
    def rooms(self) -> tuple[KnownRoom, ...]:
        return self.identities.rooms

    def known_doorways(self) -> tuple[KnownDoorway, ...]:
        """Every doorway that is there, open or shut."""
        return self.doorways.known(self.identities.names())

    def rooms_by_name(self) -> list[Room]:
        """Those that were told of in that order, found or not; then the others by age."""
        found = {room.name: room.as_room() for room in sorted(self.rooms, key=_by_age)}
        told = [found.pop(room.name, replace(room, is_found=False)) for room in self._lenders()]
        keys = {key_of(name) for name in found}
        return [room for room in told if room.key not in keys] + list(found.values())

    # --- what the robot sees ------------------------------------------------------------------

    def surveyed(self, survey: Survey) -> RoomMemory:
        """With the rooms of a new map; slow, to be run as a job."""
        identities = self.identities.copied()
        spec = survey.snapshot.spec
        known = identities.memory_on(spec) > 0
        kept = without_unreachable(
            survey.snapshot, survey.inscribed_radius_m, survey.robot_m, known
        )
        labels = with_edits(room_labels(kept, survey.config), spec, self.edits)
        plan = plan_of(labels, spec, kept.revision, survey.config)
        return self._with_plan(plan, identities)

    # --- what the user says -------------------------------------------------------------------

    def renamed(self, name: str, new_name: str) -> RoomMemory:
        """With a room called otherwise, for good.

        Raises:
            InputError: No such room was found, or another has that name.
        """
        room = self._room(name)
        identities = self.identities.copied()
        identities.rename(room.identity, new_name)
        lent = {key_of(room.name)} if not room.is_named else set()
        dropped = (self.dropped | lent) - {key_of(new_name)}
        return replace(self, identities=identities, dropped=dropped)

    def merged(
        self, name: str, other_name: str, new_name: str | None = None
    ) -> tuple[RoomMemory, str]:
        """With two rooms made one, and its name: the new, the one that the user gave, the larger's.

        Raises:
            InputError: No such rooms were found, they do not touch, or the new name is taken.
        """
        a, b = self._room(name), self._room(other_name)
        if a.identity == b.identity:
            raise InputError(_SOURCE, "other", other_name, f"another room than {a.name}")
        if not self._touch(a, b):
            raise InputError(_SOURCE, "other", b.name, f"a room that touches {a.name}")
        stays, goes = sorted((a, b), key=lambda room: (not room.is_named, -room.area.area_m2))
        edit = Merge(_point(stays.area.centre_m), _point(goes.area.centre_m))
        identities = self.identities.copied()
        identities.absorb(stays.identity, goes.identity)
        merged = self._edited(edit, identities)
        return merged._called(stays.identity, new_name)

    def split(
        self, name: str, line_m: tuple[Point, Point], new_name: str | None = None
    ) -> tuple[RoomMemory, str]:
        """With a room parted by a line, drawn on to its walls, and the name of the smaller part.

        The larger part keeps its name.

        Raises:
            InputError: No such room was found, the line does not part it or leaves too little of
                it, or the new name is taken.
        """
        room, plan = self._room(name), self._plan()
        edit = _clipped(plan, room.area.label, line_m)
        half = half_of_split(plan.labels, plan.spec, edit) if edit is not None else None
        if edit is None or half is None:
            raise InputError(_SOURCE, "line_m", line_m, f"a line across {room.name}")
        half_m2 = float(half.sum()) * plan.spec.resolution_m**2
        smaller_m2 = min(half_m2, room.area.area_m2 - half_m2)
        if smaller_m2 < _HALF_AREA_MIN_M2:
            allowed = f"parts of at least {_HALF_AREA_MIN_M2} m2"
            raise InputError(_SOURCE, "line_m", f"{smaller_m2:.2f} m2 on one side", allowed)
        parted = self._edited(edit, self.identities.copied())
        known = {known.identity for known in self.rooms}
        new = next(room for room in parted.rooms if room.identity not in known)
        return parted._called(new.identity, new_name)

    def _called(self, identity: int, new_name: str | None) -> tuple[RoomMemory, str]:
        """With a room renamed if there is a name for it, and the name that it has."""
        name = next(room.name for room in self.rooms if room.identity == identity)
        return (self.renamed(name, new_name), new_name) if new_name else (self, name)

    def _edited(self, edit: Edit, identities: RoomIdentities) -> RoomMemory:
        if len(self.edits) >= _EDITS_MAX:
            raise InputError(_SOURCE, "edits", len(self.edits), f"less than {_EDITS_MAX} of them")
        old = self._plan()
        labels: LabelArray = with_edits(old.labels, old.spec, [edit])
        edited = self._with_plan(plan_of(labels, old.spec, old.revision), identities)
        return replace(edited, edits=(*self.edits, edit))

    def _with_plan(self, plan: RoomPlan, identities: RoomIdentities) -> RoomMemory:
        """`identities` is this memory's own copy, which is brought up to date."""
        rooms = identities.update(plan, self._lenders())
        by_label = {room.area.label: room.identity for room in rooms}
        doorways = self.doorways.updated(plan, by_label)
        return replace(self, identities=identities, doorways=doorways, plan=plan)

    def _lenders(self) -> list[Room]:
        return [room for room in self.told if room.key not in self.dropped]

    def _plan(self) -> RoomPlan:
        if self.plan is None:
            raise InputError(_SOURCE, "map", "nothing seen yet", "a map with rooms in it")
        return self.plan

    def _room(self, name: str) -> KnownRoom:
        key = key_of(name)
        found = next((room for room in self.rooms if key_of(room.name) == key), None)
        if found is None:
            known = ", ".join(room.name for room in sorted(self.rooms, key=_by_age))
            raise InputError(_SOURCE, "room", name, known or "no room has been found yet")
        return found

    def _touch(self, a: KnownRoom, b: KnownRoom) -> bool:
        names = {a.name, b.name}
        is_joined = any(set(doorway.rooms) == names for doorway in self.known_doorways())
        return is_joined or b.area.label in self._plan().neighbours(a.area.label)


def _by_age(room: KnownRoom) -> int:
    return room.identity


def _clipped(plan: RoomPlan, label: int, line_m: tuple[Point, Point]) -> Split | None:
    """The longest piece of a line that lies in a room: its middle says which room is meant."""
    shares = np.linspace(0.0, 1.0, _LINE_POINTS)[:, None]
    points_m = np.array(line_m[0]) * (1.0 - shares) + np.array(line_m[1]) * shares
    is_in = np.array([plan.label_at(float(x), float(y)) == label for x, y in points_m])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_in, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return None
    first, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return Split(_point(points_m[first]), _point(points_m[end - 1]))


def _point(xy_m: FloatArray) -> Point:
    return float(xy_m[0]), float(xy_m[1])
