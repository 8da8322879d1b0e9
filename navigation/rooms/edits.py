"""What the user has said about the rooms: splits and merges, applied anew to every segmentation.

An edit is kept as places on the map and not as numbers of rooms, so that it holds whatever the next
segmentation finds: a split is a line that is drawn on to the walls, a merge two places that are in
one room. They apply in the order in which they were said: the last word counts.
Cost: 2 ms an edit at 240 x 240 cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray
from navigation.global_planner.ground import BoolArray
from navigation.rooms.basins import LabelArray

Point = tuple[float, float]

_GAP_M = 0.15  # of something in a room that a line is drawn on over; more is its wall
_NEAR_M = 0.6  # a place on furniture means the room so near by
_STEPS_PER_CELL = 2


@dataclass(frozen=True, slots=True)
class Split:
    """A line that parts the room in which its middle lies."""

    a_m: Point
    b_m: Point


@dataclass(frozen=True, slots=True)
class Merge:
    """Two places that are in one room."""

    a_m: Point
    b_m: Point


Edit = Split | Merge


def with_edits(labels: LabelArray, spec: GridSpec, edits: Iterable[Edit]) -> LabelArray:
    """Labels (H, W) after the edits, numbered from 1; one that fits nothing on this map is idle."""
    edited = labels.copy()
    for edit in edits:
        if isinstance(edit, Split):
            half = half_of_split(edited, spec, edit)
            if half is not None:
                edited[half] = edited.max() + 1
        else:
            a, b = (label_near(edited, spec, point) for point in (edit.a_m, edit.b_m))
            if a and b:
                edited[edited == b] = a
    return _renumbered(edited)


def half_of_split(labels: LabelArray, spec: GridSpec, split: Split) -> BoolArray | None:
    """The cells (H, W) on the left of a line in its room, or None where it parts nothing."""
    a_m, b_m = np.array(split.a_m), np.array(split.b_m)
    label = label_near(labels, spec, tuple((a_m + b_m) / 2.0))
    length_m = float(np.linalg.norm(b_m - a_m))
    if not label or length_m < spec.resolution_m:
        return None
    inside = labels == label
    along = (b_m - a_m) / length_m
    cut = _drawn_on(inside, spec, (a_m + b_m) / 2.0, length_m / 2.0, along)
    _, parts = cv2.connectedComponents((inside & ~cut).astype(np.uint8), connectivity=4)
    left = np.array([-along[1], along[0]])
    on_left, on_right = (
        _part_beside(parts, spec, (a_m + b_m) / 2.0, length_m / 2.0 * along, side)
        for side in (left, -left)
    )
    if not on_left or not on_right or on_left == on_right:
        return None
    return np.asarray(parts == on_left)


def label_near(labels: LabelArray, spec: GridSpec, point_m: Iterable[float]) -> int:
    """Label at a point, or the nearest within 0.6 m of it; 0 for none."""
    reach = round(_NEAR_M / spec.resolution_m)
    x_m, y_m = point_m
    row, col = spec.cell_rc(x_m, y_m)
    if spec.has_cell((row, col)) and labels[row, col]:
        return int(labels[row, col])
    low_r, low_c = max(row - reach, 0), max(col - reach, 0)
    near = labels[low_r : max(row + reach + 1, 0), low_c : max(col + reach + 1, 0)]
    cells_rc = np.argwhere(near)
    if not len(cells_rc):
        return 0
    off = np.hypot(*(cells_rc + (low_r, low_c) - (row, col)).T)
    best = int(np.argmin(off))
    return int(near[tuple(cells_rc[best])]) if off[best] <= reach else 0


def _drawn_on(
    inside: BoolArray, spec: GridSpec, middle_m: FloatArray, half_m: float, along: FloatArray
) -> BoolArray:
    """The cells of a line, drawn on at both ends until it leaves the room, shape (H, W)."""
    ends = [middle_m + sign * _leaves(inside, spec, middle_m, half_m, sign * along) * along
            for sign in (1.0, -1.0)]  # fmt: skip
    first, last = (spec.cells_rc(end)[::-1] for end in ends)
    cut = np.zeros(inside.shape, np.uint8)
    cv2.line(cut, [int(v) for v in first], [int(v) for v in last], 1, 1, cv2.LINE_8)
    return np.asarray(cut > 0)


def _leaves(
    inside: BoolArray, spec: GridSpec, start_m: FloatArray, least_m: float, along: FloatArray
) -> float:
    """How far a ray goes from a point, at least so far, until it has left the room for good."""
    step_m = spec.resolution_m / _STEPS_PER_CELL
    reach_m = float(np.hypot(spec.width_m, spec.height_m))
    way_m = np.arange(1, round(reach_m / step_m) + 1) * step_m
    cells_rc = spec.cells_rc(start_m + way_m[:, None] * along)
    is_on = spec.contains(cells_rc)
    is_in = np.zeros(len(way_m), np.bool_)
    is_in[is_on] = inside[cells_rc[is_on, 0], cells_rc[is_on, 1]]
    last_in_m = np.maximum.accumulate(np.where(is_in | (way_m <= least_m), way_m, 0.0))
    gone = np.flatnonzero((way_m - last_in_m > _GAP_M) & (way_m > least_m))
    return float(way_m[gone[0]]) if len(gone) else reach_m


def _part_beside(
    parts: IntArray | LabelArray,
    spec: GridSpec,
    middle_m: FloatArray,
    half_m: FloatArray,
    side: FloatArray,
) -> int:
    """The part with the most cells beside a line, on one side of it; 0 for none."""
    shares = np.linspace(-1.0, 1.0, 41)[:, None]
    beside_m = middle_m + shares * half_m + 2.0 * spec.resolution_m * side
    cells_rc = spec.cells_rc(beside_m)
    cells_rc = cells_rc[spec.contains(cells_rc)]
    counts = np.bincount(parts[cells_rc[:, 0], cells_rc[:, 1]], minlength=2)
    counts[0] = 0
    return int(np.argmax(counts)) if counts.any() else 0


def _renumbered(labels: LabelArray) -> LabelArray:
    values, index = np.unique(labels, return_inverse=True)
    first = 0 if values[0] == 0 else 1
    return (index.reshape(labels.shape) + first).astype(np.int32)
