"""One thing that the user has drawn on the map, and all of them together.

Pure values; a bad one is refused with what is allowed. `Zones` goes to plain numbers and back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from homebody.errors import InputError
from homebody.geometry import FloatArray

_SOURCE = "zones"
_REACH_M = 1000.0
_POINTS_MAX = 64
_ZONES_MAX = 64
_AREA_MIN_M2 = 0.01
_LENGTH_MIN_M = 0.05
_NAME_MAX = 40


class ZoneKind(StrEnum):
    """What a zone means; its points are a polygon, a line, or an arrow."""

    KEEP_OUT = "keep_out"
    SLOW = "slow"
    WALL = "wall"
    ONE_WAY = "one_way"
    KEEP_SIDE = "keep_side"


class Side(StrEnum):
    """On which side of a corridor to drive, as seen when driving."""

    LEFT = "left"
    RIGHT = "right"


_POLYGONS = (ZoneKind.KEEP_OUT, ZoneKind.SLOW, ZoneKind.KEEP_SIDE)
WORDS = {
    ZoneKind.KEEP_OUT: "keep-out zone",
    ZoneKind.SLOW: "slow zone",
    ZoneKind.WALL: "virtual wall",
    ZoneKind.ONE_WAY: "one-way passage",
    ZoneKind.KEEP_SIDE: "corridor",
}


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone, checked when it is made.

    Attributes:
        points_m: Shape (N, 2) in the map frame: corners of a polygon (keep out, slow, keep side),
            a line (wall), or an arrow from where to where one may go (one way).
        speed_max_m_s: In a slow zone.
        width_m: Of a one-way passage, across the middle of its arrow.
        side: In a corridor.

    Raises:
        InputError: Something does not fit; names the zone, the field and what is allowed.
    """

    name: str
    kind: ZoneKind
    points_m: FloatArray
    speed_max_m_s: float = 0.3
    width_m: float = 1.2
    side: Side = Side.RIGHT

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= _NAME_MAX:
            raise InputError(_SOURCE, "name", self.name, f"1 to {_NAME_MAX} characters")
        points = np.asarray(self.points_m, dtype=np.float64)
        object.__setattr__(self, "points_m", points)
        if points.ndim != 2 or points.shape[-1] != 2 or not self._has_right_count(len(points)):
            raise self._refused("points_m", len(points), self._count_words())
        if not np.isfinite(points).all() or np.abs(points).max() > _REACH_M:
            raise self._refused("points_m", points.tolist(), f"within {_REACH_M:.0f} m")
        if not 0.05 <= self.speed_max_m_s <= 5.0:
            raise self._refused("speed_max_m_s", self.speed_max_m_s, "0.05 to 5 m/s")
        if not 0.2 <= self.width_m <= 20.0:
            raise self._refused("width_m", self.width_m, "0.2 to 20 m")
        self._check_size()

    @property
    def words(self) -> str:
        """As in "keep-out zone 'stairs'"."""
        return f"{WORDS[self.kind]} '{self.name}'"

    @property
    def is_polygon(self) -> bool:
        return self.kind in _POLYGONS

    @property
    def gate_m(self) -> FloatArray:
        """Of a one-way passage: the line across it, shape (2, 2); one may cross to its left."""
        start, end = self.points_m
        along = (end - start) / np.linalg.norm(end - start)
        across = 0.5 * self.width_m * np.array([-along[1], along[0]])
        middle = 0.5 * (start + end)
        return np.stack([middle + across, middle - across])

    def as_dict(self) -> dict[str, Any]:
        """In plain numbers and words."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "points_m": self.points_m.tolist(),
            "speed_max_m_s": self.speed_max_m_s,
            "width_m": self.width_m,
            "side": self.side.value,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Zone:
        """The zone that `as_dict` was taken of.

        Raises:
            InputError: It is not what `as_dict` gives.
        """
        try:
            kind, side = ZoneKind(data["kind"]), Side(data["side"])
            points = np.array(data["points_m"], dtype=np.float64)
            numbers = float(data["speed_max_m_s"]), float(data["width_m"])
            return cls(str(data["name"]), kind, points, *numbers, side)
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError(_SOURCE, "zone", dict(data), f"a saved zone ({problem})") from problem

    def _has_right_count(self, n: int) -> bool:
        if self.kind is ZoneKind.ONE_WAY:
            return n == 2
        return (3 if self.is_polygon else 2) <= n <= _POINTS_MAX

    def _count_words(self) -> str:
        if self.kind is ZoneKind.ONE_WAY:
            return "two points: from where to where"
        least = "3 corners" if self.is_polygon else "2 points"
        return f"at least {least} of two numbers each, at most {_POINTS_MAX}"

    def _check_size(self) -> None:
        points = self.points_m
        if not self.is_polygon:
            length_m = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
            if length_m < _LENGTH_MIN_M:
                raise self._refused("points_m", f"{length_m:.2f} m", f"{_LENGTH_MIN_M} m or longer")
            return
        x, y = points[:, 0], points[:, 1]
        area_m2 = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
        if area_m2 < _AREA_MIN_M2:
            raise self._refused("points_m", f"{area_m2:.3f} m2", f"{_AREA_MIN_M2} m2 or larger")
        if _crosses_itself(points):
            raise self._refused("points_m", "a line that crosses itself", "a plain polygon")

    def _refused(self, name: str, value: object, allowed: str) -> InputError:
        return InputError(f"{_SOURCE} ({self.name})", name, value, allowed)


@dataclass(frozen=True, slots=True)
class Zones:
    """All zones, in the order in which they were made; names differ whatever their case."""

    zones: tuple[Zone, ...] = field(default=())

    def __iter__(self) -> Iterator[Zone]:
        return iter(self.zones)

    def __len__(self) -> int:
        return len(self.zones)

    def of(self, *kinds: ZoneKind) -> tuple[Zone, ...]:
        """The zones of some kinds."""
        return tuple(zone for zone in self.zones if zone.kind in kinds)

    def with_zone(self, zone: Zone) -> Zones:
        """With one more, in the place of the one of its name if there is one.

        Raises:
            InputError: There are too many.
        """
        keys = [_key(other.name) for other in self.zones]
        if _key(zone.name) in keys:
            at = keys.index(_key(zone.name))
            return Zones((*self.zones[:at], zone, *self.zones[at + 1 :]))
        if len(self.zones) >= _ZONES_MAX:
            raise InputError(_SOURCE, "zones", len(self.zones) + 1, f"at most {_ZONES_MAX}")
        return Zones((*self.zones, zone))

    def without(self, name: str) -> Zones:
        """Without the one of this name.

        Raises:
            InputError: There is none; it lists those that there are.
        """
        left = tuple(zone for zone in self.zones if _key(zone.name) != _key(name))
        if len(left) == len(self.zones):
            names = ", ".join(zone.name for zone in self.zones) or "there are no zones"
            raise InputError(_SOURCE, "name", name, names)
        return Zones(left)

    def as_dict(self) -> dict[str, Any]:
        """In plain numbers and words, for a store."""
        return {"zones": [zone.as_dict() for zone in self.zones]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Zones:
        """The zones that `as_dict` was taken of.

        Raises:
            InputError: It is not what `as_dict` gives.
        """
        saved = data.get("zones")
        if not isinstance(saved, list):
            raise InputError(_SOURCE, "zones", saved, "a list")
        made = cls()
        for zone in saved:
            if not isinstance(zone, Mapping):
                raise InputError(_SOURCE, "zone", zone, "a saved zone")
            made = made.with_zone(Zone.from_dict(zone))
        return made


NO_ZONES = Zones()


def _key(name: str) -> str:
    return name.strip().casefold()


def _crosses_itself(points: FloatArray) -> bool:
    """Whether two sides of a polygon that are no neighbours meet."""
    n = len(points)
    ends = np.roll(points, -1, axis=0)
    for i in range(n):
        for j in range(i + 2, n):
            if (j + 1) % n != i and _do_cross(points[i], ends[i], points[j], ends[j]):
                return True
    return False


def _do_cross(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> bool:
    """Whether two segments cross, ends apart."""

    def turn(p: FloatArray, q: FloatArray, r: FloatArray) -> float:
        return math.copysign(
            1.0, float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
        )

    return turn(a, b, c) != turn(a, b, d) and turn(c, d, a) != turn(c, d, b)
