"""Is a doorway open, shut, or not looked at: beams that go through it against beams that end in it.

The line between the posts is cut into pieces of 10 cm. A piece is free where a beam goes well
through it, barred where one ends at the line or the map has a low thing there. A door in which a
gap for the robot is free is open; one that is barred all along, but for less than a gap, is shut.
A leaf that stands off at an angle bars little and may leave less than it seems from aside: then it
counts whether the robot's circle fits past it, see `half_open`.
Cost: 30 us a doorway and scan, 1 ms with a leaf at an angle.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.doors.half_open import DoorWindow
from navigation.mapping.beams import Beams
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.types import MapSnapshot

BoolArray = NDArray[np.bool_]

_PIECE_M = 0.1
_BAND_M = 0.15  # a beam that ends so near to the line ends in the door
_BEYOND_SHARE = 0.6  # of the width: what ends nearer behind the line may have hit an open leaf
_BARRED_SHARE = 0.6  # of the pieces, for a door to be shut
_PERSON_M = 0.45  # beams that end so near to a person say nothing of the door


class Sight(StrEnum):
    """What a glance at a doorway says."""

    OPEN = "open"
    SHUT = "shut"
    UNSEEN = "unseen"


def look_at(
    doorway: KnownDoorway,
    beams_map: Beams,
    snapshot: MapSnapshot,
    needed_m: float,
    people_map_m: FloatArray,
    range_m: float,
) -> Sight:
    """What the newest scan says of a doorway.

    Args:
        needed_m: The robot goes through a gap as wide as this.
        people_map_m: Where people stand, shape (M, 2).
        range_m: A doorway further away is not looked at.
    """
    along = doorway.b_map_m - doorway.a_map_m
    width_m = float(np.hypot(*along))
    middle = 0.5 * (doorway.a_map_m + doorway.b_map_m)
    if not len(beams_map) or width_m < needed_m:
        return Sight.UNSEEN
    if float(np.hypot(*(beams_map.origins_m[-1] - middle))) > range_m:
        return Sight.UNSEEN
    axes = np.stack([along, (-along[1], along[0])], axis=1) / width_m
    starts = (beams_map.origins_m - doorway.a_map_m) @ axes
    ends = (beams_map.ends_m - doorway.a_map_m) @ axes
    if _stands_in_it(starts[-1], width_m):
        return Sight.OPEN
    is_used = _is_not_of_people(beams_map, people_map_m)
    n_pieces = max(1, round(width_m / _PIECE_M))
    free = _pieces(*_through(starts, ends, _BEYOND_SHARE * width_m, is_used), width_m, n_pieces)
    is_at = is_used & beams_map.is_hit & (np.abs(ends[:, 1]) <= _BAND_M)
    barred = _pieces(ends[:, 0], is_at, width_m, n_pieces)
    is_low = _barred_by_map(doorway, snapshot, n_pieces)
    barred |= is_low
    found = _verdict(free & ~barred, barred, math.ceil(needed_m / (width_m / n_pieces) - 1e-9))
    if (
        found is Sight.SHUT
        or is_low.any()
        or not _has_leaf(ends, width_m, is_used & beams_map.is_hit)
    ):
        return found
    window = DoorWindow(width_m, needed_m)
    is_passable = window.is_passable(starts, ends, beams_map.is_hit, is_used)
    if is_passable is False:
        return Sight.SHUT
    return Sight.OPEN if is_passable else found


def _has_leaf(ends: FloatArray, width_m: float, is_used: BoolArray) -> bool:
    """Whether a beam ends where an open leaf may stand."""
    along, across = ends[is_used].T
    return bool(((along > 0.0) & (along < width_m) & (np.abs(across) < width_m)).any())


def _stands_in_it(here: FloatArray, width_m: float) -> bool:
    """Whether a point, along and across, lies between the posts."""
    return abs(float(here[1])) < _BAND_M and 0.0 < float(here[0]) < width_m


def _verdict(free: BoolArray, barred: BoolArray, n_needed: int) -> Sight:
    if _longest_run(free) >= n_needed:
        return Sight.OPEN
    if barred.mean() >= _BARRED_SHARE and _longest_run(~barred) < n_needed:
        return Sight.SHUT
    return Sight.UNSEEN


def _through(
    starts: FloatArray, ends: FloatArray, beyond_m: float, is_used: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Where beams (N, 2), along and across, cross the line, and which go well through it."""
    before, after = starts[:, 1], ends[:, 1]
    is_through = is_used & (before * after < 0.0) & (np.abs(after) >= beyond_m)
    share = before / np.where(is_through, before - after, 1.0)
    return starts[:, 0] + share * (ends[:, 0] - starts[:, 0]), is_through


def _pieces(at_m: FloatArray, is_used: BoolArray, width_m: float, n_pieces: int) -> BoolArray:
    """Which pieces of the line hold one of the points (N,)."""
    held = np.zeros(n_pieces, dtype=np.bool_)
    index = np.floor(at_m[is_used] / width_m * n_pieces).astype(np.intp)
    held[index[(index >= 0) & (index < n_pieces)]] = True
    return held


def _barred_by_map(doorway: KnownDoorway, snapshot: MapSnapshot, n_pieces: int) -> BoolArray:
    """Pieces with a low thing on them, which the lidar may look over."""
    if snapshot.is_low is None:
        return np.zeros(n_pieces, dtype=np.bool_)
    share = (np.arange(n_pieces) + 0.5) / n_pieces
    points = doorway.a_map_m + share[:, None] * (doorway.b_map_m - doorway.a_map_m)
    cells = snapshot.spec.cells_rc(points)
    is_on = snapshot.spec.contains(cells)
    cells = np.where(is_on[:, None], cells, 0)
    return np.asarray(is_on & snapshot.is_low[cells[:, 0], cells[:, 1]])


def _is_not_of_people(beams: Beams, people_map_m: FloatArray) -> BoolArray:
    if not len(people_map_m):
        return np.ones(len(beams), dtype=np.bool_)
    away = np.linalg.norm(beams.ends_m[:, None] - people_map_m[None], axis=2).min(axis=1)
    return np.asarray(away > _PERSON_M)


def _longest_run(flags: BoolArray) -> int:
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return int((stops - starts).max(initial=0))
