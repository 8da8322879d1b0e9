"""Doorways that stay who they are: those of each new plan are matched to those known before.

By place and by the rooms that they join, one to one (Hungarian method). A doorway that is gone from
the plan stays listed where a door may have been shut: nothing says any more that its place is open
floor within one room. Derived in docs/maths/rooms.md. Cost: 0.1 ms for 20 doorways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from homebody.geometry import FloatArray
from navigation.rooms.plan import Doorway, RoomPlan

_NEAR_M = 0.5  # a doorway so near another is the same
_NEAR_SAME_ROOMS_M = 1.0  # and so near, where it joins the same rooms
_SAME_ROOMS_GAIN_M = 0.3
_NEVER = 1e6
_SEEN_MIN = 2  # plans that showed a doorway before its absence means a shut door
_BESIDE_M = 0.4  # so far to both sides one looks for the rooms that a doorway parts


@dataclass(frozen=True, slots=True)
class KnownDoorway:
    """A doorway with an identity that no other ever had.

    Attributes:
        rooms: Names of the two rooms that it joins.
        a_map_m, b_map_m: The faces of the walls at its sides, shape (2,).
    """

    identity: int
    rooms: tuple[str, str]
    a_map_m: FloatArray
    b_map_m: FloatArray

    @property
    def width_m(self) -> float:
        return float(np.linalg.norm(self.b_map_m - self.a_map_m))


@dataclass(frozen=True, slots=True)
class _Record:
    """Attributes: rooms: identities, the lower first; ends_m: (2, 2); n_seen: plans with it."""

    rooms: tuple[int, int]
    ends_m: FloatArray
    n_seen: int = 1
    is_listed: bool = True

    @property
    def middle_m(self) -> FloatArray:
        return np.asarray(self.ends_m.mean(axis=0))


class DoorwayIdentities:
    """Gives the doorways of each new plan of one map their identities. A value: never changes."""

    def __init__(self, records: Mapping[int, _Record] | None = None, next_: int = 1) -> None:
        """Start with no doorways."""
        self._records = dict(records or {})
        self._next = next_

    def updated(self, plan: RoomPlan, identities: Mapping[int, int]) -> DoorwayIdentities:
        """With the doorways of a new plan; `identities` are those of the rooms by label."""
        known = list(self._records)
        matched = self._match(plan.doorways, identities, known)
        records = {
            identity: self._missing(record, plan)
            for identity, record in self._records.items()
            if identity not in matched and record.n_seen >= _SEEN_MIN
        }
        next_ = self._next
        taken = {index: identity for identity, index in matched.items()}
        for index, doorway in enumerate(plan.doorways):
            identity = taken.get(index, next_)
            next_ += identity == next_
            old = self._records.get(identity)
            n_seen = old.n_seen + 1 if old is not None else 1
            rooms = _rooms(doorway, identities)
            records[identity] = _Record(rooms, doorway.ends_m.copy(), n_seen)
        return DoorwayIdentities(dict(sorted(records.items())), next_)

    def known(self, names: Mapping[int, str]) -> tuple[KnownDoorway, ...]:
        """Those that are there, open or shut; `names` of rooms by identity."""
        return tuple(
            KnownDoorway(
                identity,
                (names[record.rooms[0]], names[record.rooms[1]]),
                record.ends_m[0].copy(),
                record.ends_m[1].copy(),
            )
            for identity, record in self._records.items()
            if record.is_listed and all(room in names for room in record.rooms)
        )

    def state(self) -> dict[str, Any]:
        """All that lasts, as JSON has it."""
        known = [
            [identity, *record.rooms, record.ends_m.tolist(), record.n_seen, record.is_listed]
            for identity, record in self._records.items()
        ]
        return {"next": self._next, "known": known}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> DoorwayIdentities:
        """What `state` gave.

        Raises:
            KeyError, TypeError, ValueError: It is nothing that `state` gave.
        """
        records = {
            int(identity): _Record(
                (int(a), int(b)),
                np.array(ends_m, np.float64).reshape(2, 2),
                int(n_seen),
                bool(is_listed),
            )
            for identity, a, b, ends_m, n_seen, is_listed in state["known"]
        }
        return cls(records, int(state["next"]))

    def _match(
        self, doorways: tuple[Doorway, ...], identities: Mapping[int, int], known: list[int]
    ) -> dict[int, int]:
        """Identity to the index of the doorway that has it now."""
        if not doorways or not known:
            return {}
        middles_m = np.array([doorway.midpoint_m for doorway in doorways])
        records = [self._records[identity] for identity in known]
        off_m = np.linalg.norm(
            np.array([r.middle_m for r in records])[:, None] - middles_m[None], axis=2
        )
        pairs = [_rooms(doorway, identities) for doorway in doorways]
        is_same = np.array([[record.rooms == pair for pair in pairs] for record in records])
        is_near = off_m <= np.where(is_same, _NEAR_SAME_ROOMS_M, _NEAR_M)
        cost = np.where(is_near, off_m - _SAME_ROOMS_GAIN_M * is_same, _NEVER)
        rows, cols = linear_sum_assignment(cost)
        return {
            known[row]: int(col)
            for row, col in zip(rows.tolist(), cols.tolist(), strict=True)
            if is_near[row, col]
        }

    @staticmethod
    def _missing(record: _Record, plan: RoomPlan) -> _Record:
        """Listed still, unless its place is floor in the middle of one room."""
        along = record.ends_m[1] - record.ends_m[0]
        across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)
        places_m = [record.middle_m + off_m * across for off_m in (-_BESIDE_M, 0.0, _BESIDE_M)]
        labels = {plan.label_at(float(x), float(y)) for x, y in places_m}
        is_floor = len(labels) == 1 and 0 not in labels
        return replace(record, is_listed=not is_floor)


def _rooms(doorway: Doorway, identities: Mapping[int, int]) -> tuple[int, int]:
    a, b = sorted(identities[label] for label in doorway.labels)
    return a, b
